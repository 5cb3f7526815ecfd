"""The step that makes scores trustworthy: simulated twins of the plate."""

from pathlib import Path

from batchwork.screening.kinds import Count
from batchwork.screening.parameters import Measuring, Outlining

_BY_LIGHT = Outlining()
_MEASURING = Measuring()

KEPT = ".twins"
"""Folder of what was learned from twins, below that of the results."""


def twins(
    gather: list[Path],
    calibrate: Path,
    output: Path,
    *,
    twin_sites: Count = 0,
    outlining: Outlining = _BY_LIGHT,
    measuring: Measuring = _MEASURING,
) -> None:
    """Draw simulated twins of the plate, and learn from them how classes and scores err.

    Parameters
    ----------
    twin_sites : int
        Sites of twins to learn from; 0 leaves the reference's scores.
    """
    from batchwork.screening.plates.channels import SERUM
    from batchwork.screening.tables.bending import bent_to
    from batchwork.screening.tables.calibration import Calibration
    from batchwork.screening.tables.cell_light import lights_of
    from batchwork.screening.tables.gathering import gathered_sites
    from batchwork.screening.tables.twins import Finding, twins_of, write_twins

    plate = Calibration.read(calibrate)
    finding = Finding(outlining, measuring)
    serums = sorted(role for role in plate.levels if role.startswith(SERUM))
    kept = calibrate.parent.parent / KEPT
    sites = gathered_sites(gather, plate.left_out) if twin_sites else []
    found = {}
    for role in serums:
        lights = lights_of(sites, plate, role)
        found[role] = bent_to(twins_of(lights, plate, role, twin_sites, finding, kept), lights)
    write_twins(output, found)
