"""The steps of workflows that score pixels instead of cells."""

from pathlib import Path

from batchwork.screening.workflow.kinds import Container, Count, Light, Planes, Share


def predict(
    source: Path,
    output: Path,
    channels: str | None,
    planes: Planes | None,
    *,
    mapping: dict[str, str | None],
    container: Container = "h5",  # noqa: ARG001 - the output's name has it
    project: Path | None = None,
    project_channels: tuple[str, ...] = ("nuclei", "marker", "serum"),
    project_light: Light = "auto",
    infected_channel: Count = 0,
    not_infected_channel: Count = 1,
) -> None:
    """Predict infected and other ground of a site with a pixel project; the container holds the images too.

    Parameters
    ----------
    mapping : dict
        Channel → nuclei, marker, serum or cells, perhaps with a name as in serum_IgG; null drops it.
    container : str
        Of images and labels: HDF5 or N5.
    project : Path
        A project of ilastik, an .ilp file; the one that comes with this package by default.
    project_channels : tuple of str
        Roles of the images that a project sees as its channels, in its order; serum is IgG where there are several.
    project_light : str
        What a project sees: images as they are (raw), or counts above the dark under even light (even); auto gives
        the shipped project the latter and others the former.
    infected_channel, not_infected_channel : int
        Classes of a project, from 0 on, that are infected and other ground.
    """
    from batchwork.screening.plates import containers
    from batchwork.screening.plates.channels import parsed
    from batchwork.screening.plates.images import read_item
    from batchwork.screening.workflow.predicting import SHIPPED, Asked, predict_images

    roles = parsed(mapping)
    images = read_item(source, channels, planes, roles)
    even = project_light == "even" or (project_light == "auto" and project is None)
    asked = Asked(project or SHIPPED, project_channels, even)
    infected, other = predict_images(source, output, images, asked, (infected_channel, not_infected_channel))
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
    name = SiteName(key, well, int(site), int(sequence or 0))
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
