"""Images for the demonstration: cells of two kinds on a smooth ground, and strokes on two of them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

IMAGES = 6
LABELLED = ("cells_1", "cells_2")
LABEL_NAMES = "ground,round,long"
_SIZE = 320
_EVERY_ROWS = 16
"""A stroke is a row of pixels; they lie so far apart."""
_CELLS = 26
_GROUND, _ROUND, _LONG = 1, 2, 3


def make_images(folder: Path) -> None:
    """Write images and the strokes on some of them as PNG; what is there already stays.

    Parameters
    ----------
    folder : Path
        The images go into it, strokes to ``strokes`` below it.
    """
    (folder / "strokes").mkdir(parents=True, exist_ok=True)
    for number in range(1, IMAGES + 1):
        name = f"cells_{number}"
        image, truth = draw_cells(seed=number)
        _save(image, folder / f"{name}.png")
        if name in LABELLED:
            strokes = np.zeros_like(truth)
            strokes[::_EVERY_ROWS] = truth[::_EVERY_ROWS]
            _save(strokes, folder / "strokes" / f"{name}.png")


def _save(pixels: NDArray[np.uint8], path: Path) -> None:
    if not path.exists():
        partial = path.with_name(f".{path.name}")
        Image.fromarray(pixels).save(partial, format="PNG")
        partial.replace(path)


def draw_cells(seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw an image and its classes, (320, 320) uint8 each: 1 ground, 2 round cells, 3 long ones."""
    rng = np.random.default_rng(seed)
    truth = np.full((_SIZE, _SIZE), _GROUND, np.uint8)
    for number in range(_CELLS):
        truth[_cell(rng, long=number % 2 == 1)] = _LONG if number % 2 else _ROUND
    y, x = np.mgrid[:_SIZE, :_SIZE] / _SIZE
    light = 70 + 40 * np.sin(2.5 * x + rng.uniform(0, 6)) * np.cos(2 * y)
    stripes = 18 * np.sin(x * _SIZE / 1.6)
    image = light + np.choose(truth - 1, [0, 75, 60 + stripes]) + rng.normal(0, 14, truth.shape)
    return np.clip(image, 0, 255).astype(np.uint8), truth


def _cell(rng: np.random.Generator, *, long: bool) -> NDArray[np.bool_]:
    """Say which pixels a cell at a random place covers."""
    y, x = np.mgrid[:_SIZE, :_SIZE] - rng.uniform(15, _SIZE - 15, (2, 1, 1))
    angle = rng.uniform(0, np.pi)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    length, width = (rng.uniform(20, 30), rng.uniform(5, 7)) if long else (rng.uniform(9, 14),) * 2
    return np.asarray((along / length) ** 2 + (across / width) ** 2 < 1)
