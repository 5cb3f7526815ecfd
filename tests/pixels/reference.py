"""Features and forests written plainly, in double precision, to compare with."""

import math

import numpy as np
from scipy import ndimage

from batchwork.pixels.kernels.forest import LEAF, Forest
from batchwork.pixels.kernels.selection import Feature


def kernel(sigma, order, window):
    """A whole kernel, from the left, made from its conditions one by one."""
    reach = math.floor(window * sigma + 0.5)
    x = np.arange(-reach, reach + 1, dtype=float)
    bell = np.exp(-(x**2) / (2 * sigma**2))
    if order == 0:
        return bell / bell.sum()
    if reach == 0:
        return np.zeros(1)
    if order == 1:
        return x * bell / (x * x * bell).sum()
    taps = (x**2 / sigma**2 - 1) * bell
    taps -= taps.mean()
    return taps / ((x * x * taps).sum() / 2)


def separable(image, sigma, orders, window=2.0):
    """Filter along all axes, an order for each; None leaves an axis alone."""
    for axis, order in enumerate(orders):
        if order is not None:
            image = ndimage.correlate1d(image, kernel(sigma, order, window), axis=axis, mode="mirror")
    return image


def eigenvalues(elements, axes):
    """Descending eigenvalues of matrices given as {(i, j): array}."""
    matrix = np.empty((*next(iter(elements.values())).shape, len(axes), len(axes)))
    for (i, j), values in elements.items():
        matrix[..., axes.index(i), axes.index(j)] = matrix[..., axes.index(j), axes.index(i)] = values
    return np.moveaxis(np.linalg.eigvalsh(matrix)[..., ::-1], -1, 0)


def feature(image, kind, scale, flat):
    """All values of one feature of one channel (z, y, x): a list of arrays."""
    axes = (1, 2) if flat else (0, 1, 2)

    def orders(**counts):
        return [counts.get(f"a{axis}", 0) if axis in axes else None for axis in range(3)]

    def derivative(base, sigma, *along):
        return separable(base, sigma, orders(**{f"a{axis}": along.count(axis) for axis in axes}))

    before = math.sqrt(scale**2 - 1) if scale > 1 else scale
    base, q = separable(image.astype(float), before, orders(), 3.5), min(scale, 1.0)
    pairs = [(i, j) for n, i in enumerate(axes) for j in axes[n:]]
    if kind is Feature.GAUSSIAN_SMOOTHING:
        return [separable(base, q, orders())]
    if kind is Feature.DIFFERENCE_OF_GAUSSIANS:
        return [separable(base, q, orders()) - separable(base, 0.66 * q, orders())]
    if kind is Feature.LAPLACIAN_OF_GAUSSIAN:
        return [sum(derivative(base, q, axis, axis) for axis in axes)]
    if kind is Feature.GAUSSIAN_GRADIENT_MAGNITUDE:
        return [np.sqrt(sum(derivative(base, q, axis) ** 2 for axis in axes))]
    if kind is Feature.HESSIAN_OF_GAUSSIAN_EIGENVALUES:
        return list(eigenvalues({pair: derivative(base, q, *pair) for pair in pairs}, axes))
    slope = {axis: derivative(base, q / 2, axis) for axis in axes}
    return list(eigenvalues({(i, j): separable(slope[i] * slope[j], q, orders()) for i, j in pairs}, axes))


def features(image, selection):
    """(z, y, x, c) to (z, y, x, columns) float64."""
    flat = selection.flat_scales(volume=image.shape[0] > 1)
    return np.stack(
        [
            values
            for kind, row in zip(selection.features, selection.ticked, strict=True)
            for j, ticked in enumerate(row)
            if ticked
            for channel in range(image.shape[-1])
            for values in feature(image[..., channel], kind, selection.scales[j], flat[j])
        ],
        -1,
    )


def probabilities(forest: Forest, rows):
    """Walk every tree for every row."""
    out = np.zeros((len(rows), forest.classes))
    for i, row in enumerate(rows):
        for root in forest.roots:
            out[i] += forest.distributions[forest.left[leaf_of(forest, root, row)]]
    return out / forest.trees


def leaf_of(forest, node, row):
    while forest.column[node] != LEAF:
        is_left = row[forest.column[node]] < forest.threshold[node]
        node = forest.left[node] if is_left else forest.right[node]
    return node
