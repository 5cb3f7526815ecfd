"""The steps of workflows that score pixels instead of cells."""

from pathlib import Path

from batchwork.screening.kinds import Count, Planes, Share
from batchwork.screening.parameters import Imaging, PixelProject

_SHIPPED = PixelProject()


def predict(
    source: Path,
    output: Path,
    channels: str | None,
    planes: Planes | None,
    *,
    imaging: Imaging,
    pixel_project: PixelProject = _SHIPPED,
    infected_channel: Count = 0,
    not_infected_channel: Count = 1,
) -> None:
    """Predict infected and other ground of a site with a pixel project; the container holds the images too.

    Parameters
    ----------
    infected_channel, not_infected_channel : int
        Classes of a project, from 0 on, that are infected and other ground.
    """
    from batchwork.screening.plates import containers
    from batchwork.screening.workflow.outlines import images_of
    from batchwork.screening.workflow.predicting import Asked, predict_images

    images = images_of(source, channels, planes, imaging)
    wanted = (infected_channel, not_infected_channel)
    infected, other = predict_images(source, output, images, Asked.of(pixel_project), wanted)
    containers.write_images(output, {**images, containers.INFECTED: infected, containers.NOT_INFECTED: other}, {})


def measure_pixels(
    segment: Path,
    output: Path,
    key: str,
    well: str,
    site: str,
    sequence: str | None,
    *,
    pixel_threshold: Share = 0.6,
    flat_field: bool = True,
) -> None:
    """Count the values of serum on infected, on other and on empty ground.

    Parameters
    ----------
    pixel_threshold : float
        Probability of a class above which a pixel is of it.
    flat_field : bool
        Take uneven light out.
    """
    from batchwork.screening.plates import containers
    from batchwork.screening.tables.pixels import evened, measure_pixels, write_pixels
    from batchwork.screening.tables.sites import SiteName

    images = containers.read_images(segment)
    infected, other = (images.pop(name) > pixel_threshold for name in (containers.INFECTED, containers.NOT_INFECTED))
    name = SiteName.of_item(key, well, site, sequence)
    write_pixels(output, measure_pixels(name, evened(images) if flat_field else images, infected, other))


def score_pixels(
    measure: list[Path],
    outlier: list[int | None],
    well: str,
    output: Path,
    *,
    mock_wells: tuple[str, ...] = ("*01",),
) -> None:
    """Score a well from its pixels.

    Parameters
    ----------
    mock_wells : tuple of str
        Patterns of names of wells that were not infected; they have no score.
    """
    from batchwork.screening.tables.pixels import read_pixels, tables_of_pixels

    tables_of_pixels(well, [read_pixels(path) for path in measure], mock_wells, outlier).write(output)
