"""Centre of rotation by a network of our own: `net`.

It sees pictures of each candidate and of its neighbours, and the curves of plain scorers, and gives each
candidate of a list one score; the softmax over the list is the probability that the axis is there. The whole grid
is searched in small images, the surroundings of the best in larger ones, up to the full size. What the network is
shown is in `net_inputs`; how it is trained, in `batchwork.tomo.training`; how well it does, in the model card.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import FileFormatError
from batchwork.extras import needs_extra
from batchwork.tomo.kernels.scorers.base import Floats, Grid, Judgement, NotApplicable, Slice
from batchwork.tomo.kernels.scorers.conditioning import Conditioned, at_binning, coarse_side, condition
from batchwork.tomo.kernels.scorers.net_inputs import CandidateList
from batchwork.tomo.kernels.scorers.peaks import vertex

COARSE_COLUMNS = 128
"""The whole grid is looked at in images about as wide as this; wider detectors are binned for it."""
FEWEST_COLUMNS = 64
"""Narrower detectors are refused by the shipped network, which has been trained on none."""
EYE_FILE, JUDGE_FILE = "centre_net_eye.onnx", "centre_net_judge.onnx"
HERE = Path(__file__).parent

_FEWEST = 24
_FINE_STEPS = 12
_FINE = 0.5
_NEAR = 2.0
_SHORT = 0.45
"""Factor on the confidence where angles are missing to half a turn: the network is surer there than it is right."""
_PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")


class Net:
    """Scorer ``net``: see the module.

    Parameters
    ----------
    folder : Path
        Where the two files of the network are.
    """

    def __init__(self, folder: Path = HERE) -> None:
        self._folder = folder

    def judge(self, slice_: Slice, grid: Grid) -> Judgement:
        """Judge the candidates of a grid; the scores are logarithms of probabilities.

        Raises
        ------
        NotApplicable
            If all pixels of the image are alike, or the shipped network is shown fewer columns than `FEWEST_COLUMNS`.
        MissingExtraError
            If onnxruntime is missing.
        """
        return self.judge_conditioned(condition(slice_), grid)

    def judge_conditioned(self, ready: Conditioned, grid: Grid) -> Judgement:
        """Judge a slice that is conditioned already."""
        if self._folder == HERE and ready.columns < FEWEST_COLUMNS:
            raise NotApplicable(
                f"the detector has {ready.columns} columns; the network knows none below {FEWEST_COLUMNS}"
            )
        network = load_network(self._folder)
        cors = grid.on_detector(ready.columns)
        coarse = coarse_side(ready.columns, COARSE_COLUMNS)
        whole = _Level(network, ready, coarse).look(_spread_over(cors, coarse))
        fine, confidence = whole, whole.certainty
        for side in _finer(coarse):
            reach = side * _FINE * _FINE_STEPS
            around = np.linspace(fine.best - reach, fine.best + reach, 2 * _FINE_STEPS + 1)
            fine = _Level(network, ready, side).look(around)
            confidence = min(confidence, fine.certainty)
        at_edge = not grid.holds(fine.best)
        confidence *= ready.trust * (_SHORT if ready.short else 1.0)
        return Judgement(fine.best, confidence, whole.cors, whole.scores, at_edge=at_edge)


@dataclass(frozen=True, slots=True)
class Look:
    """A list of candidates and what the network says about it."""

    cors: Floats
    """(k,) rising, evenly spaced, in unbinned columns."""
    scores: Floats
    """(k,) logarithms of probabilities."""

    @property
    def best(self) -> float:
        """The most probable centre, refined between candidates."""
        place = int(np.argmax(self.scores))
        return float(self.cors[place] + (self.cors[1] - self.cors[0]) * vertex(self.scores, place))

    @property
    def certainty(self) -> float:
        """Probability of the centres within `_NEAR` steps of the best, or within so many columns."""
        step = float(self.cors[1] - self.cors[0])
        near = np.abs(self.cors - self.best) <= _NEAR * max(step, 1.0)
        return float(np.exp(self.scores[near]).sum())


class _Level:
    """A slice at one binning."""

    def __init__(self, network: "Network", ready: Conditioned, side: int) -> None:
        self._network, self._side = network, side
        self._candidates = CandidateList(at_binning(ready, side))

    def look(self, cors: Floats) -> Look:
        """Let the network judge evenly spaced, rising centres (k,) in unbinned columns."""
        local = (cors + 0.5) / self._side - 0.5
        return Look(cors, self._network.scores(self._candidates, local))


def _finer(side: int) -> list[int]:
    """Give the binnings after a coarse one: each half of the one before, 1 in any case."""
    return [side >> times for times in range(1, side.bit_length())] or [1]


def _spread_over(cors: Floats, side: int) -> Floats:
    """Space candidates over a grid as the network is used to: a binned column apart, if they are not too few."""
    span = float(cors[-1] - cors[0])
    count = int(np.clip(round(span / side) + 1, _FEWEST, None))
    return np.linspace(cors[0], cors[-1], count)


@dataclass(frozen=True, slots=True)
class Network:
    """The two halves of the network, as onnxruntime runs them."""

    eye: Any  # Any: onnxruntime ships no types
    judge: Any  # Any: the same

    def scores(self, candidates: CandidateList, cors: Floats) -> Floats:
        """Give the logarithms of the probabilities (k,) of evenly spaced, rising centres, in binned columns."""
        features, curves = list[NDArray[np.float32]](), list[NDArray[np.float32]]()
        for pictures, numbers in candidates.batches(cors):
            features.append(self.eye.run(None, {"pictures": pictures})[0])
            curves.append(numbers)
        told = {"features": _listed(features), "curves": _listed(curves), "facts": candidates.facts(cors)[None]}
        scores = self.judge.run(None, told)[0][0].astype(np.float64)
        scores -= scores.max()
        return np.asarray(scores - np.log(np.exp(scores).sum()), np.float64)


def _listed(parts: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.concatenate(parts)[None]


def load_network(folder: Path = HERE) -> Network:
    """Load a network; one that has been loaded in this process and whose files are the same is taken again.

    Raises
    ------
    MissingExtraError
        If onnxruntime is missing.
    FileFormatError
        If the files are not there, or are no network.
    """
    return _loaded(folder, tuple(_version(folder / name) for name in (EYE_FILE, JUDGE_FILE)))


def _version(path: Path) -> tuple[int, int] | None:
    stat = path.stat() if path.exists() else None
    return stat and (stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=4)
def _loaded(folder: Path, _versions: tuple[tuple[int, int] | None, ...]) -> Network:
    with needs_extra("tomo", "the scorer 'net'"):
        import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _threads()
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # who waits leaves the cores to others
    there = set(onnxruntime.get_available_providers())
    providers = [name for name in _PROVIDERS if name in there]
    sessions = []
    for name in (EYE_FILE, JUDGE_FILE):
        try:
            sessions.append(onnxruntime.InferenceSession(folder / name, options, providers=providers))
        except Exception as error:  # noqa: BLE001 - its errors share no base of their own
            raise FileFormatError(f"{folder / name}: is no network that onnxruntime can run: {error}") from None
    return Network(*sessions)


def _threads() -> int:
    """As many as numba uses."""
    import numba

    return int(numba.get_num_threads())
