"""Writing small greyscale pictures as PNG."""

import struct
import zlib
from pathlib import Path

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY_8 = (8, 0, 0, 0, 0)
"""Bits, colour type, compression, filter, interlacing."""


def encode_grey(pixels: bytes, width: int, height: int) -> bytes:
    """Give an 8-bit greyscale picture as a PNG file's content.

    Parameters
    ----------
    pixels : bytes
        Rows from the top, ``width * height`` of them, 0 is black.
    width, height : int
        In pixels, > 0.

    Raises
    ------
    ValueError
        If the sizes do not fit.

    References
    ----------
    W3C, Portable Network Graphics (PNG) Specification, third edition (2025).
    """
    if width < 1 or height < 1 or len(pixels) != width * height:
        raise ValueError(f"{len(pixels)} pixels are no picture of {width} x {height}")
    rows = b"".join(b"\x00" + pixels[at : at + width] for at in range(0, len(pixels), width))
    header = struct.pack(">II5B", width, height, *_GREY_8)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def write_grey(path: Path, pixels: bytes, width: int, height: int) -> None:
    """Write an 8-bit greyscale picture; see `encode_grey`."""
    path.write_bytes(encode_grey(pixels, width, height))
