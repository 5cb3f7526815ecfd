"""Several files as one image."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.errors import MissingImage, MixedStack
from batchwork.pixels.images.lazy import AxesSource
from batchwork.pixels.images.opening import OpenedImage, open_image

ALONG = "ztc"
"""Axes along which files can be put together."""


@dataclass(frozen=True, slots=True, eq=False)
class StackedArray:
    """Arrays of the same kind one after the other along their first axis."""

    parts: tuple[AxesSource, ...]
    axis: int
    """Along which dimension of the whole they stand."""
    is_new: bool
    """Whether the parts lack this dimension."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Size of the whole."""
        one = self.parts[0].array.shape
        if self.is_new:
            return (len(self.parts), *one)
        total = sum(part.array.shape[self.axis] for part in self.parts)
        return (*one[: self.axis], total, *one[self.axis + 1 :])

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Type of all parts."""
        return self.parts[0].dtype

    def __getitem__(self, index: tuple[slice, ...]) -> NDArray[np.generic]:
        """Read from the parts that the slices touch."""
        start, stop, _ = index[self.axis].indices(self.shape[self.axis])
        if self.is_new:
            return np.stack([np.asarray(part.array[index[1:]]) for part in self.parts[start:stop]])
        pieces, first = [], 0
        for part in self.parts:
            end = first + part.array.shape[self.axis]
            if first < stop and start < end:
                span = slice(max(start - first, 0), min(stop, end) - first)
                pieces.append(np.asarray(part.array[(*index[: self.axis], span, *index[self.axis + 1 :])]))
            first = end
        return np.concatenate(pieces, axis=self.axis)


@contextmanager
def open_stack(locations: Sequence[Path | str], *, along: str = "z", axes: str | None = None) -> Iterator[OpenedImage]:
    """Open files as one image; nothing is copied.

    Parameters
    ----------
    locations : sequence of Path or str
        In the order in which they stand.
    along : str
        z, t or c. Files that have this axis are put together along it; for others it comes first.
    axes : str, optional
        Axes of the single files; by default what they say.

    Yields
    ------
    OpenedImage
        The whole.

    Raises
    ------
    MixedStack
        If the files differ in size, type or axes.
    """
    if not locations:
        raise MissingImage("a stack needs at least one file")
    if along not in ALONG or len(along) != 1:
        raise MixedStack(f"a stack is put together along z, t or c, not {along!r}")
    with ExitStack() as stack:
        images = [stack.enter_context(open_image(location, axes=axes)) for location in locations]
        first = images[0].source
        is_new = along not in first.axes
        axis = 0 if is_new else first.axes.index(along)
        for image in images[1:]:
            _compare(images[0], image, -1 if is_new else axis)
        array = StackedArray(tuple(image.source for image in images), axis, is_new)
        yield OpenedImage(images[0].name, AxesSource(array, along + first.axes if is_new else first.axes))


def _compare(first: OpenedImage, other: OpenedImage, free: int) -> None:
    """See that two images differ in nothing but their extent along the axis of the stack."""
    kinds = [
        (image.axes, str(image.source.dtype), tuple(n for i, n in enumerate(image.source.array.shape) if i != free))
        for image in (first, other)
    ]
    for what, one, two in zip(("axes", "type", "size"), *kinds, strict=True):
        if one != two:
            raise MixedStack.at(other.name, f"its {what} is {two}, that of {first.name} is {one}")
