"""Reading the angles of a scan, from a dataset or from lines of text."""

from pathlib import Path

import h5py
import numpy as np

from batchwork.io.broken import check_declared
from batchwork.tomo.formats.errors import ThetaShape, WrongType
from batchwork.tomo.formats.hdf5 import reading, text_of, unreadable
from batchwork.tomo.formats.scan import AngleUnit, Theta

_SHOWN = 40
"""Characters of a line that a message quotes."""


def read_theta(dataset: h5py.Dataset) -> Theta:
    """Read the angles, with the unit that the dataset states, or degrees.

    Raises
    ------
    ThetaShape
        If they are not one list.
    WrongType
        If they are not numbers.
    """
    path = Path(dataset.file.filename)
    if dataset.shape is None or dataset.ndim != 1:
        raise ThetaShape.at(path, f"{dataset.name} has shape {dataset.shape}, not (angles,)")
    if dataset.dtype.kind not in "uif":
        raise WrongType.at(path, f"{dataset.name} holds {dataset.dtype}")
    with reading(path, dataset.name):
        check_declared(dataset.nbytes, path.stat().st_size)
        return Theta(dataset[:].astype(np.float64), _unit(dataset), dataset.name)


def _unit(dataset: h5py.Dataset) -> AngleUnit:
    return "rad" if text_of(dataset.attrs.get("units", "")).lower().startswith("rad") else "deg"


def read_theta_text(path: Path) -> Theta:
    """Read one angle in degrees from each line of a text file; what follows a ``#`` is a comment.

    Raises
    ------
    ScanDefect
        `MissingFile` or `UnreadableFile`.
    WrongType
        If a line is not one number; it is named.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise unreadable(path, error) from error
    entries = ((number, line.partition("#")[0].strip()) for number, line in enumerate(lines, 1))
    values = [_number(path, number, entry) for number, entry in entries if entry]
    return Theta(np.array(values, np.float64), "deg", str(path))


def _number(path: Path, line: int, entry: str) -> float:
    try:
        return float(entry)
    except ValueError as error:
        shown = repr(entry if len(entry) <= _SHOWN else f"{entry[:_SHOWN]}...")
        raise WrongType.at(path, f"line {line} is {shown}, not one angle in degrees") from error
