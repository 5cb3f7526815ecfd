"""A canvas of pixels: discs, wedges and small letters."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchwork.io.png import encode_rgb

Canvas = NDArray[np.uint8]
Colour = tuple[int, int, int]
GLYPH = (5, 3)
"""Rows and columns of a letter, in its own pixels."""
_FONT = {
    "0": (7, 5, 5, 5, 7), "1": (2, 6, 2, 2, 7), "2": (7, 1, 7, 4, 7), "3": (7, 1, 7, 1, 7), "4": (5, 5, 7, 1, 1),
    "5": (7, 4, 7, 1, 7), "6": (7, 4, 7, 5, 7), "7": (7, 1, 1, 1, 1), "8": (7, 5, 7, 5, 7), "9": (7, 5, 7, 1, 7),
    ".": (0, 0, 0, 0, 2), "-": (0, 0, 7, 0, 0), "A": (7, 5, 7, 5, 5), "B": (6, 5, 6, 5, 6), "C": (7, 4, 4, 4, 7),
    "D": (6, 5, 5, 5, 6), "E": (7, 4, 7, 4, 7), "F": (7, 4, 7, 4, 4), "G": (7, 4, 5, 5, 7), "H": (5, 5, 7, 5, 5),
    "I": (7, 2, 2, 2, 7), "J": (1, 1, 1, 5, 7), "K": (5, 5, 6, 5, 5), "L": (4, 4, 4, 4, 7), "M": (5, 7, 7, 5, 5),
    "N": (6, 5, 5, 5, 5), "O": (7, 5, 5, 5, 7), "P": (7, 5, 7, 4, 4), "Q": (7, 5, 5, 7, 1), "R": (7, 5, 6, 5, 5),
    "S": (7, 4, 7, 1, 7), "T": (7, 2, 2, 2, 2), "U": (5, 5, 5, 5, 7), "V": (5, 5, 5, 5, 2), "W": (5, 5, 7, 7, 5),
    "X": (5, 5, 2, 5, 5), "Y": (5, 5, 2, 2, 2), "Z": (7, 1, 2, 4, 7),
}  # fmt: skip
"""Letters, row by row, each row as three bits."""


def blank(rows: int, columns: int, colour: Colour = (255, 255, 255)) -> Canvas:
    """Give an empty canvas: (rows, columns, 3)."""
    return np.full((rows, columns, 3), colour, np.uint8)


def write(canvas: Canvas, text: str, top: int, left: int, *, scale: int = 2, colour: Colour = (60, 60, 60)) -> None:
    """Write a line of capital letters and digits; others are left blank. What does not fit is cut."""
    for position, letter in enumerate(text.upper()):
        bits = np.array([[row >> (2 - k) & 1 for k in range(GLYPH[1])] for row in _FONT.get(letter, (0,) * GLYPH[0])])
        drawn = np.kron(bits, np.ones((scale, scale), int)) > 0
        at = left + position * (GLYPH[1] + 1) * scale
        part = canvas[top : top + drawn.shape[0], at : at + drawn.shape[1]]
        part[drawn[: part.shape[0], : part.shape[1]]] = colour


def width_of(text: str, scale: int = 2) -> int:
    """Give the width of a line of text in pixels."""
    return (GLYPH[1] + 1) * scale * len(text)


def polar(radius: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give distance and angle, in turns from the top clockwise, of the pixels of a square around its middle."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return np.hypot(y, x), (np.arctan2(x, -y) / (2 * np.pi)) % 1.0


def save(canvas: Canvas, path: Path) -> None:
    """Write a canvas as PNG."""
    path.write_bytes(encode_rgb(np.ascontiguousarray(canvas).tobytes(), canvas.shape[1], canvas.shape[0]))
