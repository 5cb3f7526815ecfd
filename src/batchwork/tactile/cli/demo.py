"""The demonstration of tactile sweeps."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchwork.engine.batch import Batch

_CONFIG = {
    "pipeline": {"grid_size": 40, "duration_ms": 200.0},
    "neurons": {"sa_neurons": 80, "ra_neurons": 100},
    "stimuli": [
        {"type": "gaussian", "amplitude": [10, 20, 30, 40, 50], "sigma": [0.3, 0.5, 0.7, 0.9], "repetitions": 3},
        {"type": "step", "amplitude": 30.0, "step_time": [50.0, 100.0], "repetitions": 3},
    ],
}


def demo(folder: Path) -> "Batch":
    """Sweep the amplitude and the width of a touch; what is there already stays.

    Parameters
    ----------
    folder : Path
        The results go to ``sweep`` in it.
    """
    from batchwork.engine.batch import Batch
    from batchwork.tactile.cli.batches import definition_of, keep_to, prepare_folder
    from batchwork.tactile.configuration import parse_configuration

    configuration = parse_configuration({"batch": {"output_dir": str(folder / "sweep")}, **_CONFIG})
    sweep = configuration.sweep()
    definition = definition_of(configuration, sweep)
    prepare_folder(configuration, sweep)
    keep_to(definition, sweep)
    return Batch(definition)
