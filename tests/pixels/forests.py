"""Random trees for tests."""

import numpy as np

from batchwork.pixels.kernels.forest import LEAF, Forest


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
