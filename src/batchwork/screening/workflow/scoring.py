"""The step that makes scores trustworthy: simulated twins of the plate."""

from pathlib import Path

from batchwork.screening.workflow.kinds import Count, Denoise, Positive, Radius, Rank, Share

KEPT = ".twins"
"""Folder of what was learned from twins, below that of the results."""


def twins(
    measure: list[Path],
    calibrate: Path,
    output: Path,
    *,
    twin_sites: Count = 0,
    nucleus_diameter: Positive = 25.0,
    reach: Positive = 40.0,
    denoise: Denoise = "tophat",
    denoise_radius: Radius = 20,
    quantiles: tuple[Share, ...] = (0.95,),
    top: tuple[Rank, ...] = (10, 30, 50),
    ignore_nuclei: bool = False,
) -> None:
    """Draw simulated twins of the plate, and learn from them how classes and scores err.

    Parameters
    ----------
    twin_sites : int
        Sites of twins to learn from; 0 leaves the reference's scores.
    nucleus_diameter : float, pixels
        Of a usual nucleus.
    reach : float, pixels
        Cells end so far from their nucleus.
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
    from batchwork.screening.plates.channels import SERUM
    from batchwork.screening.tables.bending import bent_to
    from batchwork.screening.tables.calibration import Calibration
    from batchwork.screening.tables.sites import Measuring
    from batchwork.screening.tables.twins import Finding, good_sites, twins_of, write_twins

    plate = Calibration.read(calibrate)
    finding = Finding(nucleus_diameter, reach, Measuring(denoise, denoise_radius, quantiles, top, ignore_nuclei))
    serums = sorted(role for role in plate.levels if role.startswith(SERUM))
    kept = calibrate.parent.parent / KEPT
    found = {}
    for role in serums:
        drawn = twins_of(good_sites(measure, plate) if twin_sites else [], plate, role, twin_sites, finding, kept)
        found[role] = bent_to(drawn, good_sites(measure, plate), plate, role)
    write_twins(output, found)
