"""Quality control: what is left out, and why, of cells, of images and of wells."""

from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError

Flags = NDArray[np.uint8]

LEAST_SERUM = {"IgG": 301.23, "IgA": 392.76}
"""Fixed least median serum of infected cells, in counts, where it is not measured in wells without cells."""


class CellFault(IntFlag):
    """Why a cell is left out."""

    TOO_SMALL = 1
    TOO_LARGE = 2
    NUCLEUS_TOO_SMALL = 4
    NUCLEUS_TOO_LARGE = 8
    NOT_MEASURED = 16


class ImageFault(IntFlag):
    """Why an image is left out."""

    TOO_FEW_CELLS = 1
    TOO_MANY_CELLS = 2
    MARKED_BY_HAND = 4


class WellFault(IntFlag):
    """Why a well has no score."""

    TOO_FEW_CONTROL_CELLS = 1
    TOO_LITTLE_SERUM = 2
    NO_INFECTED_CELLS = 4
    NO_IMAGES = 8


@dataclass(frozen=True, slots=True)
class Limits:
    """Least and most, ends included; None is no limit."""

    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class CellLimits:
    """What a cell may be; areas in pixels of 0.65 µm."""

    area: Limits = field(default_factory=lambda: Limits(250, 12_500))
    nucleus_area: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class WellLimits:
    """What a well must have."""

    control_cells: int = 100
    mads: float = 3.0
    """Median serum of infected cells, in MADs of the background wells."""


def reasons(flags: int, kind: type[IntFlag]) -> list[str]:
    """Tell the reasons that flags stand for, in words; none for 0."""
    return [fault.name.lower().replace("_", " ") for fault in kind if fault & flags and fault.name]


def _outside(values: NDArray[Any], limits: Limits, low: IntFlag, high: IntFlag) -> Flags:
    flags = np.zeros(np.shape(values), np.uint8)
    if limits.least is not None:
        flags[np.asarray(values) < limits.least] |= np.uint8(low)
    if limits.most is not None:
        flags[np.asarray(values) > limits.most] |= np.uint8(high)
    return flags


def judge_cells(
    area: NDArray[Any], *, nucleus_area: NDArray[Any] | None = None, measured: NDArray[Any] | None = None,
    limits: CellLimits | None = None,
) -> Flags:  # fmt: skip
    """Judge the cells of any number of sites.

    Parameters
    ----------
    area : (cells,) integers
        In pixels.
    nucleus_area : (cells,) integers, optional
        In pixels; looked at only where there is a limit.
    measured : (cells,) float, optional
        A value that the score needs; cells where it is NaN or infinite are left out.
    limits : CellLimits, optional
        The reference's, if not given.

    Returns
    -------
    (cells,) uint8
        `CellFault`, 0 for a good cell.
    """
    allowed = limits or CellLimits()
    flags = _outside(area, allowed.area, CellFault.TOO_SMALL, CellFault.TOO_LARGE)
    if nucleus_area is not None:
        low, high = CellFault.NUCLEUS_TOO_SMALL, CellFault.NUCLEUS_TOO_LARGE
        flags |= _outside(nucleus_area, allowed.nucleus_area, low, high)
    if measured is not None:
        flags[~np.isfinite(measured)] |= np.uint8(CellFault.NOT_MEASURED)
    return flags


def judge_images(cells: NDArray[Any], *, marks: NDArray[Any] | None = None, limits: Limits | None = None) -> Flags:
    """Judge images by their number of cells and by hand.

    Parameters
    ----------
    cells : (images,) integers
        Cells found.
    marks : (images,) integers, optional
        1 an outlier, 0 none, -1 not looked at; 0 does not save an image that fails by its number of cells.
    limits : Limits, optional
        Of the number of cells; 10 to 1,000, if not given.

    Returns
    -------
    (images,) uint8
        `ImageFault`, 0 for a good image.

    Raises
    ------
    ParameterError
        If a mark is none of -1, 0 and 1.
    """
    flags = _outside(cells, limits or Limits(10, 1000), ImageFault.TOO_FEW_CELLS, ImageFault.TOO_MANY_CELLS)
    if marks is not None:
        strange = np.setdiff1d(marks, (-1, 0, 1))
        if strange.size:
            raise ParameterError(f"{strange[0]} is no mark of an image; 1 is an outlier, 0 none, -1 not looked at")
        flags[np.asarray(marks) == 1] |= np.uint8(ImageFault.MARKED_BY_HAND)
    return flags


def judge_wells(
    control_cells: NDArray[Any], infected_cells: NDArray[Any], infected_serum: NDArray[Any], images: NDArray[Any], *,
    least_serum: float | None = None, limits: WellLimits | None = None,
) -> Flags:  # fmt: skip
    """Judge wells by their cells that count.

    Parameters
    ----------
    control_cells, infected_cells : (wells,) integers
        Numbers of cells.
    infected_serum : (wells,) float
        Median serum of infected cells, background taken off, in counts.
    images : (wells,) integers
        Images that count.
    least_serum : float, optional
        What `infected_serum` must reach, see `least_serum_from`; not looked at, if not given.
    limits : WellLimits, optional
        The reference's, if not given.

    Returns
    -------
    (wells,) uint8
        `WellFault`, 0 for a good well.
    """
    allowed = limits or WellLimits()
    flags = np.zeros(np.shape(control_cells), np.uint8)
    flags[np.asarray(images) == 0] |= np.uint8(WellFault.NO_IMAGES)
    flags[np.asarray(control_cells) < allowed.control_cells] |= np.uint8(WellFault.TOO_FEW_CONTROL_CELLS)
    flags[np.asarray(infected_cells) == 0] |= np.uint8(WellFault.NO_INFECTED_CELLS)
    if least_serum is not None:
        flags[np.asarray(infected_serum) < least_serum] |= np.uint8(WellFault.TOO_LITTLE_SERUM)
    return flags


def least_serum_from(serum: str, background_mad: float | None, limits: WellLimits | None = None) -> float | None:
    """Give the least median serum of infected cells: 3 MADs of the background wells, else the fixed one.

    Parameters
    ----------
    serum : str
        IgG, IgA or IgM; for others, and IgM, no value is fixed.
    background_mad : float, optional
        MAD of all pixels of the wells without cells, in counts.
    limits : WellLimits, optional
        The reference's, if not given.
    """
    if background_mad is not None and np.isfinite(background_mad):
        return (limits or WellLimits()).mads * background_mad
    return LEAST_SERUM.get(serum)
