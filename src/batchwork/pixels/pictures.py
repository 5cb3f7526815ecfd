"""Pictures of results for people: the image, its classes in colour over it."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from batchwork.io.png import encode_rgb
from batchwork.pixels.images.opening import OpenedImage, open_image

if TYPE_CHECKING:
    from batchwork.pixels.kernels.surroundings import Box

Colour = tuple[int, int, int]
COLOURS: tuple[Colour, ...] = (
    (255, 225, 25), (0, 130, 200), (230, 25, 75), (70, 240, 240),
    (60, 180, 75), (250, 190, 190), (170, 110, 40), (145, 30, 180),
)  # fmt: skip
"""Of the classes, in order, and over again."""
_OPACITY = 0.35
_BLACK_PERCENT, _WHITE_PERCENT = 1.0, 99.5
_RGB = 3


def draw_classes(image: Path | str, result: Path | str, output: Path, *, most_pixels: int = 600) -> None:
    """Draw an image beside the same image with its classes over it; of stacks the middle slice of the first time.

    Parameters
    ----------
    image : Path or str
        What was classified.
    result : Path or str
        Probabilities, one channel per class, or one channel of class numbers from 1 on; of the image's size.
    output : Path
        The PNG file.
    most_pixels : int
        Larger images are thinned out until neither side is longer.

    Raises
    ------
    ImageError
        If one of them cannot be read.
    """
    with open_image(result) as found, open_image(image, default_axes=found.axes.replace("c", "")) as seen:
        stride = max(1, -(-max(found.source.shape[2:4]) // most_pixels))
        grey = _as_rgb(_middle(seen, stride))
        classes = _classes(_middle(found, stride))
    colours = np.array(COLOURS, np.float32)[(classes - 1) % len(COLOURS)]
    share = np.where(classes > 0, _OPACITY, 0.0)[..., np.newaxis]
    share[_is_edge(classes)] = 1.0
    over = grey * (1 - share) + colours * share
    both = np.rint(np.hstack([grey, over])).astype(np.uint8)
    output.write_bytes(encode_rgb(both.tobytes(), both.shape[1], both.shape[0]))


def _middle(image: OpenedImage, stride: int) -> NDArray[np.generic]:
    """Read every so many pixels of the middle slice: (rows, columns, channels)."""
    _, slices, rows, columns, _ = image.source.shape
    box: Box = ((slices // 2, slices // 2 + 1), (0, rows), (0, columns))
    return image.source.read(0, box)[0, ::stride, ::stride]


def _as_rgb(pixels: NDArray[np.generic]) -> NDArray[np.float32]:
    """Stretch values to 0–255; three channels are red, green and blue, of others the mean counts."""
    values = pixels.astype(np.float32)
    if values.shape[2] != _RGB:
        values = np.repeat(values.mean(axis=2, keepdims=True), _RGB, axis=2)
    black, white = np.percentile(values, (_BLACK_PERCENT, _WHITE_PERCENT))
    return np.asarray(np.clip((values - black) / max(white - black, 1e-9), 0, 1) * 255, np.float32)


def _classes(pixels: NDArray[np.generic]) -> NDArray[np.int64]:
    """Give the number of the likeliest class of each pixel, from 1 on."""
    return pixels.argmax(axis=2) + 1 if pixels.shape[2] > 1 else pixels[..., 0].astype(np.int64)


def _is_edge(classes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which pixels differ from the next to the right or below."""
    edge = np.zeros(classes.shape, bool)
    edge[:, :-1] |= classes[:, 1:] != classes[:, :-1]
    edge[:-1] |= classes[1:] != classes[:-1]
    return edge
