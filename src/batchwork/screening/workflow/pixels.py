"""The steps of workflows that score pixels instead of cells."""

from pathlib import Path

from batchwork.screening.workflow.kinds import Container, Planes, Positive, Radius


def classify(
    source: Path,
    output: Path,
    channels: str | None,
    planes: Planes | None,
    *,
    mapping: dict[str, str | None],
    container: Container = "h5",  # noqa: ARG001 - the output's name has it
    pixel_threshold: Positive = 5.0,
    smoothing: Positive = 2.0,
    denoise_radius: Radius = 20,
) -> None:
    """Tell infected from other ground, pixel by pixel; the container holds the images too.

    Parameters
    ----------
    mapping : dict
        Channel → nuclei, marker, serum or cells, perhaps with a name as in serum_IgG; null drops it.
    container : str
        Of images and labels: HDF5 or N5.
    pixel_threshold : float
        Sigmas of the dark of a site that light must be above it.
    smoothing : float, pixels
        Sigma, before light is judged.
    denoise_radius : int, pixels
        Of the disc that cleans it.
    """
    from batchwork.screening.kernels.local_classes import local_classes
    from batchwork.screening.plates import containers
    from batchwork.screening.plates.channels import MARKER, parsed
    from batchwork.screening.plates.images import read_item

    roles = parsed(mapping)
    images = read_item(source, channels, planes, roles)
    infected, other = local_classes(
        images[MARKER], images[roles.outlines], sigma_px=smoothing, threshold=pixel_threshold, radius_px=denoise_radius
    )
    containers.write_images(output, images, {containers.INFECTED: infected, containers.NOT_INFECTED: other})


def measure_pixels(segment: Path, output: Path, key: str, well: str, site: str, sequence: str | None) -> None:
    """Count the values of serum on infected, on other and on empty ground."""
    from batchwork.screening.plates import containers
    from batchwork.screening.tables.pixels import measure_pixels, write_pixels
    from batchwork.screening.tables.sites import SiteName

    images = containers.read_images(segment)
    infected, other = (images.pop(name) > 0 for name in (containers.INFECTED, containers.NOT_INFECTED))
    name = SiteName(key, well, int(site), int(sequence or 0))
    write_pixels(output, measure_pixels(name, images, infected, other))


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
