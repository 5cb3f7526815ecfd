"""How often each scorer finds the centre of rotation, by regime."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from batchwork.tomo.kernels.scorers.base import Grid, Judgement, NotApplicable, scorer
from batchwork.tomo.kernels.scorers.conditioning import condition
from batchwork.tomo.kernels.scorers.consensus import MEMBERS, SURE, elect, judgements
from batchwork.tomo.training.labelled import Labelled
from batchwork.tomo.training.objects import OBJECTS
from batchwork.tomo.training.regimes import REGIMES
from batchwork.tomo.training.simulation import simulate

NEAR = 1.0
"""Columns within which a centre is right."""
WITHOUT = "consensus without net"
NAMES = (*MEMBERS, "consensus", WITHOUT)
"""Who is measured."""

_OFF = 40 / 256
_WIDTH, _STEP = 50.0, 0.5


@dataclass(slots=True)
class Tally:
    """How a scorer did in a regime."""

    errors: list[float] = field(default_factory=list)
    """In columns, of every scan; infinite where it refused."""
    sure: list[bool] = field(default_factory=list)
    """Whether it was sure of each."""

    def add(self, found: Judgement | None, cor: float) -> None:
        """Count a judgement, None for a refusal."""
        self.errors.append(np.inf if found is None else abs(found.cor - cor))
        self.sure.append(found is not None and found.confidence >= SURE and not found.at_edge)

    @property
    def right(self) -> float:
        """Share of the scans whose centre is right."""
        return float(np.mean(np.array(self.errors) <= NEAR))

    @property
    def median(self) -> float:
        """Median error of those that are right, in columns."""
        errors = np.array(self.errors)
        return float(np.median(errors[errors <= NEAR])) if self.right else np.inf

    @property
    def wrong_and_sure(self) -> int:
        """Number of scans whose centre is wrong, and nobody would have looked."""
        return sum(sure and error > NEAR for error, sure in zip(self.errors, self.sure, strict=True))


def scans(regime: str, count: int, *, columns: int = 256, seed: int = 1000) -> Iterator[Labelled]:
    """Give scans of a regime, objects of all kinds in turn; none of them is trained on.

    Training draws from other seeds, and from detectors of other widths.
    """
    makers = list(OBJECTS.values())
    for number in range(count):
        rng = np.random.default_rng((seed, sum(regime.encode()), number))
        yield simulate(rng, makers[number % len(makers)](rng), REGIMES[regime], columns, _OFF * columns)


def judge_all(scan: Labelled, names: Sequence[str] = NAMES) -> dict[str, Judgement | None]:
    """Let scorers judge a scan on the usual grid, 50 columns to either side of the detector's middle.

    Parameters
    ----------
    scan : Labelled
    names : sequence of str
        Of `NAMES`, or any in `SCORERS`.
    """
    ready = condition(scan.slice_)
    grid = Grid((ready.columns - 1) / 2, _WIDTH, _STEP)
    members = [name for name in MEMBERS if name in names or {"consensus", WITHOUT} & set(names)]
    parts, _ = judgements(ready, grid, members)
    without = {name: part for name, part in parts.items() if name != "net"}
    found: dict[str, Judgement | None] = {name: parts.get(name) for name in members}
    found |= {name: _said(scorer(name).judge, scan.slice_, grid) for name in names if name not in NAMES}
    found |= {name: _said(elect, ready, grid, who) for name, who in (("consensus", parts), (WITHOUT, without))}
    return {name: found[name] for name in names}


def _said(judge: Callable[..., Judgement], *args: object) -> Judgement | None:
    try:
        return judge(*args)
    except NotApplicable:
        return None


def measure(regime: str, count: int, names: Sequence[str] = NAMES, *, seed: int = 1000) -> Mapping[str, Tally]:
    """Measure scorers in a regime; gives scorer → how it did."""
    tallies = {name: Tally() for name in names}
    for scan in scans(regime, count, seed=seed):
        for name, judgement in judge_all(scan, names).items():
            tallies[name].add(judgement, scan.cor)
    return tallies
