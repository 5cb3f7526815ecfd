"""Random trees and classifiers, and images for them."""

import numpy as np

from batchwork.pixels.kernels.classifier import Classifier
from batchwork.pixels.kernels.features import compute_features
from batchwork.pixels.kernels.forest import LEAF, Forest
from batchwork.pixels.kernels.selection import Feature, FeatureSelection


def blobs(*shape, seed=0):
    """Blobs with noise, (…, y, x), 8 bits."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((*shape[:-2], shape[-2] // 9 + 1, shape[-1] // 9 + 1))
    smooth = np.repeat(np.repeat(coarse, 9, -1), 9, -2)[..., : shape[-2], : shape[-1]]
    return np.clip(255 * smooth + rng.normal(0, 8, shape), 0, 255).astype(np.uint8)


def classifier_for(image, scales, *, in_2d=None, classes=2, labels=None, leaves=9):
    """A classifier with all features, whose thresholds are values that occur in an image (z, y, x, c)."""
    selection = FeatureSelection(tuple(Feature), scales, tuple((True,) * len(scales) for _ in Feature), in_2d)
    rng = np.random.default_rng(7)
    found = compute_features(image, selection)
    rows = found.reshape(-1, found.shape[-1])
    thresholds = rows[rng.integers(len(rows), size=50)].T
    labels = labels or tuple(range(1, classes + 1))
    forest = grown(rng, trees=30, leaves=leaves, thresholds=thresholds, classes=len(labels))
    return Classifier(selection, forest, labels, max(labels))


def grown(rng, *, trees, leaves, thresholds, classes=2, pure=True):
    """Trees that split a random leaf again and again.

    Parameters
    ----------
    leaves : int or sequence of int
        Leaves of each tree.
    thresholds : (columns, choices) array
        Where a column can be split.
    pure : bool
        Whether each leaf votes for one class.
    """
    column, threshold, left, right, votes, roots = [], [], [], [], [], []

    def place():
        for values, value in ((column, LEAF), (threshold, 0.0), (left, -1), (right, -1)):
            values.append(value)
        return len(column) - 1

    for size in np.broadcast_to(leaves, trees):
        tips = [place()]
        roots.append(tips[0])
        while len(tips) < size:
            node = tips.pop(rng.integers(len(tips)))
            column[node] = int(rng.integers(len(thresholds)))
            threshold[node] = float(rng.choice(thresholds[column[node]]))
            left[node], right[node] = place(), place()
            tips += [left[node], right[node]]
        for node in tips:
            left[node] = len(votes)
            votes.append(np.eye(classes)[rng.integers(classes)] if pure else rng.dirichlet(np.ones(classes)))
    return Forest(
        np.array(column, np.int32),
        np.array(threshold, np.float64),
        np.array(left, np.int32),
        np.array(right, np.int32),
        np.array(votes, np.float64),
        np.array(roots, np.int32),
        len(thresholds),
    )
