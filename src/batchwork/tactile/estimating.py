"""What a sweep will take, from a short trial."""

import json
import time
from dataclasses import dataclass
from typing import Final

from batchwork.memory import peak_bytes
from batchwork.tactile.configuration import Configuration
from batchwork.tactile.results.layout import Response, in_words
from batchwork.tactile.results.opening import layout_of
from batchwork.tactile.results.shards import Shard
from batchwork.tactile.results.store import WINDOW
from batchwork.tactile.simulator import Simulator
from batchwork.tactile.sweeps import Sweep

TRIAL_SECONDS: Final = 0.3
MOST_TRIED: Final = 100

_START_S = 1.5
"""Until the first stimulus is simulated."""
_KEEPING_S = 4e-4
"""For one stimulus in the ledger, its shard and the table; see ``benchmarks/tactile_sweep.py``."""
_LISTED = 1500
"""Bytes of memory for one stimulus in the list of the sweep."""
_GOLDEN = (5**0.5 - 1) / 2
_WRITTEN_PER_S = 200e6
"""Bytes of spikes written out in a second."""
_SECONDS_AT_MOST = 100
_MINUTES_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a sweep takes.

    Attributes
    ----------
    tried : int
        Stimuli of the trial.
    seconds : float
        From the start to the results.
    memory : int
        Bytes of the largest process.
    events : int
        Bytes of the events on disk.
    """

    tried: int
    seconds: float
    memory: int
    events: int

    def __str__(self) -> str:
        return (
            f"Estimate from {self.tried} of them: {_in_time(self.seconds)}, "
            f"{in_words(self.memory)} of memory, {in_words(self.events)} of events"
        )


def estimate(configuration: Configuration, sweep: Sweep, written: int) -> Estimate:
    """Simulate a few samples, evenly spread over a sweep; nothing is written.

    Parameters
    ----------
    configuration : Configuration
    sweep : Sweep
    written : int
        Bytes of spikes that will be written out.
    """
    simulator = Simulator(configuration, configuration.batch.num_workers)
    simulator.respond(sweep[0])
    count = min(len(sweep), MOST_TRIED)
    start, responses = time.perf_counter(), list[Response]()
    while len(responses) < count and time.perf_counter() - start < TRIAL_SECONDS:
        responses.append(simulator.respond(sweep[_place(len(responses), len(sweep))]))
    each = (time.perf_counter() - start) / len(responses)
    events = len(sweep) * _stored(configuration, responses) // len(responses)
    seconds = _START_S + len(sweep) * (each + _KEEPING_S) + written / _WRITTEN_PER_S
    memory = peak_bytes() + min(events, WINDOW) + len(sweep) * _LISTED
    return Estimate(len(responses), seconds, memory, events)


def _place(number: int, total: int) -> int:
    """Spread numbers 0, 1, 2, … evenly, however many there will be."""
    return int(number * _GOLDEN % 1 * total)


def _stored(configuration: Configuration, responses: list[Response]) -> int:
    """Count the bytes that samples take on disk."""
    shard = Shard.of(layout_of(configuration), responses)
    columns = sum(column.nbytes for population in shard.columns.values() for column in population.values())
    return columns + len(json.dumps([shard.keys, shard.records]))


def _in_time(seconds: float) -> str:
    if seconds < _SECONDS_AT_MOST:
        return f"about {seconds:.0f} s"
    minutes = seconds / 60
    return f"about {minutes:.0f} min" if minutes < _MINUTES_AT_MOST else f"about {minutes / 60:.1f} h"
