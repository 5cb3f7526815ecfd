"""The steps of a sweep; heavy libraries load when a step runs."""

from dataclasses import dataclass
from functools import partial
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


@dataclass(frozen=True, slots=True)
class Simulating:
    """What a process needs to know to simulate what is asked for.

    Attributes
    ----------
    threads : int
        Populations that are simulated side by side.
    sweep : str
        Tells one sweep in the folder from the next.
    """

    threads: int = 1
    sweep: str = ""

    def recorder(self, results: Path) -> "Recorder":
        """Give this process's recorder of the sweep in a folder."""
        from batchwork.tactile.recorder import recorder_of

        return recorder_of(results, min(self.threads, cores()), self.sweep)


_SIMULATING, _PIPELINE, _NEURONS = Simulating(), Pipeline(), Neurons()


@step(writes=("spikes",), version="1", resources=_WHOLE_MACHINE, neutral=("threads", "sweep"))
def simulate(
    sample: str,
    results: Path,
    *,
    simulating: Simulating = _SIMULATING,
    pipeline: Pipeline = _PIPELINE,  # noqa: ARG001 - on these the samples depend; the checkpoint has them too
    neurons: Neurons = _NEURONS,  # noqa: ARG001 - the same
) -> dict[str, object]:
    """Let all neurons respond to one stimulus."""
    response = simulating.recorder(results).record(sample)
    return {"spikes": sum(len(events) for events in response.events.values())}


_of_all_samples = partial(step, over="batch", reads=("spikes",), resources=_WHOLE_MACHINE, neutral=("threads",))


@_of_all_samples(outputs="stimuli.csv", version="2")
def table(spikes: list[int], results: Path, output: Path, *, simulating: Simulating = _SIMULATING) -> None:  # noqa: ARG001 - they say when it is stale
    """Write a row for each stimulus: its parameters, and how often each population fired."""
    from batchwork.tactile.results.table import write_csv

    write_csv(simulating.recorder(results).results(), output)


@_of_all_samples(outputs="results.pt", version="1")
def pytorch(spikes: list[int], results: Path, output: Path, *, simulating: Simulating = _SIMULATING) -> None:  # noqa: ARG001 - they say when it is stale
    """Write all spikes out into results.pt."""
    from batchwork.tactile.results.pytorch import write_pytorch

    write_pytorch(simulating.recorder(results).results(), output)


@_of_all_samples(outputs="results.h5", version="1")
def hdf5(spikes: list[int], results: Path, output: Path, *, simulating: Simulating = _SIMULATING) -> None:  # noqa: ARG001 - they say when it is stale
    """Write all spikes out into results.h5."""
    from batchwork.tactile.results.hdf5 import write_hdf5

    write_hdf5(simulating.recorder(results).results(), output)


flow = Workflow("tactile", steps=[simulate, table, pytorch, hdf5], columns=("spikes",))
