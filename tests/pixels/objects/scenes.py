"""Probabilities of round and of long objects, with marks on some of them."""

import h5py
import numpy as np

from batchwork.pixels.images.axistags import to_axistags


def scene(seed=0, size=200, count=9):
    """Label image whose odd objects are discs and whose even ones are bars."""
    y, x = np.mgrid[:size, :size]
    rng = np.random.default_rng(seed)
    labels = np.zeros((size, size), np.int32)
    for i in range(count):
        cy, cx = (i // 3 + 0.5) * size / 3 + rng.uniform(-8, 8), (i % 3 + 0.5) * size / 3 + rng.uniform(-8, 8)
        if i % 2 == 0:
            labels[np.hypot(y - cy, x - cx) <= rng.uniform(9, 13)] = i + 1
        else:
            labels[(np.abs(y - cy) <= 4) & (np.abs(x - cx) <= rng.uniform(18, 24))] = i + 1
    return labels


def write_probabilities(path, labels, *, axes="yxc", dtype=np.float32):
    """Probability 0.9 in objects, as the second class; 0.1 elsewhere."""
    share = np.where(labels > 0, 0.9, 0.1)
    both = np.stack([1 - share, share], -1)
    if np.issubdtype(dtype, np.integer):
        both = np.rint(both * np.iinfo(dtype).max)
    with h5py.File(path, "w") as file:
        file["exported_data"] = np.moveaxis(both, -1, axes.index("c")).astype(dtype)
        file["exported_data"].attrs["axistags"] = to_axistags(axes)
    return path


def marks(labels):
    """A dot on each object: 1 on discs, 2 on bars."""
    found = np.zeros(labels.shape, np.uint8)
    for label in np.unique(labels[labels > 0]):
        inside = np.argwhere(labels == label)
        y, x = inside[len(inside) // 2]
        found[y, x] = 1 if label % 2 else 2
    return found
