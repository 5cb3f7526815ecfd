"""The steps that make scores trustworthy: simulated twins of the plate."""

from pathlib import Path

from batchwork.screening.kinds import Count
from batchwork.screening.parameters import Measuring, Outlining

_BY_LIGHT = Outlining()
_MEASURING = Measuring()

KEPT = ".twins"
"""Folder of what was learned from twins, below that of the results."""


def looks(gather: list[Path], calibrate: Path, output: Path, *, twin_sites: Count = 0) -> None:
    """Measure what the plate looks like, in rounded figures that twins are fitted to; of no twins there are none.

    Parameters
    ----------
    twin_sites : int
        Sites of twins to learn from; 0 leaves the reference's scores.
    """
    from batchwork.screening.tables.calibration import Calibration
    from batchwork.screening.tables.cell_light import lights_of
    from batchwork.screening.tables.gathering import gathered_sites
    from batchwork.screening.tables.looks import figures_of, write_looks

    plate = Calibration.read(calibrate)
    sites = gathered_sites(gather, plate.left_out) if twin_sites else []
    write_looks(output, {role: figures_of(lights_of(sites, plate, role), plate, role) for role in plate.serums})


def learn(
    looks: Path,
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
    from batchwork.screening.tables.calibration import Calibration
    from batchwork.screening.tables.looks import read_looks
    from batchwork.screening.tables.twins import Finding, twins_of, write_twins

    shape, kept = Calibration.read(calibrate).shape, calibrate.parent.parent / KEPT
    finding, known = Finding(outlining, measuring), read_looks(looks).items()
    write_twins(output, {role: twins_of(figures, role, shape, twin_sites, finding, kept) for role, figures in known})


def twins(gather: list[Path], calibrate: Path, learn: Path, output: Path) -> None:
    """Bend what twins taught to the serum of the plate."""
    from batchwork.screening.tables.bending import bent_to
    from batchwork.screening.tables.calibration import Calibration
    from batchwork.screening.tables.cell_light import lights_of
    from batchwork.screening.tables.gathering import gathered_sites
    from batchwork.screening.tables.twins import read_twins, write_twins

    plate, found = Calibration.read(calibrate), read_twins(learn)
    sites = gathered_sites(gather, plate.left_out) if any(known.models for known in found.values()) else []
    write_twins(output, {role: bent_to(known, lights_of(sites, plate, role)) for role, known in found.items()})
