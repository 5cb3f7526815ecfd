"""Dividing samples into parts for training and testing."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from itertools import accumulate
from typing import Final

from batchwork.errors import ParameterError
from batchwork.tactile.sweeps import Sample

PARTS: Final[Mapping[str, float]] = {"train": 0.8, "validation": 0.1, "test": 0.1}

_WORD = 1 << 64
_ROUNDING = 1e-9


def split_samples(
    samples: Iterable[Sample], parts: Mapping[str, float] = PARTS, *, seed: int = 0
) -> dict[str, list[Sample]]:
    """Divide samples; the repetitions of a condition stay together.

    Which part a condition belongs to depends on the condition and the seed alone, so that it stays there when
    the sweep grows. The parts have the sizes that are asked for on average.

    Parameters
    ----------
    samples : iterable of Sample
    parts : mapping of str to float
        Name → share; the shares make 1.
    seed : int
        Another one divides differently.

    Raises
    ------
    ParameterError
        If the shares do not make 1, or one is negative.
    """
    ends = list(accumulate(parts.values()))
    if not ends or min(parts.values()) < 0 or abs(ends[-1] - 1) > _ROUNDING:
        told = " + ".join(f"{share:g}" for share in parts.values())
        raise ParameterError(f"the shares of the parts must make 1: {told or 'there are none'}")
    divided: dict[str, list[Sample]] = {name: [] for name in parts}
    for sample in samples:
        divided[part_of(sample.condition, parts, seed=seed)].append(sample)
    return divided


def part_of(condition: str, parts: Mapping[str, float] = PARTS, *, seed: int = 0) -> str:
    """Give the part that a condition belongs to; as for `split_samples`."""
    place = _place(condition, seed)
    ends = zip(parts, accumulate(parts.values()), strict=True)
    return next((name for name, end in ends if place < end), list(parts)[-1])


def _place(condition: str, seed: int) -> float:
    """Give a condition a number from [0, 1)."""
    return int.from_bytes(blake2b(f"{condition}/{seed}".encode(), digest_size=8).digest()) / _WORD
