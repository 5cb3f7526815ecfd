"""The steps of one site of cells: outlines, and what is measured within them."""

from pathlib import Path

from batchwork.screening.kinds import Planes
from batchwork.screening.parameters import Imaging, Measuring, Outlining

_BY_LIGHT = Outlining()
_MEASURING = Measuring()


def segment(
    source: Path,
    output: Path,
    channels: str | None,
    planes: Planes | None,
    *,
    imaging: Imaging,
    outlining: Outlining = _BY_LIGHT,
) -> None:
    """Find the nuclei and cells of a site; its container holds the images too."""
    from batchwork.screening.workflow.outlines import images_of, write_by_light

    write_by_light(output, images_of(source, channels, planes, imaging), outlining)


def measure(
    segment: Path,
    output: Path,
    key: str,
    well: str,
    site: str,
    sequence: str | None,
    *,
    measuring: Measuring = _MEASURING,
) -> None:
    """Measure the cells of a site, and the background between them; keep a small picture of it."""
    from batchwork.screening.pictures.thumbnails import Thumbnail
    from batchwork.screening.plates import containers
    from batchwork.screening.tables.sites import SiteName, measure_site, write_site

    images, nuclei, cells = containers.read_outlined(segment)
    name = SiteName.of_item(key, well, site, sequence)
    write_site(output, measure_site(name, images, nuclei, cells, measuring))
    Thumbnail.of(images, cells).write(output)
