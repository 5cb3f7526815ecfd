"""Lists of candidates to train on, each drawn from its own seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.kernels.scorers.base import Floats, NotApplicable
from batchwork.tomo.kernels.scorers.conditioning import at_binning, condition
from batchwork.tomo.kernels.scorers.net_inputs import CURVES, CandidateList
from batchwork.tomo.training.labelled import Labelled, fitted
from batchwork.tomo.training.objects import OBJECTS
from batchwork.tomo.training.regimes import random_regime
from batchwork.tomo.training.simulation import simulate

Floats32 = NDArray[np.float32]

_SOFTNESS = 0.6
"""Standard deviation of the target about the truth, in steps."""
_BLIND = 0.25
"""Chance that the network does not get to see a curve."""
_OFF = 0.16
"""How far from the middle the axis is at most, as a share of the columns."""
_END = 1.5
"""Steps from the ends of the list where the truth is not."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of list."""

    lists: int
    """In one batch."""
    count: int
    """Of candidates."""
    columns: tuple[int, ...]
    """Widths of the detector."""
    step: tuple[float, float]
    """Range of the step, in columns."""
    sides: tuple[int, ...] = (1,)
    """Binnings of the detector, to the widths above."""


KINDS = (
    Kind(lists=4, count=48, columns=(64, 96), step=(0.7, 1.2), sides=(1, 2)),
    Kind(lists=6, count=24, columns=(96, 128), step=(0.35, 0.65)),
)
"""As the search uses them: the whole grid coarsely, and the surroundings of the best finely."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Lists of equal lengths."""

    pictures: Floats32
    """(lists, k, 3, n, n)."""
    curves: Floats32
    """(lists, k, c)."""
    facts: Floats32
    """(lists, f)."""
    target: Floats32
    """(lists, k), adding up to 1 in each list."""


def draw_batch(seed: int, step: int, labelled: Sequence[Labelled] = (), share: float = 0.3) -> Batch:
    """Draw what the network learns from in one step; the same step of the same seed gives the same.

    Parameters
    ----------
    seed, step : int
    labelled : sequence of Labelled
        Slices whose centre people have confirmed; `share` of the lists are made of them, if there are any.
    share : float
    """
    rng = np.random.default_rng((seed, step))
    kind = KINDS[step % len(KINDS)]
    columns = int(rng.choice(kind.columns))
    drawn = [_drawn(rng, kind, columns, labelled if rng.random() < share else ()) for _ in range(kind.lists)]
    return Batch(*(np.stack(part) for part in zip(*drawn, strict=True)))


def _drawn(
    rng: np.random.Generator, kind: Kind, columns: int, labelled: Sequence[Labelled]
) -> tuple[Floats32, Floats32, Floats32, Floats32]:
    while True:
        side = int(rng.choice(kind.sides))
        made = _slice(rng, side * columns, labelled)
        truth = (made.cor + 0.5) / side - 0.5
        spacing = float(rng.uniform(*kind.step))
        place = float(rng.uniform(_END, kind.count - 1 - _END))
        cors: Floats = truth + (np.arange(kind.count, dtype=np.float64) - place) * spacing
        try:
            seen = CandidateList(at_binning(condition(made.slice_), side))
            pictures, curves = seen.whole(cors)
        except NotApplicable:
            continue
        curves[:, rng.random(len(CURVES)) < _BLIND] = 0
        return pictures, curves, seen.facts(cors), target(cors, truth)


def _slice(rng: np.random.Generator, columns: int, labelled: Sequence[Labelled]) -> Labelled:
    if labelled:
        return fitted(rng, labelled[int(rng.integers(len(labelled)))], columns)
    body = OBJECTS[str(rng.choice(list(OBJECTS)))](rng)
    return simulate(rng, body, random_regime(rng), columns, _OFF * columns)


def target(cors: Floats, truth: float) -> Floats32:
    """Give the probabilities (k,) that the network should give."""
    step = abs(cors[1] - cors[0])
    weights = np.exp(-0.5 * ((cors - truth) / (_SOFTNESS * step)) ** 2)
    return np.asarray(weights / weights.sum(), np.float32)
