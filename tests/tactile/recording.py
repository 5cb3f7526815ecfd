"""Small sweeps that are really simulated, without the engine."""

import math

from batchwork.tactile.configuration import parse_configuration
from batchwork.tactile.recorder import Progress, Recorder
from batchwork.tactile.results.checkpoint import NAME
from batchwork.tactile.results.opening import layout_of
from batchwork.tactile.results.store import FOLDER, Store

CONFIG = {
    "batch": {"output_dir": "out"},
    "pipeline": {"grid_size": 10, "duration_ms": 40.0},
    "neurons": {"sa_neurons": 9, "ra_neurons": 12},
    "stimuli": [
        {"type": "gaussian", "amplitude": [20, 40, 60], "sigma": [0.4, 0.8], "repetitions": 3},
        {"type": "ramp", "final": [60, 90], "repetitions": 2},
        {"type": "step", "amplitude": 80, "step_time": 10.0},
    ],
}


def prepare(folder, config=CONFIG):
    """Write the checkpoint of a sweep with what is there of it."""
    configuration = parse_configuration(config)
    folder.mkdir(exist_ok=True)
    store = Store.open(folder / FOLDER, layout_of(configuration))
    Progress(configuration.sweep(), store).checkpoint(configuration).write(folder / NAME)
    return configuration


def record(folder, config=CONFIG, samples=slice(None), shard=5):
    """Simulate samples of a sweep into shards of some of them, and give the recorder."""
    prepare(folder, config)
    recorder = Recorder(folder)
    for i, sample in enumerate(recorder.sweep[samples], 1):
        recorder._kept = math.inf  # no shard by itself, however slow the machine is
        recorder.record(sample.key)
        if i % shard == 0:
            recorder.keep()
    recorder.keep()
    return recorder


def files_below(folder):
    """Name all files with their contents, hidden ones too."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
