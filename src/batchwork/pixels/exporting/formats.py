"""The formats of results, under ilastik's names."""

from dataclasses import dataclass
from typing import Literal

from batchwork.errors import ParameterError
from batchwork.io.naming import nearest

Family = Literal["hdf5", "n5", "zarr", "npy", "tiff", "picture"]


@dataclass(frozen=True, slots=True)
class Format:
    """How results are stored.

    Attributes
    ----------
    name : str
        As ilastik has it.
    family : str
        What writes it.
    suffix : str
        Of the files.
    is_sequence : bool
        Whether each slice gets a file of its own, in a folder.
    compressed, multiscale, pages : bool
        What sets formats of a family apart.
    version : str
        Of the OME-Zarr specification.
    """

    name: str
    family: Family
    suffix: str
    is_sequence: bool = False
    compressed: bool = False
    multiscale: bool = False
    pages: bool = False
    version: str = ""


_PICTURES = ("bmp", "gif", "jpeg", "jpg", "pbm", "pgm", "png", "pnm", "ppm")
_CONTAINERS = (
    Format("hdf5", "hdf5", ".h5"),
    Format("compressed hdf5", "hdf5", ".h5", compressed=True),
    Format("n5", "n5", ".n5"),
    Format("compressed n5", "n5", ".n5", compressed=True),
    Format("numpy", "npy", ".npy"),
    Format("multipage tiff", "tiff", ".tiff", pages=True),
    Format("multipage tiff sequence", "tiff", ".tiff", pages=True, is_sequence=True),
    *(
        Format(f"{scales}-scale OME-Zarr{ending}", "zarr", ".zarr", multiscale=scales == "multi", version=version)
        for ending, version in (("", "0.4"), (" 0.5", "0.5"))
        for scales in ("single", "multi")
    ),
    *(Format(f"{kind}", "tiff", f".{kind}") for kind in ("tif", "tiff")),
    *(Format(f"{kind} sequence", "tiff", f".{kind}", is_sequence=True) for kind in ("tif", "tiff")),
)
_ALIASES = {
    "h5": "hdf5",
    "npy": "numpy",
    "zarr": "multi-scale ome-zarr",
    "ome-zarr": "multi-scale ome-zarr",
    "ome-zarr 0.4": "multi-scale ome-zarr",
    "ome-zarr 0.5": "multi-scale ome-zarr 0.5",
    "ome-tiff": "multipage tiff",
}
_NOT_HERE = {
    "dvid": "hdf5 or multi-scale OME-Zarr",
    "blockwise hdf5": "hdf5 or multi-scale OME-Zarr, which are written in blocks",
    "hdr": "tiff, which holds floating point too",
    "ras": "png",
}

FORMATS: dict[str, Format] = {
    one.name.lower(): one
    for one in (
        *_CONTAINERS,
        *(Format(kind, "picture", f".{kind}") for kind in _PICTURES),
        *(Format(f"{kind} sequence", "picture", f".{kind}", is_sequence=True) for kind in _PICTURES),
    )
}
"""By their names in lower case."""


def parse_format(text: str) -> Format:
    """Find a format by its name, in any case, with blanks or underscores.

    Raises
    ------
    ParameterError
        If there is none; of ilastik's formats that are not written here the text says what to use instead.
    """
    name = " ".join(text.replace("_", " ").lower().split())
    name = _ALIASES.get(name, name)
    if name in _NOT_HERE:
        raise ParameterError(f"format {text!r} is not written here; use {_NOT_HERE[name]}")
    if name not in FORMATS:
        raise ParameterError(f"format {text!r} is unknown; {nearest(name, FORMATS)}")
    return FORMATS[name]
