"""Images with brush strokes, for tests of training."""

import numpy as np
from click.testing import CliRunner
from PIL import Image
from tests.pixels.forests import blobs

from batchwork.errors import BatchworkError
from batchwork.pixels.axes import to_canonical
from batchwork.pixels.cli import pixels
from batchwork.pixels.sources import ArraySource
from batchwork.pixels.training.lanes import Lane, blocks_of_labels


def strokes(image, *, every=7, seed=0):
    """Labels of dark (1) and bright (2) pixels here and there."""
    low, high = np.percentile(image, (35, 65))
    chosen = np.random.default_rng(seed).integers(0, every, image.shape) == 0
    return np.where(chosen, np.select([image <= low, image >= high], [1, 2], 0), 0).astype(np.uint8)


def lane(image, labels, axes="yx", name="image"):
    """A lane of an array and its labels, both with the same axes."""
    return Lane(name, ArraySource(to_canonical(image, axes)), axes, blocks_of_labels(labels, axes))


def write_pair(folder, *, size=(60, 70), seed=0, name="a"):
    """Write an image and its labels as PNG; give image, labels and both paths."""
    image = blobs(*size, seed=seed)
    labels = strokes(image, seed=seed)
    paths = folder / f"{name}.png", folder / f"{name}_labels.png"
    for path, pixels_ in zip(paths, (image, labels), strict=True):
        Image.fromarray(pixels_).save(path)
    return image, labels, *(str(path) for path in paths)


def command(*words):
    """Run a command of the pack; give what it prints, and raise what it raises."""
    result = CliRunner().invoke(pixels, [str(word) for word in words], standalone_mode=False)
    if isinstance(result.exception, BatchworkError):
        raise result.exception
    assert result.exception is None, result.output
    return result.output
