"""Training on arrays in memory."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.pixels.axes import check_axes, from_canonical, result_axes, to_canonical
from batchwork.pixels.kernels.selection import FeatureSelection
from batchwork.pixels.sources import ArraySource
from batchwork.pixels.training.lanes import Lane, blocks_of_labels
from batchwork.pixels.training.selecting import default_features
from batchwork.pixels.training.training import Growth, Trained, train


def train_on_arrays(
    images: Sequence[NDArray[np.generic]],
    labels: Sequence[NDArray[np.integer]],
    axes: str,
    selection: FeatureSelection | None = None,
    growth: Growth | None = None,
) -> Trained:
    """Train a pixel classifier on arrays.

    Parameters
    ----------
    images : sequence of array
        Any real type.
    labels : sequence of array of int
        Of each image, with its axes but without channels: the class from 1 on, 0 where nothing is drawn.
    axes : str
        A letter out of t, z, y, x, c per dimension of the images.
    selection : FeatureSelection, optional
        Which features; by default those of `default_features`.
    growth : Growth, optional
        Number of trees, seed and threads.

    Returns
    -------
    Trained
        ``trained.ready(classes)`` is what `predict` takes.

    Raises
    ------
    ParameterError
        If labels and images do not fit each other.
    WrongAxes, MissingLabels, ImageMismatch
        If there is nothing to learn, or an image cannot have these features.

    Examples
    --------
    >>> image = np.kron([[0, 9], [9, 0]], np.ones((20, 20)))
    >>> labels = np.zeros(image.shape, np.uint8)
    >>> labels[5:15:4, 5:15:4], labels[5:15:4, 25:35:4] = 1, 2
    >>> trained = train_on_arrays([image], [labels], "yx")
    >>> trained.classifier.known_labels
    (1, 2)
    """
    if len(images) != len(labels):
        raise ParameterError(f"{len(images)} images, but {len(labels)} arrays of labels")
    pairs = enumerate(zip(images, labels, strict=True))
    lanes = [_lane(f"image {number}", image, drawn, axes) for number, (image, drawn) in pairs]
    return train(lanes, selection or default_features(), growth)


def _lane(name: str, image: NDArray[np.generic], drawn: NDArray[np.integer], axes: str) -> Lane:
    check_axes(axes, image.ndim)
    whole, flat = to_canonical(image, axes), axes.replace("c", "")
    if drawn.ndim != len(flat) or to_canonical(drawn, flat).shape[:4] != whole.shape[:4]:
        raise ParameterError(f"{name}: labels {drawn.shape} do not fit the image {image.shape} with the axes {axes}")
    if drawn.dtype.kind not in "bui" or drawn.min(initial=0) < 0 or drawn.max(initial=0) > np.iinfo(np.uint8).max:
        raise ParameterError(f"{name}: labels must be whole numbers from 0 to 255")
    stored = result_axes(axes)
    values = from_canonical(to_canonical(drawn, flat).astype(np.uint8), stored)
    return Lane(name, ArraySource(whole), stored, blocks_of_labels(values, stored))
