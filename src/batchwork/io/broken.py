"""Files that are cut, changed, or declare more than they hold: what libraries raise on them, and what sizes can be."""

import pickle
import struct
import zlib
from lzma import LZMAError
from tokenize import TokenError
from zipfile import BadZipFile

BROKEN: tuple[type[Exception], ...] = (
    OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError, MemoryError,
    SyntaxError, TokenError, struct.error, zlib.error, LZMAError, BadZipFile, pickle.UnpicklingError,
)  # fmt: skip
"""What h5py, zarr, tifffile, Pillow and numpy raise on a file that is damaged, whatever of it is."""
DEFLATE, ANY = 1_100, 20_000
"""How many times smaller data can become at most: by deflate (1,032 times), and by what packs even data better."""
_NO_MATTER = 64 << 20
"""Bytes that are never too many."""


def check_declared(declared: int, held: int, times: int = DEFLATE) -> None:
    """See that a file can hold what it declares, before memory is taken for it.

    Parameters
    ----------
    declared : int
        Bytes of the array that is to be read.
    held : int
        Bytes of the file.
    times : int
        How many times smaller data can be in such a file.

    Raises
    ------
    ValueError
        If it cannot.
    """
    if declared > max(_NO_MATTER, held * times):
        raise ValueError(f"it declares {declared:,} bytes of data and has only {held:,}")
