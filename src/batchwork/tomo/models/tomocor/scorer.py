"""The scorer ``tomocor:CHECKPOINT``: the network's best candidate, searched from coarse to fine."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from batchwork.tomo.kernels.double_field import is_double_field
from batchwork.tomo.kernels.gridding import BLOCK_SLICES
from batchwork.tomo.kernels.scorers.base import Floats, Grid, Judgement, NotApplicable, Slice
from batchwork.tomo.kernels.scorers.images import CandidateImages
from batchwork.tomo.models.tomocor.checkpoint import read_checkpoint
from batchwork.tomo.models.tomocor.network import TomocorNetwork, log_odds, probability
from batchwork.tomo.models.tomocor.windows import cut, prepare, side_for, window_places

STRIDE = 8
"""Candidates from one to the next in the coarsest search."""
BASINS = 3
"""Of the best that are looked at more closely, each time at half the distance."""
_APART = 3.0
"""Columns from the best within which another candidate says nothing against it."""

Score = Callable[[Floats], Floats]
"""From centres (k,) to log odds (k,)."""


@dataclass(frozen=True, slots=True)
class Tomocor:
    """Judges slices by a trained network.

    Attributes
    ----------
    network : TomocorNetwork
    window : int, pixels
        Side of its windows.
    device : str
        Where it is computed.
    """

    network: TomocorNetwork
    window: int
    device: str = "cpu"

    def judge(self, slice_: Slice, grid: Grid) -> Judgement:
        """Judge the candidates of a grid: all of them on a graphics card, from coarse to fine on a CPU.

        Raises
        ------
        NotApplicable
            If the axis of a scan over 360° is at the side of the detector.
        """
        cors = grid.on_detector(slice_.columns)
        if is_double_field(slice_.theta_rad, grid.middle, slice_.columns):
            raise NotApplicable("the axis is at the side of the detector; --scorer overlap finds it there")
        score = self._curve(slice_)
        stride = 1 if self.device != "cpu" else STRIDE
        looked, odds = coarse_to_fine(score, cors, stride=stride, basins=BASINS)
        best = int(np.argmax(odds))
        cor = float(looked[best])
        return Judgement(
            cor, _confidence(looked, odds, cor), looked, odds, at_edge=not grid.holds(cor),
            note=f"probability {probability(float(odds[best])):.2f} of being centred",
        )  # fmt: skip

    def _curve(self, slice_: Slice) -> Score:
        """Give the function that classifies candidates by their images."""
        images = CandidateImages(slice_)
        places = window_places(side_for(slice_.columns, self.window), self.window)

        def score(cors: Floats) -> Floats:
            parts = (cors[first : first + BLOCK_SLICES] for first in range(0, cors.size, BLOCK_SLICES))
            return np.concatenate([self.log_odds(images.at(part), places) for part in parts])

        return score

    def log_odds(self, images: NDArray[np.float32], places: list[tuple[int, int]]) -> Floats:
        """Classify images, (k, n, n) float32, by the windows at some places: the log odds of being centred, (k,)."""
        at_once = len(images) if self.device != "cpu" else 1
        found = []
        with torch.inference_mode():
            for first in range(0, len(images), at_once):
                ready = [prepare(image, self.window) for image in images[first : first + at_once]]
                windows = torch.stack([cut(image, places, self.window) for image in ready])
                found.append(log_odds(self.network(windows.to(self.device))).cpu())
        return np.asarray(torch.cat(found), np.float64)


def coarse_to_fine(score: Score, cors: Floats, *, stride: int, basins: int) -> tuple[Floats, Floats]:
    """Score every so many of some candidates, and more of them around the best, down to the next ones.

    Parameters
    ----------
    score : callable
    cors : (k,) float64
        Rising.
    stride : int
        At first; a power of 2.
    basins : int
        Of the best so far, at each halving of the stride.

    Returns
    -------
    (m,) float64, (m,) float64
        The candidates that were scored, rising, and their scores.
    """
    known: dict[int, float] = {}

    def look(wanted: set[int]) -> None:
        new = sorted(number for number in wanted if 0 <= number < cors.size and number not in known)
        if new:
            known.update(zip(new, score(cors[new]).tolist(), strict=True))

    look({*range(0, cors.size, stride), cors.size - 1})
    while stride > 1:
        stride //= 2
        best = sorted(known, key=lambda number: -known[number])[:basins]
        look({number + side for number in best for side in (-stride, stride)})
    order = sorted(known)
    return cors[order], np.array([known[number] for number in order])


def _confidence(cors: Floats, odds: Floats, best: float) -> float:
    """Tell how far the best stands out: its probability, less the highest of those that are far from it."""
    far = odds[np.abs(cors - best) > _APART]
    rival = probability(float(far.max())) if far.size else 0.0
    return max(0.0, probability(float(odds.max())) - rival)


def load_scorer(path: Path) -> Tomocor:
    """Load a checkpoint; one that has been loaded in this process and is the same file is taken again.

    Raises
    ------
    CheckpointError
        If it does not fit the network.
    """
    stat = path.stat() if path.exists() else None
    return _loaded(path, stat and (stat.st_size, stat.st_mtime_ns))


@lru_cache(maxsize=1)
def _loaded(path: Path, _version: tuple[int, int] | None) -> Tomocor:
    shape, weights = read_checkpoint(path)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return Tomocor(TomocorNetwork(shape, weights).to(device), shape.window, device)
