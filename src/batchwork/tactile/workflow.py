"""The steps of a sweep; heavy libraries load when a step runs."""

from pathlib import Path
from typing import TYPE_CHECKING

from batchwork.engine.machine import cores
from batchwork.engine.steps import Resources, step
from batchwork.engine.workflow import Workflow
from batchwork.tactile.configuration import Neurons, Pipeline

if TYPE_CHECKING:
    from batchwork.tactile.recorder import Recorder

_WHOLE_MACHINE = Resources(cpus="all", gpu="optional")
"""All steps take the same slot, that of the GPU if the sweep has one: its process holds what is not yet on disk."""
_PIPELINE, _NEURONS = Pipeline(), Neurons()


def _recorder(results: Path, threads: int, sweep: str) -> "Recorder":
    from batchwork.tactile.recorder import recorder_of

    return recorder_of(results, min(threads, cores()), sweep)


@step(writes=("spikes",), version="1", resources=_WHOLE_MACHINE, neutral=("threads", "sweep"))
def simulate(
    sample: str,
    results: Path,
    *,
    threads: int = 1,
    sweep: str = "",
    pipeline: Pipeline = _PIPELINE,  # noqa: ARG001 - on these the samples depend; the checkpoint has them too
    neurons: Neurons = _NEURONS,  # noqa: ARG001 - the same
) -> dict[str, object]:
    """Let all neurons respond to one stimulus.

    Parameters
    ----------
    threads : int
        Populations that are simulated side by side.
    sweep : str
        Tells one sweep in the folder from the next.
    """
    response = _recorder(results, threads, sweep).record(sample)
    return {"spikes": sum(len(events) for events in response.events.values())}


@step(
    over="batch", outputs="stimuli.csv", reads=("spikes",), version="2", resources=_WHOLE_MACHINE, neutral=("threads",)
)
def table(spikes: list[int], results: Path, output: Path, *, sweep: str = "", threads: int = 1) -> None:  # noqa: ARG001 - they say when it is stale
    """Write a row for each stimulus: its parameters, and how often each population fired.

    Parameters
    ----------
    sweep : str
        Tells one sweep in the folder from the next.
    threads : int
        Populations that are simulated side by side.
    """
    from batchwork.tactile.results.table import write_csv

    write_csv(_recorder(results, threads, sweep).results(), output)


@step(
    over="batch", outputs="results.pt", reads=("spikes",), version="1", resources=_WHOLE_MACHINE, neutral=("threads",)
)
def pytorch(spikes: list[int], results: Path, output: Path, *, sweep: str = "", threads: int = 1) -> None:  # noqa: ARG001 - they say when it is stale
    """Write all spikes out into results.pt.

    Parameters
    ----------
    sweep : str
        Tells one sweep in the folder from the next.
    threads : int
        Populations that are simulated side by side.
    """
    from batchwork.tactile.results.pytorch import write_pytorch

    write_pytorch(_recorder(results, threads, sweep).results(), output)


@step(
    over="batch", outputs="results.h5", reads=("spikes",), version="1", resources=_WHOLE_MACHINE, neutral=("threads",)
)
def hdf5(spikes: list[int], results: Path, output: Path, *, sweep: str = "", threads: int = 1) -> None:  # noqa: ARG001 - they say when it is stale
    """Write all spikes out into results.h5.

    Parameters
    ----------
    sweep : str
        Tells one sweep in the folder from the next.
    threads : int
        Populations that are simulated side by side.
    """
    from batchwork.tactile.results.hdf5 import write_hdf5

    write_hdf5(_recorder(results, threads, sweep).results(), output)


flow = Workflow("tactile", steps=[simulate, table, pytorch, hdf5], columns=("spikes",))
