"""The demonstration: a simulated series, and a real scan where there is one, reconstructed."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import batchwork as bw

_REAL_SCAN, _REAL_COR = "tooth_001.h5", 296.0
_SIZE = {"columns": 512, "angles": 360, "rows": 8}


def demo(folder: Path, listener: Callable[[Any], None]) -> Path:  # Any: an event of the engine
    """Make scans, enter their true centres, and reconstruct them; what is there already stays.

    Parameters
    ----------
    folder : Path
        The scans go to ``scans`` in it, the results to ``scans_rec``.
    listener : callable
        Gets the events of the run.

    Returns
    -------
    Path
        The folder of the results.
    """
    from batchwork.tomo.folders import ScanFolder
    from batchwork.tomo.formats.simulate import Simulation, simulate_scans
    from batchwork.tomo.workflow import flow

    data = folder / "scans"
    centres = simulate_scans(data, Simulation(count=6, name="foam", seed=1, **_SIZE))
    if _add_real_scan(data / _REAL_SCAN):
        centres[_REAL_SCAN] = _REAL_COR
    scans = ScanFolder.of((data,))
    batch = bw.Batch.create(scans.results, flow, items=bw.files(*scans.patterns))
    _enter(batch, scans.results, centres)
    batch.run(listener=listener)
    return scans.results


def _add_real_scan(target: Path) -> bool:
    """Copy the tooth from the test data; say whether it is there."""
    source = Path(os.environ.get("BATCHWORK_TEST_DATA", ""), "tomo", "tooth.h5")
    if not target.exists() and "BATCHWORK_TEST_DATA" in os.environ and source.exists():
        partial = target.with_name(f".{target.name}.partial")
        shutil.copyfile(source, partial)
        partial.replace(target)
    return target.exists()


def _enter(batch: bw.Batch, results: Path, centres: Mapping[str, float]) -> None:
    """Enter the centres of the scans that have none."""
    from batchwork.errors import NotABatchError
    from batchwork.service.status import status

    try:
        items: Any = status(results)["items"]  # Any: JSON data
    except NotABatchError:
        items = []
    known = {item["key"] for item in items if "cor" in item["values"]}
    for name, cor in centres.items():
        if name not in known:
            batch.set(name, cor=round(cor, 3))
