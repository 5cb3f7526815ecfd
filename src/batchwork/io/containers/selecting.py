"""Which part of an array a slice means."""

import operator
from dataclasses import dataclass
from typing import Any

from batchwork.errors import ContainerError


@dataclass(frozen=True, slots=True)
class Selection:
    """A box of an array, and what is taken from it.

    Attributes
    ----------
    start, stop : tuple of int
        The smallest box that holds everything selected.
    inside : tuple
        What to take from the box: a slice for each dimension that stays, 0 for one that does not.
    """

    start: tuple[int, ...]
    stop: tuple[int, ...]
    inside: tuple[slice | int, ...]

    @property
    def is_whole_box(self) -> bool:
        """Say whether every element of the box is selected."""
        return all(isinstance(part, int) or part.step == 1 for part in self.inside)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of what is selected."""
        sizes = zip(self.start, self.stop, self.inside, strict=True)
        return tuple(len(range(a, b, part.step)) for a, b, part in sizes if isinstance(part, slice))


def select(selection: Any, shape: tuple[int, ...]) -> Selection:  # whatever stands between the brackets
    """Read what stands between the brackets: whole numbers, slices with steps above 0, ``...``.

    Raises
    ------
    IndexError
        If there are too many, one is outside the array, or of another kind (a list, a mask).
    """
    parts = _expanded(selection if isinstance(selection, tuple) else (selection,), len(shape))
    boxes = [_one(part, size) for part, size in zip(parts, shape, strict=True)]
    return Selection(tuple(b[0] for b in boxes), tuple(b[1] for b in boxes), tuple(b[2] for b in boxes))


def _expanded(parts: tuple[Any, ...], ndim: int) -> tuple[Any, ...]:
    dots = [k for k, part in enumerate(parts) if part is Ellipsis]
    if len(dots) > 1 or len(parts) - len(dots) > ndim:
        raise _SelectionError(f"{len(parts)} indices for an array of {ndim} dimensions")
    at = dots[0] if dots else len(parts)
    missing = ndim - len(parts) + len(dots)
    return (*parts[:at], *[slice(None)] * missing, *parts[at + 1 :])


def _one(part: Any, size: int) -> tuple[int, int, slice | int]:
    if isinstance(part, slice):
        if part.step is not None and part.step < 1:
            raise _SelectionError(f"the step {part.step} is not above 0")
        start, stop, step = part.indices(size)
        count = len(range(start, stop, step))
        return start, start + (count - 1) * step + 1 if count else start, slice(None, None, step)
    try:
        index = operator.index(part)
    except TypeError:
        raise _SelectionError(
            f"{part!r} is neither a whole number nor a slice; read a range, then index that"
        ) from None
    if not -size <= index < size:
        raise _SelectionError(f"index {index} is outside 0 … {size - 1}")
    return index % size, index % size + 1, 0


class _SelectionError(ContainerError, IndexError):
    """What stands between the brackets does not fit the array."""
