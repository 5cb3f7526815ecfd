"""The demonstration of tomography."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchwork.tomo.folders import ScanFolder

if TYPE_CHECKING:
    from batchwork.engine.events import Listener


def demo(folder: Path, listener: "Listener") -> Path:
    """Make scans, find their centres, and reconstruct them; what is there already stays.

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
    from batchwork.engine.plans import Selection
    from batchwork.engine.running import prepare_batch, run_batch
    from batchwork.service.status import status
    from batchwork.tomo.cli.batches import NAME, definition_of, enter_centres
    from batchwork.tomo.demo import make_scans

    centres = make_scans(folder / "scans")
    scans = ScanFolder.of((folder / "scans",))
    definition = definition_of(scans)
    prepare_batch(definition)
    items: Any = status(scans.results, NAME)["items"]  # Any: JSON data
    known = {item["key"] for item in items if "cor" in item["values"]}
    missing = {name: centre for name, centre in centres.items() if name not in known}
    if missing:
        enter_centres(scans, missing, "file")
    run_batch(definition, Selection(), listener)
    return scans.results
