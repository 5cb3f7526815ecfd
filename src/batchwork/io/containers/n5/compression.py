"""The compressors of N5: their names in the metadata, and what they do to a block."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from batchwork.errors import ContainerError

Settings = Mapping[str, Any]  # what other programs put beside the type differs
"""The ``compression`` entry of a dataset's metadata."""

_GZIP_LEVEL = 6
"""What a level of -1 means."""
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
"""Programs differ in what they call gzip; the first bytes tell."""


def settings_of(path: Path, name: str | None, level: int | None) -> dict[str, object]:
    """Give the metadata entry of a compressor under the name that h5py or z5py have for it.

    Raises
    ------
    ContainerError
        If there is no such compressor.
    """
    makers: dict[str | None, Callable[[int | None], dict[str, object]]] = {
        None: lambda _: {"type": "raw"},
        "raw": lambda _: {"type": "raw"},
        "gzip": lambda n: {"type": "gzip", "level": 5 if n is None else n, "useZlib": False},
        "zlib": lambda n: {"type": "gzip", "level": 5 if n is None else n, "useZlib": True},
        "bzip2": lambda n: {"type": "bzip2", "blockSize": 9 if n is None else n},
        "xz": lambda n: {"type": "xz", "preset": 6 if n is None else n},
        "zstd": lambda n: {"type": "zstd", "level": 3 if n is None else n},
        "blosc": lambda n: {"type": "blosc", "cname": "lz4", "clevel": n or 5, "shuffle": 1, "blocksize": 0},
    }
    if name not in makers:
        known = ", ".join(key for key in makers if key)
        raise ContainerError(f"{path}: N5 is not written with the compression '{name}'; one of {known}, or None")
    return makers[name](level)


def compress(data: bytes, settings: Settings, itemsize: int) -> bytes:
    """Compress the elements of one block, without its header."""
    level = int(settings.get("level", -1))
    match settings["type"]:
        case "gzip" if settings.get("useZlib"):
            return zlib.compress(data, level)
        case "gzip":
            return gzip.compress(data, _GZIP_LEVEL if level < 0 else level, mtime=0)
        case "bzip2":
            return bz2.compress(data, settings.get("blockSize", 9))
        case "xz":
            return lzma.compress(data, preset=settings.get("preset", 6))
        case "zstd" | "blosc":
            return bytes(_codec(settings, itemsize).encode(data))
        case _:
            return data


def decompress(data: bytes, settings: Settings) -> bytes:
    """Give back the elements of one block."""
    match settings["type"]:
        case "gzip":
            return zlib.decompress(data, wbits=_GZIP_OR_ZLIB)
        case "bzip2":
            return bz2.decompress(data)
        case "xz":
            return lzma.decompress(data)
        case "zstd" | "blosc":
            return bytes(_codec(settings, 1).decode(data))
        case _:
            return data


def check_known(path: Path, settings: Settings) -> None:
    """Refuse a dataset whose compressor we do not have.

    Raises
    ------
    ContainerError
    """
    known = {"raw", "gzip", "bzip2", "xz", "zstd", "blosc"}
    if settings.get("type") not in known:
        kind = settings.get("type")
        raise ContainerError(f"{path}: compression '{kind}' is not read; of N5 we know {', '.join(sorted(known))}")


def _codec(settings: Settings, itemsize: int) -> Any:  # numcodecs ships no types
    from numcodecs import Blosc, Zstd

    if settings["type"] == "zstd":
        return Zstd(int(settings.get("level", 3)))
    return Blosc(
        settings.get("cname", "lz4"),
        int(settings.get("clevel", 5)),
        int(settings.get("shuffle", 1)),
        int(settings.get("blocksize", 0)),
        typesize=itemsize,
    )
