"""What a scorer of centres of rotation gets, gives, and how it is found by name.

Centres are column indices: an integer is the centre of a column, the middle of the detector is
``(columns - 1) / 2``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError, TaskError

LEAST_ANGLES = 8
"""With fewer projections nothing can be said about the axis."""
LEAST_COLUMNS = 16
"""The same of detector columns."""
LEAST_CANDIDATES = 3
"""The same of candidates."""

Side = Literal["left", "right"]
Floats = NDArray[np.float64]


class NotApplicable(TaskError):
    """A scorer cannot judge this slice; the text says why."""


class Images(Protocol):
    """Images of a slice that have been made before, by filtered back projection of its sinogram as it is."""

    def at(self, cor: float) -> NDArray[np.float32] | None:
        """Give the image at a centre, (columns, columns) in attenuation per column; None if there is none."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One row of the detector over all angles.

    Raises
    ------
    ParameterError
        If the shapes do not fit.
    NotApplicable
        If there are fewer than `LEAST_ANGLES` angles or `LEAST_COLUMNS` columns.
    """

    sinogram: NDArray[np.float32]
    """(angles, columns), line integrals of attenuation; values that are not finite are tolerated."""
    theta_rad: Floats
    """(angles,), in any order."""
    made: Images | None = None
    """Images of the candidates, for scorers that look at such."""

    def __post_init__(self) -> None:
        if self.sinogram.ndim != 2 or self.theta_rad.shape != self.sinogram.shape[:1]:  # noqa: PLR2004 - a sinogram is flat
            raise ParameterError(
                f"a sinogram is (angles, columns) with an angle for each row, "
                f"not {self.sinogram.shape} with {self.theta_rad.shape}"
            )
        if not np.isfinite(self.theta_rad).all():
            raise ParameterError("the projection angles must be finite numbers")
        angles, columns = self.sinogram.shape
        if angles < LEAST_ANGLES or columns < LEAST_COLUMNS:
            raise NotApplicable(
                f"{angles} angles and {columns} columns are too few to find the axis; "
                f"{LEAST_ANGLES} and {LEAST_COLUMNS} are the least"
            )

    @property
    def columns(self) -> int:
        """Width of the detector."""
        return int(self.sinogram.shape[1])


@dataclass(frozen=True, slots=True)
class Grid:
    """The candidates that are looked at.

    Raises
    ------
    ParameterError
        If `width` or `step` is not positive.
    """

    middle: float
    """Column index."""
    width: float = 50.0
    """Columns to either side."""
    step: float = 0.5
    """Columns between candidates."""

    def __post_init__(self) -> None:
        if not (np.isfinite(self.middle) and self.width > 0 and self.step > 0):
            raise ParameterError(f"a grid needs a finite middle, a positive width and a positive step, not {self}")

    @property
    def candidates(self) -> Floats:
        """(k,) from ``middle + width`` downwards, ``middle - width`` left out."""
        return self.middle - np.arange(-self.width, self.width, self.step)

    def holds(self, cor: float) -> bool:
        """Say whether a centre lies within the grid and not at its edge."""
        return abs(cor - self.middle) < self.width - self.step

    def on_detector(self, columns: int) -> Floats:
        """Give the candidates that lie on the detector, in rising order.

        Raises
        ------
        ParameterError
            If fewer than three do.
        """
        cors = self.candidates[::-1]
        cors = cors[(cors >= 0) & (cors <= columns - 1)]
        if cors.size < LEAST_CANDIDATES:
            raise ParameterError(f"{self} has fewer than {LEAST_CANDIDATES} candidates on {columns} columns")
        return cors


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a scorer says about a slice."""

    cor: float
    """Best centre of rotation, refined between candidates."""
    confidence: float
    """From 0 to 1, how far the best stands out."""
    candidates: Floats
    """(k,) centres that were scored, in any order; may be empty."""
    scores: Floats
    """(k,) in a unit of its own, higher is better."""
    at_edge: bool = False
    """The best lies at the edge of the grid or, for a scorer that looks further, beyond it."""
    note: str = ""
    """For people."""
    side: Side | None = None
    """Near which end of the detector the axis lies, from `overlap`."""
    overlap: float | None = None
    """Columns seen from both sides in a scan over 360°, from `overlap`."""
    parts: Mapping[str, "Judgement"] = field(default_factory=lambda: MappingProxyType({}))
    """What the members of a consensus say."""


class Scorer(Protocol):
    """Finds the centre of rotation of a slice."""

    def judge(self, slice_: Slice, grid: Grid) -> Judgement:
        """Judge the candidates of a grid.

        Raises
        ------
        NotApplicable
            If this scorer cannot judge such a slice.
        """


SCORERS: dict[str, Scorer] = {}
"""By name; add your own."""


def scorer(name: str) -> Scorer:
    """Find a scorer.

    Raises
    ------
    ParameterError
        If there is none of this name.
    """
    if name not in SCORERS:
        raise ParameterError(f"no scorer of centres is named {name!r}; there are {', '.join(SCORERS)}")
    return SCORERS[name]
