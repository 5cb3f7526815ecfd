"""From an image to the windows that the network sees."""

import numpy as np
import torch
from numpy.typing import NDArray

SEED = 10
"""Of the places of the windows, as in the reference program."""
COUNT = 3
"""Windows of an image."""
_LEVELS = 255


def window_places(side: int, window: int, count: int = COUNT, seed: int = SEED) -> list[tuple[int, int]]:
    """Choose where windows lie: the same for all candidates of a scan.

    Their centres are uniform in the image's inscribed disc; windows that would reach over an edge are moved inside.

    Parameters
    ----------
    side : int, pixels
        Of the image, at least `window`.
    window : int, pixels
    count : int
    seed : int

    Returns
    -------
    list of (int, int)
        Row and column of the first pixel of each; those that fall on each other count once.
    """
    rng = np.random.RandomState(seed)
    places = []
    for _ in range(count):
        radius, angle = side / 2 * np.sqrt(rng.uniform()), 2 * np.pi * rng.uniform()
        centre = side / 2 + radius * np.array([np.sin(angle), np.cos(angle)])
        row, column = np.clip(np.round(centre - window / 2), 0, side - window).astype(int)
        places.append((int(row), int(column)))
    return list(dict.fromkeys(places))


def side_for(size: int, window: int) -> int:
    """Say how large an image is made: half its size, but not below the window.

    The reference program halves all images and crashes where that leaves fewer pixels than a window has.
    """
    return max(size // 2, window)


def prepare(image: NDArray[np.float32], window: int) -> torch.Tensor:
    """Scale an image and quantise it.

    Parameters
    ----------
    image : (n, n) float32
        In any unit; what is not finite counts as the smallest value.
    window : int, pixels

    Returns
    -------
    (m, m) float32
        0 to 1 in 256 levels, from the image's smallest to its largest value; m is `side_for`.
    """
    finite = np.isfinite(image)
    floor = float(image[finite].min()) if finite.any() else 0.0
    clean = torch.from_numpy(np.where(finite, image, np.float32(floor)))
    side = side_for(len(image), window)
    scaled = torch.nn.functional.interpolate(
        clean[None, None], size=(side, side), mode="bilinear", align_corners=False, antialias=True
    )[0, 0]
    low, high = scaled.min(), scaled.max()
    if not high > low:
        return torch.zeros_like(scaled)
    return torch.floor((scaled - low) / (high - low) * _LEVELS) / _LEVELS


def cut(image: torch.Tensor, places: list[tuple[int, int]], window: int) -> torch.Tensor:
    """Cut windows, (windows, n, n), out of an image."""
    return torch.stack([image[row : row + window, column : column + window] for row, column in places])
