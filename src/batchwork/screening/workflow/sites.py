"""The steps of one site of cells: outlines, and what is measured within them."""

from pathlib import Path

from batchwork.screening.workflow.kinds import Container, Denoise, Planes, Positive, Radius, Rank, Share


def segment(
    source: Path,
    output: Path,
    channels: str | None,
    planes: Planes | None,
    *,
    mapping: dict[str, str | None],
    container: Container = "h5",  # noqa: ARG001 - the output's name has it
    nucleus_diameter: Positive = 25.0,
    reach: Positive = 40.0,
) -> None:
    """Find the nuclei and cells of a site; its container holds the images too.

    Parameters
    ----------
    mapping : dict
        Channel → nuclei, marker, serum or cells, perhaps with a name as in serum_IgG; null drops it.
    container : str
        Of images and labels: HDF5 or N5.
    nucleus_diameter : float, pixels
        Of a usual nucleus.
    reach : float, pixels
        Cells end so far from their nucleus.
    """
    from batchwork.screening.kernels.cells import segment_cells
    from batchwork.screening.kernels.nuclei import segment_nuclei
    from batchwork.screening.plates import containers
    from batchwork.screening.plates.channels import NUCLEI, parsed
    from batchwork.screening.plates.images import read_item

    roles = parsed(mapping)
    images = read_item(source, channels, planes, roles)
    nuclei = segment_nuclei(images[NUCLEI], diameter_px=nucleus_diameter)
    cells = segment_cells(images[roles.outlines], nuclei, reach_px=reach)
    containers.write_images(output, images, {containers.NUCLEI: nuclei, containers.CELLS: cells})


def measure(
    segment: Path,
    output: Path,
    key: str,
    well: str,
    site: str,
    sequence: str | None,
    *,
    denoise: Denoise = "tophat",
    denoise_radius: Radius = 20,
    quantiles: tuple[Share, ...] = (0.95,),
    top: tuple[Rank, ...] = (10, 30, 50),
    ignore_nuclei: bool = False,
) -> None:
    """Measure the cells of a site, and the background between them; keep a small picture of it.

    Parameters
    ----------
    denoise : str
        What cleans the marker: a white top-hat, an opening, or nothing.
    denoise_radius : int, pixels
        Of the disc that cleans it.
    quantiles : tuple of float
        That are taken of each channel.
    top : tuple of int
        For each k the k-th largest value is taken.
    ignore_nuclei : bool
        Leave nuclei out of marker and serum.
    """
    from batchwork.screening.pictures.thumbnails import Thumbnail
    from batchwork.screening.plates import containers
    from batchwork.screening.tables.sites import Measuring, SiteName, measure_site, write_site

    images = containers.read_images(segment)
    nuclei, cells = images.pop(containers.NUCLEI), images.pop(containers.CELLS)
    name = SiteName(key, well, int(site), int(sequence or 0))
    measuring = Measuring(denoise, denoise_radius, quantiles, top, ignore_nuclei)
    write_site(output, measure_site(name, images, nuclei, cells, measuring))
    Thumbnail.of(images, cells).write(output)
