"""The training itself: it can be stopped at any time and goes on where it was, to the same bits."""

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from batchwork.errors import ConfigError
from batchwork.tomo.training.drawing import Batch, draw_batch
from batchwork.tomo.training.labelled import Labelled
from batchwork.tomo.training.network import CentreNet, state_of

_RATE, _LEAST_RATE = 2e-3, 2e-5
_WARMING = 100
"""Steps, of short trainings a tenth."""
_NORM = 1.0
_DECAY = 0.998
_AHEAD = 2
_SAVE_SECONDS = 60.0

Progress = Callable[[int, float], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the weights follow from, beside the labelled slices."""

    seed: int = 1
    steps: int = 5400


@dataclass(slots=True)
class Training:
    """A network that is being trained.

    Attributes
    ----------
    net : CentreNet
    averaged : CentreNet
        Weights averaged over the last steps, which are what is kept in the end.
    losses : list of float
        Of every step so far.
    """

    recipe: Recipe
    net: CentreNet
    averaged: CentreNet
    optimiser: torch.optim.Optimizer
    losses: list[float]

    @classmethod
    def new(cls, recipe: Recipe) -> "Training":
        """Begin."""
        torch.manual_seed(recipe.seed)
        net, averaged = CentreNet(), CentreNet()
        averaged.load_state_dict(state_of(net))
        return cls(recipe, net, averaged, torch.optim.AdamW(net.parameters(), lr=_RATE), [])

    @classmethod
    def resume(cls, path: Path, recipe: Recipe) -> "Training":
        """Go on from a checkpoint, or begin where there is none.

        With more steps than it was made with, the rate rises again and cools down over those that are left.

        Raises
        ------
        ConfigError
            If it cannot be read, or is of another seed.
        """
        made = cls.new(recipe)
        if not path.exists():
            return made
        try:
            kept: dict[str, Any] = torch.load(path, weights_only=True)  # Any: PyTorch's own
            trained = kept["recipe"]
            made.net.load_state_dict(kept["net"])
            made.averaged.load_state_dict(kept["averaged"])
            made.optimiser.load_state_dict(kept["optimiser"])
            made.losses.extend(kept["losses"])
        except Exception as error:  # noqa: BLE001 - PyTorch's reader fails in many ways
            raise ConfigError(f"{path}: is no checkpoint of this training: {error}") from None
        if trained["seed"] != recipe.seed:
            told = f"is of seed {trained['seed']}, not {recipe.seed}"
            raise ConfigError(f"{path}: {told}; move it away, or train elsewhere")
        return made

    def save(self, path: Path) -> None:
        """Write a checkpoint, which replaces the one before only when it is whole."""
        kept = {
            "recipe": asdict(self.recipe),
            "net": self.net.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "losses": self.losses,
        }
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        torch.save(kept, partial)
        partial.replace(path)

    def learn(self, batch: Batch) -> float:
        """Take one step.

        Returns
        -------
        float
            Relative entropy of the target and the network's probabilities, in nats.
        """
        self._set_rate()
        pictures, curves, facts, target = (
            torch.from_numpy(part) for part in (batch.pictures, batch.curves, batch.facts, batch.target)
        )
        loss = divergence(self.net(pictures, curves, facts), target)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call] # PyTorch's own
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), _NORM)
        self.optimiser.step()
        self._average()
        self.losses.append(float(loss.detach()))
        return self.losses[-1]

    def _set_rate(self) -> None:
        """Warm up, then cool down along half a cosine."""
        step = len(self.losses)
        warming = max(1, min(_WARMING, self.recipe.steps // 10))
        cooling = (1 + math.cos(math.pi * min(step / self.recipe.steps, 1))) / 2
        rate = (_LEAST_RATE + (_RATE - _LEAST_RATE) * cooling) * min(1.0, (step + 1) / warming)
        for group in self.optimiser.param_groups:
            group["lr"] = rate

    def _average(self) -> None:
        decay = min(_DECAY, 1 - 1 / (len(self.losses) + 1))
        with torch.no_grad():
            for mean, new in zip(self.averaged.parameters(), self.net.parameters(), strict=True):
                mean.lerp_(new, 1 - decay)


def divergence(scores: Tensor, target: Tensor) -> Tensor:
    """Relative entropy of targets and the softmax of scores, both (lists, k), in nats per list."""
    known = torch.special.entr(target).sum(1)
    loss: Tensor = (-(target * torch.log_softmax(scores, 1)).sum(1) - known).mean()
    return loss


class _Batches(Dataset[Batch]):
    """The batches from a step on, by number."""

    def __init__(self, recipe: Recipe, first: int, labelled: Sequence[Labelled]) -> None:
        self._recipe, self._first, self._labelled = recipe, first, labelled

    def __len__(self) -> int:
        return max(self._recipe.steps - self._first, 0)

    def __getitem__(self, number: int) -> Batch:
        return draw_batch(self._recipe.seed, self._first + number, self._labelled)


def _one(batches: list[Batch]) -> Batch:
    return batches[0]


def _on_one_core(_worker: int) -> None:
    numba.set_num_threads(1)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let PyTorch use one thread: the network is small, the cores are the workers', and sums keep their order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _prefetched(dataset: _Batches, workers: int) -> Iterator[Batch]:
    ahead: dict[str, Any] = {}  # Any: options of several types
    if workers:
        ahead = {"prefetch_factor": _AHEAD, "multiprocessing_context": "spawn", "worker_init_fn": _on_one_core}
    return iter(DataLoader(dataset, batch_size=1, collate_fn=_one, num_workers=workers, **ahead))


@_one_thread()
def train(
    checkpoint: Path,
    recipe: Recipe,
    *,
    seconds: float = math.inf,
    workers: int = 0,
    labelled: Sequence[Labelled] = (),
    progress: Progress = lambda _step, _loss: None,
) -> Training:
    """Train until the recipe's steps are done or the time is over.

    Parameters
    ----------
    checkpoint : Path
        Where the state is kept, about every minute and in the end.
    recipe : Recipe
    seconds : float
        Of this call.
    workers : int
        Processes that draw what is learnt from; the result does not depend on it.
    labelled : sequence of Labelled
        Slices whose centre is known, beside the generated ones.
    progress : callable
        Called with the number of steps done and the mean loss of the last hundred.

    Raises
    ------
    ConfigError
        If the checkpoint is of another training.
    """
    training = Training.resume(checkpoint, recipe)
    start = saved = time.monotonic()
    for batch in _prefetched(_Batches(recipe, len(training.losses), labelled), workers):
        training.learn(batch)
        now = time.monotonic()
        progress(len(training.losses), float(np.mean(training.losses[-100:])))
        if now - saved > _SAVE_SECONDS:
            training.save(checkpoint)
            saved = now
        if now - start > seconds:
            break
    training.save(checkpoint)
    return training
