"""Stacks of one slice at many centres of rotation."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from batchwork.errors import FileFormatError
from batchwork.tomo.kernels.gridding import BLOCK_SLICES
from batchwork.tomo.methods import Method
from batchwork.tomo.preprocessing import Preprocessing
from batchwork.tomo.reconstructors import Candidates

STACK_FILE = "stack.json"


@dataclass(frozen=True, slots=True)
class Stack:
    """What a stack of candidates was made of.

    Attributes
    ----------
    rows : tuple of int
        Detector rows, unbinned.
    middle, width, step : float
        The candidates run from ``middle + width`` down to ``middle - width``, that not included, in steps of
        `step` times 2**binning: columns of the whole unbinned detector.
    origin : str
        Where the middle comes from: "own", "fallback" or "detector".
    columns : (int, int)
        Part of the detector, unbinned.
    binning : int
    made : mapping
        How the images were made, see `recipe`; empty where nobody has noted it.
    """

    rows: tuple[int, ...]
    middle: float
    width: float
    step: float
    origin: str
    columns: tuple[int, int]
    binning: int = 0
    made: Mapping[str, object] = field(default_factory=dict)

    @property
    def cors(self) -> NDArray[np.float64]:
        """(k,) the candidates, falling."""
        return candidates(self.middle, self.width, self.step * (1 << self.binning))

    def folder(self, stack: Path, row: int) -> Path:
        """Give the folder of a row's images: that of the stack itself, if it is the only one."""
        return stack if len(self.rows) == 1 else stack / f"row{row:04d}"

    def write(self, stack: Path) -> None:
        """Record it beside the images."""
        (stack / STACK_FILE).write_text(json.dumps(asdict(self)), encoding="utf-8")


def recipe(filter_name: str, method: Method, settings: Preprocessing, *, doubled: bool) -> dict[str, object]:
    """Say how images are made, as plain JSON data: where two recipes are the same, so are the images."""
    told = {"filter": filter_name, "doubled": doubled, **asdict(method), "preprocessing": asdict(settings)}
    plain: dict[str, object] = json.loads(json.dumps(told, default=str))
    return plain


def read_stack(folder: Path) -> Stack:
    """Read what a stack was made of.

    Raises
    ------
    FileFormatError
        If the folder holds none.
    """
    try:
        plain: dict[str, Any] = json.loads((folder / STACK_FILE).read_text(encoding="utf-8"))  # Any: JSON data
        lists = {name: tuple(plain[name]) for name in ("rows", "columns")}
        return Stack(**{**plain, **lists})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise FileFormatError(f"{folder}: holds no stack of candidates ({error}); make it with `tomo try`") from None


def candidates(middle: float, width: float = 50.0, step: float = 0.5) -> NDArray[np.float64]:
    """Give centres to try: ``middle + width`` down to ``middle - width``, that not included.

    Examples
    --------
    >>> candidates(100, 1, 0.5).tolist()
    [101.0, 100.5, 100.0, 99.5]
    """
    return middle - np.arange(-width, width, step)


def candidate_name(row: int, cor: float) -> str:
    """Name the image of a row at a centre.

    Examples
    --------
    >>> candidate_name(12, 1024.5)
    'recon_slice0012_center1024.50.tiff'
    """
    return f"recon_slice{row:04d}_center{cor:05.2f}.tiff"


def row_of(share: float, rows: int) -> int:
    """Give the detector row at a share of the height."""
    return int(share * (rows - 1))


def reconstruct_candidates(
    made: Candidates,
    sinogram: NDArray[np.float32],
    cors: NDArray[np.float64],
    write: Callable[[int, NDArray[np.float32]], None],
) -> None:
    """Reconstruct one slice at many centres; while some are computed, those before are written.

    Parameters
    ----------
    made : Candidates
        For the angles and width of the sinogram.
    sinogram : (angles, columns) float32
        Attenuation.
    cors : (k,) float64
        Centres as columns of the sinogram.
    write : callable
        Gets the number of a candidate and its image, (n, n) float32, which it must not keep.
    """
    spectrum = made.transform(sinogram)
    buffers = np.empty((2, BLOCK_SLICES, made.size, made.size), np.float32)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="candidates") as pool:
        writing: Future[None] | None = None
        for turn, first in enumerate(range(0, cors.size, BLOCK_SLICES)):
            part = cors[first : first + BLOCK_SLICES]
            images = made.at_centres(spectrum, part, out=buffers[turn % 2, : part.size])
            if writing is not None:
                writing.result()
            writing = pool.submit(_write_all, write, first, images)
        if writing is not None:
            writing.result()


def _write_all(write: Callable[[int, NDArray[np.float32]], None], first: int, images: NDArray[np.float32]) -> None:
    for number, image in enumerate(images):
        write(first + number, image)


def read_candidate(path: Path) -> tuple[NDArray[np.float32], float]:
    """Read one image of a stack, (n, n) float32, and its centre.

    Raises
    ------
    FileFormatError
        If the file is not there, or none that `write_candidate` wrote.
    """
    try:
        with tifffile.TiffFile(path) as file:
            image, told = file.pages.first.asarray(), json.loads(file.pages.first.description)
        return np.asarray(image, np.float32), float(told["cor"])
    except (OSError, ValueError, TypeError, KeyError, tifffile.TiffFileError) as error:
        raise FileFormatError(f"{path}: is no image of a stack of candidates ({error})") from None


def write_candidate(path: Path, image: NDArray[np.float32], cor: float, description: dict[str, object]) -> None:
    """Write one image of a stack, (n, n) float32, with what it is in its description."""
    tifffile.imwrite(
        path,
        image,
        photometric="minisblack",
        metadata=None,
        description=json.dumps({"cor": cor, **description}),
        software="batchwork",
    )
