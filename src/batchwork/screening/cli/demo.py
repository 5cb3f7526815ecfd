"""The demonstration of screening."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchwork.engine.batch import Batch


def demo(folder: Path) -> "Batch":
    """Simulate a small plate, which can be scored; what is there already stays.

    Parameters
    ----------
    folder : Path
        The images go to ``plate`` in it, the results to ``results``.
    """
    from batchwork.engine.batch import Batch
    from batchwork.screening.cli.batches import PlateRun, mapping_of, workflow_named
    from batchwork.screening.cli.settings import settings_of
    from batchwork.screening.plates.naming import open_folder
    from batchwork.screening.plates.simulated import write_plate
    from batchwork.screening.simulation.plate import PlateDesign

    if not (folder / "plate" / "truth.json").exists():
        write_plate(folder / "plate", PlateDesign(wells=4, sites=2, seed=1))
    flow, plate = workflow_named("cell_analysis"), open_folder(folder / "plate")
    params, _, _ = settings_of(flow, None, {})
    params["segment"]["mapping"] = mapping_of(plate, None)
    return Batch(PlateRun(flow, plate, folder / "results", params).definition())
