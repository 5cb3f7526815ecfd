"""What the place on a plate does to a measure: its edge, its rows, its columns, and slopes across it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.quality.permutation import Statistic, along, among_groups, chances
from batchwork.screening.quality.polish import median_polish
from batchwork.screening.quality.robust import middle

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Makers = dict[str, Callable[[], Statistic]]
FEWEST = 3
"""Wells on either side of a comparison."""
FEWEST_IN_ALL = 8
NAMES = ("edge", "rows", "columns", "row slope", "column slope")


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect of the place.

    Attributes
    ----------
    name : str
        One of `NAMES`.
    size : float
        As a share of the plate's median. Edge: how much higher the median of edge wells is than that of inner wells.
        Rows, columns: highest less lowest effect of the median polish. Slopes: last less first row or column by the
        line of Theil and Sen.
    p : float
        Share of random arrangements of the wells with as large an effect; NaN with a reason.
    reason : str
        Why there is none.
    """

    name: str
    size: float
    p: float
    reason: str = ""


def on_edge(rows: Places, columns: Places, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Say which wells stand in the outermost rows or columns of a plate of that shape."""
    return np.asarray((rows == 0) | (columns == 0) | (rows == shape[0] - 1) | (columns == shape[1] - 1))


def place_effects(values: Floats, rows: Places, columns: Places, shape: tuple[int, int]) -> list[Effect]:
    """Look for each effect of the place.

    Parameters
    ----------
    values : (wells,) float
        One measure, above 0 where a share of it is to mean anything; wells with NaN are left out.
    rows, columns : (wells,) int
        Their places, from 0.
    shape : (int, int)
        Rows and columns of the plate, filled or not.

    Returns
    -------
    list of Effect
        In the order of `NAMES`.

    References
    ----------
    Theil, Proc. K. Ned. Akad. Wet. A 53 (1950) 386; Sen, J. Am. Stat. Assoc. 63 (1968) 1379. See also `chances` and
    `median_polish`.
    """
    kept = np.isfinite(values)
    told, y, x = values[kept], rows[kept], columns[kept]
    edge = on_edge(y, x, shape)
    reasons = _reasons(told, edge, y, x, shape)
    tests: Makers = {
        "edge": lambda: among_groups(edge.astype(np.int64)),
        "rows": lambda: among_groups(_numbered(y)),
        "columns": lambda: among_groups(_numbered(x)),
        "row slope": lambda: along(y.astype(np.float64)),
        "column slope": lambda: along(x.astype(np.float64)),
    }
    asked = [name for name in NAMES if not reasons[name]]
    found = dict(zip(asked, chances(told, [tests[name]() for name in asked]), strict=True)) if asked else {}
    sizes = _sizes(told, edge, y, x, shape) if asked else {}
    return [
        Effect(name, sizes.get(name, np.nan) if name in found else np.nan, found.get(name, np.nan), reasons[name])
        for name in NAMES
    ]


def _reasons(values: Floats, edge: NDArray[np.bool_], y: Places, x: Places, shape: tuple[int, int]) -> dict[str, str]:
    """Say of each effect why it cannot be looked for; nothing where it can."""
    if len(values) < FEWEST_IN_ALL:
        return dict.fromkeys(NAMES, f"not enough wells: {len(values)} with a value, {FEWEST_IN_ALL} are needed")
    if middle(values) <= 0:
        return dict.fromkeys(NAMES, "the median of the wells is not above 0")
    inner, outer = int((~edge).sum()), int(edge.sum())
    told = {
        "edge": "" if min(inner, outer) >= FEWEST
        else f"not enough wells: {outer} at the edge and {inner} inside of a plate of {shape[0]} × {shape[1]}, "
        f"{FEWEST} of each are needed"
    }  # fmt: skip
    for name, line, places in (("rows", "row slope", y), ("columns", "column slope", x)):
        full, filled = int((np.bincount(places) >= FEWEST).sum()), len(np.unique(places))
        told[name] = "" if full > 1 else f"not enough wells: {full} {name} have {FEWEST} wells, 2 are needed"
        told[line] = "" if filled >= FEWEST else f"not enough wells: they fill {filled} {name}, {FEWEST} are needed"
    return told


def _numbered(places: Places) -> Places:
    """Number the places that occur from 0 on."""
    return np.unique(places, return_inverse=True)[1].astype(np.int64)


def _sizes(values: Floats, edge: NDArray[np.bool_], y: Places, x: Places, shape: tuple[int, int]) -> dict[str, float]:
    plate = np.full(shape, np.nan)
    plate[y, x] = values
    polished, whole = median_polish(plate), middle(values)
    inner = middle(values[~edge])
    return {
        "edge": middle(values[edge]) / inner - 1 if inner > 0 else float("nan"),
        "rows": _range(polished.rows) / whole,
        "columns": _range(polished.columns) / whole,
        "row slope": slope(y.astype(np.float64), values) * (shape[0] - 1) / whole,
        "column slope": slope(x.astype(np.float64), values) * (shape[1] - 1) / whole,
    }


def _range(values: Floats) -> float:
    return float(np.nanmax(values) - np.nanmin(values))


def slope(places: Floats, values: Floats) -> float:
    """Give the median of the slopes between all pairs of values that stand at different places; NaN without a pair."""
    first, second = np.triu_indices(len(places), 1)
    apart = places[second] - places[first]
    told = apart != 0
    return middle((values[second] - values[first])[told] / apart[told])
