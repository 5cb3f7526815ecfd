"""Median polish: what of a plate's values is due to its rows and columns, and what remains."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.quality.robust import deviations

Floats = NDArray[np.float64]

_ROUNDS = 20
_SETTLED = 1e-9
"""Of the overall spread; polishing ends when it changes less."""


@dataclass(frozen=True, slots=True)
class Polished:
    """A plate taken apart: value = overall + row + column + residual.

    Attributes
    ----------
    overall : float
        NaN if the plate has no value.
    rows, columns : (n_rows,), (n_columns,)
        Of a row or column without values NaN.
    residuals : (n_rows, n_columns)
        NaN where there is no value.
    """

    overall: float
    rows: Floats
    columns: Floats
    residuals: Floats

    @property
    def corrected(self) -> Floats:
        """The values without effects of rows and columns."""
        return self.overall + self.residuals

    @property
    def b_scores(self) -> Floats:
        """Residuals over 1.4826 times their MAD; a perfect plate has 0 everywhere."""
        return deviations(self.residuals, _tiny(self.residuals))


def _tiny(values: Floats) -> float:
    """Give a spread that only noise of rounding has."""
    size = np.nanmax(np.abs(values), initial=0)
    return float(max(size, 1.0) * 1e-12)


def median_polish(values: Floats) -> Polished:
    """Take medians of rows and columns off a plate in turn until nothing changes any more.

    Parameters
    ----------
    values : (n_rows, n_columns) float
        One value for each well, any unit; NaN where there is none.

    References
    ----------
    Tukey, Exploratory Data Analysis (1977), chapter 11. B-score: Brideau et al., J. Biomol. Screen. 8 (2003) 634;
    Malo et al., Nat. Biotechnol. 24 (2006) 167.
    """
    residuals = np.array(values, np.float64)
    overall = 0.0
    rows, columns = (np.zeros(length) for length in residuals.shape)
    least = _SETTLED * (float(np.nanmax(residuals) - np.nanmin(residuals)) if np.isfinite(residuals).any() else 0)
    for _ in range(_ROUNDS):
        by_row = _medians(residuals, 1)
        residuals -= by_row[:, None]
        rows += by_row
        by_column = _medians(residuals, 0)
        residuals -= by_column
        columns += by_column
        if max(np.abs(by_row).max(initial=0), np.abs(by_column).max(initial=0)) <= least:
            break
    seen = np.isfinite(residuals)
    if not seen.any():
        return Polished(np.nan, np.full_like(rows, np.nan), np.full_like(columns, np.nan), residuals)
    rows, columns = np.where(seen.any(1), rows, np.nan), np.where(seen.any(0), columns, np.nan)
    shared = float(np.nanmedian(rows)), float(np.nanmedian(columns))
    overall = sum(shared)
    return Polished(overall, rows - shared[0], columns - shared[1], residuals)


def _medians(values: Floats, axis: int) -> Floats:
    """Take medians of rows or columns; 0 where there is no value."""
    found = np.zeros(values.shape[1 - axis])
    lines = values if axis == 1 else values.T
    for place, line in enumerate(lines):
        seen = line[np.isfinite(line)]
        found[place] = np.median(seen) if seen.size else 0
    return found
