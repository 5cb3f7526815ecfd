"""Containers: the images and labels of one site, or its tables, in one HDF5 file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

LEVEL = "s0"
"""The full size of an image, as viewers of pyramids name it."""
_CHUNK = (256, 256)
_COLORS = {"nuclei": "Blue", "marker": "Red", "serum": "Green", "cells": "White"}
LABELS = "Glasbey"
"""The colours that viewers give to labels."""
CELLS, NUCLEI = "cell_segmentation", "nucleus_segmentation"


def write_images(path: Path, images: Mapping[str, NDArray[Any]], labels: Mapping[str, NDArray[Any]]) -> None:
    """Write images as they are and labels compressed, each as group with the dataset `s0`.

    Parameters
    ----------
    path : Path
    images : mapping
        Name → (ny, nx) intensities.
    labels : mapping
        Name → (ny, nx) labels 0 … n.
    """
    with h5py.File(path, "w", libver="latest") as file:
        for name, image in images.items():
            group = _group(file, name, _COLORS.get(name.partition("_")[0], "White"), visible=True)
            group.create_dataset(LEVEL, data=image, chunks=_chunks(image))
        for name, image in labels.items():
            kind = np.uint16 if image.max(initial=0) <= np.iinfo(np.uint16).max else np.uint32
            group = _group(file, name, LABELS, visible=False)
            group.create_dataset(LEVEL, data=image.astype(kind), chunks=_chunks(image), compression="lzf", shuffle=True)


def _group(file: h5py.File, name: str, color: str, *, visible: bool) -> h5py.Group:
    group = file.create_group(name)
    group.attrs.update({"Color": color, "Visible": visible, "Skip": False})
    return group


def _chunks(image: NDArray[Any]) -> tuple[int, ...]:
    return tuple(min(side, length) for side, length in zip(_CHUNK, image.shape, strict=True))


def read_image(path: Path, name: str) -> NDArray[Any]:
    """Read one image or one set of labels."""
    with h5py.File(path, "r") as file:
        return np.asarray(file[f"{name}/{LEVEL}"][()])


def read_images(path: Path) -> dict[str, NDArray[Any]]:
    """Read everything: name → (ny, nx)."""
    with h5py.File(path, "r") as file:
        return {name: np.asarray(group[LEVEL][()]) for name, group in file.items() if LEVEL in group}
