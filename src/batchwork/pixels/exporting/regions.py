"""Cut-outs, as ilastik's ``--cutout_subregion`` writes them."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from batchwork.errors import ParameterError
from batchwork.pixels.axes import CANONICAL
from batchwork.pixels.errors import CutOutside
from batchwork.pixels.sources import Shape

_FIVE = "tczyx"
"""Order of five numbers where the result has fewer axes, as ilastik's help has them."""

Corner = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class CutOut:
    """A part of a result as the user wrote it, in an order of axes that only the image tells."""

    start: Corner
    stop: Corner

    def resolve(self, shape: Shape, axes: str) -> "Extent":
        """Bring it to an image.

        Parameters
        ----------
        shape : tuple
            Times, slices, rows, columns and channels of the whole result.
        axes : str
            Those of the result. The numbers are in this order, or, if there is one less, in that without c; five
            numbers for fewer axes stand for t, c, z, y, x.

        Returns
        -------
        Extent
            Clipped to the result.

        Raises
        ------
        CutOutside
            If the numbers cannot belong to these axes, or nothing is left.
        """
        order = self._order(axes)
        sizes = dict(zip(CANONICAL, shape, strict=True))
        spans = {axis: (0, size) for axis, size in sizes.items()}
        for axis, start, stop in zip(order, self.start, self.stop, strict=True):
            size = sizes[axis]
            first, end = (0 if start is None else start), (size if stop is None else min(stop, size))
            if not 0 <= first < end:
                raise CutOutside(f"the cut-out {self} leaves nothing along {axis}, which has {size} pixels")
            spans[axis] = first, end
        t, z, y, x, c = (spans[axis] for axis in CANONICAL)
        return Extent(t, z, y, x, c)

    def _order(self, axes: str) -> str:
        count = len(self.start)
        if count == len(axes):
            return axes
        if count == len(axes) - 1:
            return axes.replace("c", "")
        if count == len(_FIVE):
            return _FIVE
        raise CutOutside(f"the cut-out {self} has {count} numbers for the axes {axes!r}; give one for each")

    def __str__(self) -> str:
        return f"[{self.start}, {self.stop}]"


@dataclass(frozen=True, slots=True)
class Extent:
    """A part of a result: first pixel and the one after the last along each axis."""

    t: tuple[int, int]
    z: tuple[int, int]
    y: tuple[int, int]
    x: tuple[int, int]
    c: tuple[int, int]

    @classmethod
    def whole(cls, shape: Shape) -> "Extent":
        """Give all of a result."""
        return cls(*((0, size) for size in shape))

    @property
    def shape(self) -> Shape:
        """Times, slices, rows, columns and channels."""
        t, z, y, x, c = (self.span(axis)[1] - self.span(axis)[0] for axis in CANONICAL)
        return t, z, y, x, c

    def span(self, axis: str) -> tuple[int, int]:
        """Give first pixel and end along an axis."""
        found: tuple[int, int] = getattr(self, axis)
        return found

    def roi(self, axes: str) -> str:
        """Write it as ilastik does in names: starts and stops in the order of the axes."""
        return str([tuple(self.span(axis)[end] for axis in axes) for end in (0, 1)])


def parse_cut_out(text: str) -> CutOut:
    """Read a cut-out such as ``[(0,0,None),(50,60,None)]``.

    Raises
    ------
    ParameterError
        If it is none; None stands for the beginning or the end.
    """
    try:
        start, stop = (tuple(corner) for corner in ast.literal_eval(text.strip()))
    except (ValueError, SyntaxError, TypeError):
        start, stop = (), (0,)
    if len(start) != len(stop) or not all(_is_place(at) for at in (*start, *stop)):
        raise ParameterError(f"{text!r} is no cut-out; write [(start, …), (stop, …)] with whole numbers or None")
    return CutOut(start, stop)


def _is_place(at: object) -> bool:
    return at is None or (isinstance(at, int) and not isinstance(at, bool) and at >= 0)


def cut_out_of(start: Sequence[int | None] | None, stop: Sequence[int | None] | None) -> str | None:
    """Write corners that a project stores as a cut-out; None where it stores none."""
    if start is None and stop is None:
        return None
    count = len(start if start is not None else stop or ())
    first, last = start if start is not None else (None,) * count, stop if stop is not None else (None,) * count
    return f"[{tuple(first)}, {tuple(last)}]"
