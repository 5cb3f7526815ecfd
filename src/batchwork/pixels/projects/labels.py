"""Brush strokes and the names and colours of labels."""

import re
from pathlib import Path

import h5py
import numpy as np

from batchwork.pixels.errors import DamagedProject
from batchwork.pixels.projects.hdf5 import array, as_text
from batchwork.pixels.projects.model import LabelBlock

_SPAN = re.compile(r"(\d+):(\d+)")


def read_labels(sets: h5py.Group | None, path: Path) -> tuple[tuple[LabelBlock, ...], ...]:
    """Read the brush strokes of each lane.

    Parameters
    ----------
    sets : h5py.Group or None
        The stage's ``LabelSets``.
    path : Path
        The project, for errors.

    Raises
    ------
    DamagedProject
        If a block does not say where it belongs.
    """
    if sets is None:
        return ()
    return tuple(tuple(_block(one[name], path) for name in sorted(one)) for _, one in sorted(sets.items()))


def _block(dataset: h5py.Dataset, path: Path) -> LabelBlock:
    place = as_text(dataset.attrs.get("blockSlice", ""))
    spans = [(int(start), int(stop)) for start, stop in _SPAN.findall(place)]
    if tuple(stop - start for start, stop in spans) != dataset.shape:
        raise DamagedProject.at(path, f"{dataset.name}: blockSlice {place!r} does not fit its shape {dataset.shape}")
    return LabelBlock(tuple(start for start, _ in spans), np.asarray(dataset[()], np.uint8))


def read_colors(group: h5py.Group, name: str) -> tuple[tuple[int, int, int], ...]:
    """Read the colours of labels; empty where there are none."""
    found = array(group, name)
    if found is None or found.ndim != 2 or found.shape[1] < 3:  # noqa: PLR2004 - a table of red, green, blue
        return ()
    return tuple((int(red), int(green), int(blue)) for red, green, blue in found[:, :3])
