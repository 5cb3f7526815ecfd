"""Scans for the demonstration: a simulated series, and a real one where there is one."""

import os
import shutil
from pathlib import Path

from batchwork.tomo.formats.simulate import Simulation, simulate_scans

_SERIES = Simulation(count=6, columns=512, angles=360, rows=8, seed=1, name="foam")
_REAL_SCAN, _REAL_COR = "tooth_001.h5", 296.0


def make_scans(folder: Path) -> dict[str, float]:
    """Write the scans; those that are there already stay.

    Parameters
    ----------
    folder : Path
        Made if it is not there.

    Returns
    -------
    dict of str to float
        Centre of rotation of each file: a 0-based column index.
    """
    centres = {name: round(cor, 3) for name, cor in simulate_scans(folder, _SERIES).items()}
    if _add_real_scan(folder / _REAL_SCAN):
        centres[_REAL_SCAN] = _REAL_COR
    return centres


def _add_real_scan(target: Path) -> bool:
    """Copy the tooth from the folder that ``BATCHWORK_TEST_DATA`` names; say whether it is there."""
    data = os.environ.get("BATCHWORK_TEST_DATA")
    source = Path(data or ".", "tomo", "tooth.h5")
    if data and source.exists() and not target.exists():
        partial = target.with_name(f".{target.name}.partial")
        shutil.copyfile(source, partial)
        partial.replace(target)
    return target.exists()
