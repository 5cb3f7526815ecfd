"""Slices whose centre of rotation is known, in memory and as files.

A file holds a sinogram, its angles and its centre, from which the images of any candidates are made in
milliseconds; a stack of images would hold those of a few candidates only, and be a hundred times as large.
"""

import io
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import FileFormatError, NoItemsError
from batchwork.tomo.kernels.scorers.base import Floats, Slice

SUFFIX = ".stack.npz"
"""What files of labelled slices end in."""

_MOST_TURNS = 1.5
"""Angles for each column, above which neighbouring projections are averaged."""
_WHOLE = 0.5
"""Chance that a slice is squeezed as a whole, and not cut out."""
_OFF = 0.16
"""How far from the middle of a cut the axis is at most, as a share of its width."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A slice and the centre of rotation that it has."""

    slice_: Slice
    cor: float
    """Column index."""
    source: str = ""
    """Where it comes from."""


def write_labelled(path: Path, labelled: Labelled) -> None:
    """Write a labelled slice; the file appears when it is whole."""
    content = io.BytesIO()
    np.savez_compressed(
        content,
        sinogram=labelled.slice_.sinogram,
        theta_rad=labelled.slice_.theta_rad,
        cor=np.float64(labelled.cor),
        source=np.array(labelled.source),
    )
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(content.getvalue())
    partial.replace(path)


def read_labelled(path: Path) -> Labelled:
    """Read a labelled slice.

    Raises
    ------
    FileFormatError
        If the file holds none.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            sinogram, theta = kept["sinogram"].astype(np.float32), kept["theta_rad"].astype(np.float64)
            cor, source = float(kept["cor"]), str(kept["source"])
        made = Labelled(Slice(sinogram, theta), cor, source)
    except Exception as error:  # noqa: BLE001 - numpy, zip and shapes fail in many ways
        raise FileFormatError(f"{path}: holds no labelled slice ({error})") from None
    if not 0 <= cor <= made.slice_.columns - 1:
        raise FileFormatError(f"{path}: its centre {cor:g} is not on its {made.slice_.columns} columns")
    return made


def read_folder(folder: Path) -> list[Labelled]:
    """Read all labelled slices in a folder and those below it, in the order of their names.

    Raises
    ------
    NoItemsError
        If there is none.
    FileFormatError
        If one of them cannot be read.
    """
    found = [read_labelled(path) for path in sorted(folder.rglob(f"*{SUFFIX}")) if not path.name.startswith(".")]
    if not found:
        raise NoItemsError(f"{folder}: no labelled stacks in it; `batchwork tomo export-labels` writes them")
    return found


def fitted(rng: np.random.Generator, labelled: Labelled, columns: int) -> Labelled:
    """Bring a slice to a width, either by squeezing it as a whole or by cutting a part out about its axis."""
    sinogram, theta = _fewer_angles(labelled.slice_, columns)
    width = sinogram.shape[1]
    if width <= columns or rng.random() < _WHOLE:
        line = np.linspace(0, width, columns + 1)
        cor = (labelled.cor + 0.5) * columns / width - 0.5
    else:
        middle = labelled.cor + float(rng.uniform(-_OFF, _OFF)) * columns
        first = float(np.clip(round(middle - columns / 2), 0, width - columns))
        line = first + np.arange(columns + 1, dtype=np.float64)
        cor = labelled.cor - first
    return Labelled(Slice(_between(sinogram, line), theta), cor, labelled.source)


def _fewer_angles(slice_: Slice, columns: int) -> tuple[NDArray[np.float32], Floats]:
    order = np.argsort(slice_.theta_rad, kind="stable")
    sinogram, theta = slice_.sinogram[order], slice_.theta_rad[order]
    turn = max(1, int(len(theta) / (_MOST_TURNS * columns)))
    count = len(theta) // turn
    lines = sinogram[: count * turn].reshape(count, turn, -1).mean(1)
    return lines, theta[: count * turn].reshape(count, turn).mean(1)


def _between(sinogram: NDArray[np.float32], edges: Floats) -> NDArray[np.float32]:
    """Average projections over new columns, whose edges (n + 1,) are given in old columns from the first one's edge."""
    finite = np.nan_to_num(sinogram, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float64)
    sums = np.concatenate([np.zeros((len(finite), 1)), np.cumsum(finite, axis=1)], 1)
    place = np.clip(np.floor(edges).astype(int), 0, finite.shape[1] - 1)
    share = edges - place
    at = sums[:, place] + share * finite[:, place]
    return np.asarray(np.diff(at, axis=1) / np.diff(edges), np.float32)
