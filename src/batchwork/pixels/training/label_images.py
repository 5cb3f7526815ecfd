"""Labels from images: a whole number per pixel, 0 where nothing is drawn."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.axes import from_canonical, result_axes
from batchwork.pixels.errors import EmptyImage, WrongLabels
from batchwork.pixels.images.opening import OpenedImage, open_image
from batchwork.pixels.training.lanes import Lane, blocks_of_labels

_MOST_LABELS = 255


@contextmanager
def open_labelled(raw: Path | str, labels: Path | str, *, axes: str | None = None) -> Iterator[Lane]:
    """Open an image and its labels.

    Parameters
    ----------
    raw, labels : Path or str
        Files, for HDF5 with the dataset behind them. Labels have the size of the image, and one channel.
    axes : str, optional
        Axes of the image; by default what the file says.

    Yields
    ------
    Lane
        The image is read as far as it is needed.

    Raises
    ------
    EmptyImage
        If the image has no pixel.
    WrongLabels
        If the labels do not fit the image, or are no whole numbers from 0 to 255.
    """
    with open_image(raw, axes=axes) as image, open_image(labels, default_axes=_without_channels(image)) as drawn:
        stored = result_axes(image.axes)
        values = from_canonical(read_labels(drawn, image)[..., np.newaxis], stored)
        yield Lane(image.name, image.source, stored, blocks_of_labels(values, stored))


def _without_channels(image: OpenedImage) -> str:
    return image.axes.replace("c", "")


def read_labels(drawn: OpenedImage, image: OpenedImage) -> NDArray[np.uint8]:
    """Read labels that belong to an image: (times, slices, rows, columns)."""
    wanted, got = image.source.shape[:4], drawn.source.shape
    if 0 in image.source.shape:
        raise EmptyImage(f"{image.name}: has no pixel; leave it out")
    if got[4] != 1:
        raise WrongLabels.at(drawn.name, f"has {got[4]} channels; save labels as whole numbers in one channel")
    if got[:4] != wanted:
        sizes = [" × ".join(str(n) for n in size if n > 1) or "1" for size in (got[:4], wanted)]
        raise WrongLabels.at(drawn.name, f"is {sizes[0]}, the image {image.name} is {sizes[1]}; sizes must be equal")
    whole = (0, wanted[1]), (0, wanted[2]), (0, wanted[3])
    found = np.stack([drawn.source.read(time, whole)[..., 0] for time in range(wanted[0])])
    return _as_labels(found, drawn.name)


def _as_labels(values: NDArray[np.generic], name: str) -> NDArray[np.uint8]:
    labels = np.nan_to_num(values, nan=-1.0).astype(np.float64) if values.dtype.kind == "f" else values.astype(np.int64)
    if values.dtype.kind not in "buif" or np.any(labels != np.floor(labels)) or labels.min(initial=0) < 0:
        raise WrongLabels.at(name, "holds values that are no whole numbers from 0 on; labels count classes from 1")
    if labels.max(initial=0) > _MOST_LABELS:
        raise WrongLabels.at(
            name, f"holds the label {labels.max():g}; at most {_MOST_LABELS} classes can be told apart"
        )
    return labels.astype(np.uint8)


def check_numbering(lanes: list[Lane]) -> None:
    """See that the classes of all images together are numbered without gaps.

    Raises
    ------
    WrongLabels
        If a number is left out, as in masks of 0 and 255.
    """
    found = sorted(
        {int(label) for lane in lanes for block in lane.blocks for label in np.unique(block.values) if label}
    )
    missing = sorted(set(range(1, found[-1] + 1)) - set(found)) if found else []
    if missing:
        told = ", ".join(str(label) for label in found[:8])
        raise WrongLabels(
            f"the labels are {told}, and {missing[0]} is left out; number the classes 1, 2, … without gaps, "
            "0 where nothing is drawn"
        )
