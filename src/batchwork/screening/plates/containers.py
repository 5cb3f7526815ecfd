"""Containers: the images and labels of one site, or its tables, in one HDF5 file or N5 folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.io import open_file

LEVEL = "s0"
"""The full size of an image, as viewers of pyramids name it."""
_CHUNK = (256, 256)
_COLORS = {"nuclei": "Blue", "marker": "Red", "serum": "Green", "cells": "White"}
LABELS = "Glasbey"
"""The colours that viewers give to labels."""
CELLS, NUCLEI = "cell_segmentation", "nucleus_segmentation"
INFECTED, NOT_INFECTED = "local_infected", "local_not_infected"
BOUNDARIES, FOREGROUND = "cell_boundaries", "cell_foreground"

_PACKED = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
"""Not LZF: what that writes depends on what its table held before, so that equal images may differ in their bytes."""


def write_images(path: Path, images: Mapping[str, NDArray[Any]], labels: Mapping[str, NDArray[Any]]) -> None:
    """Write images as they are, predictions and labels compressed, each as group with the dataset `s0`.

    Parameters
    ----------
    path : Path
        Ends in .h5 or .n5.
    images : mapping
        Name → (ny, nx) intensities, or probabilities as float32.
    labels : mapping
        Name → (ny, nx) labels 0 … n.
    """
    packed = {"compression": "gzip"} if path.suffix == ".n5" else _PACKED
    with open_file(path, "w") as file:
        for name, image in images.items():
            group = _group(file, name, _COLORS.get(name.partition("_")[0], "White"), visible=True)
            told = packed if image.dtype.kind == "f" else {}
            group.create_dataset(LEVEL, data=image, chunks=_chunks(image), **told)
        for name, image in labels.items():
            kind = np.uint16 if image.max(initial=0) <= np.iinfo(np.uint16).max else np.uint32
            group = _group(file, name, LABELS, visible=False)
            group.create_dataset(LEVEL, data=image.astype(kind), chunks=_chunks(image), **packed)


def _group(file: Any, name: str, color: str, *, visible: bool) -> Any:  # Any: h5py has no types
    group = file.create_group(name)
    group.attrs.update({"Color": color, "Visible": visible, "Skip": False})
    return group


def _chunks(image: NDArray[Any]) -> tuple[int, ...]:
    return tuple(min(side, length) for side, length in zip(_CHUNK, image.shape, strict=True))


def read_image(path: Path, name: str) -> NDArray[Any]:
    """Read one image or one set of labels."""
    with open_file(path, "r") as file:
        return _read(file, name)


def read_images(path: Path) -> dict[str, NDArray[Any]]:
    """Read everything: name → (ny, nx)."""
    with open_file(path, "r") as file:
        return {name: _read(file, name) for name in file.keys()}  # noqa: SIM118 - a container is no dict


def read_outlined(path: Path) -> tuple[dict[str, NDArray[Any]], NDArray[Any], NDArray[Any]]:
    """Read a site whose cells are outlined: its images, name → (ny, nx), and the labels of nuclei and of cells."""
    images = read_images(path)
    return images, images.pop(NUCLEI), images.pop(CELLS)


def _read(file: Any, name: str) -> NDArray[Any]:  # Any: h5py has no types
    return np.asarray(file[f"{name}/{LEVEL}"][:])
