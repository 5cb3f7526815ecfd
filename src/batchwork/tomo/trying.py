"""From a scan to a stack of one slice at many centres of rotation."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.candidates import (
    Stack,
    candidate_name,
    recipe,
    reconstruct_candidates,
    row_of,
    write_candidate,
)
from batchwork.tomo.centres import is_on_detector
from batchwork.tomo.formats.scan import ScanInfo
from batchwork.tomo.kernels.double_field import covers_turn, double_size, is_double_field
from batchwork.tomo.kernels.gpu import Arrays
from batchwork.tomo.kernels.scorers import SURE, Grid, NotApplicable, Slice, scorer
from batchwork.tomo.methods import Method
from batchwork.tomo.preparing import Preparation
from batchwork.tomo.preprocessing import Preprocessing
from batchwork.tomo.reconstructors import candidates, reconstructor
from batchwork.tomo.regions import Region
from batchwork.tomo.scanning import open_sound

Progress = Callable[[float, float | None], None]


@dataclass(frozen=True, slots=True)
class TryOptions:
    """What the user chose for a stack; see the step `try`."""

    own: float | None
    fallback: float | None
    width: float
    step: float
    shares: tuple[float, ...]
    filter_name: str
    columns: str
    binning: int
    method: Method

    def middle(self, info: ScanInfo) -> tuple[float, str]:
        """Choose the middle of the candidates, and say where it comes from."""
        for centre, origin in ((self.own, "own"), (self.fallback, "fallback")):
            if centre is not None and is_on_detector(centre, info.columns):
                return float(centre), origin
        return (info.columns - 1) / 2, "detector"


def try_scan(
    source: Path,
    folder: Path,
    options: TryOptions,
    settings: Preprocessing,
    progress: Progress,
    arrays: Arrays | None = None,
) -> None:
    """Make the stack of a scan.

    Parameters
    ----------
    source : Path
        The scan.
    folder : Path
        Where the images go; of several rows, each in a folder of its own.
    options : TryOptions
    settings : Preprocessing
    progress : callable
        Called with the images written so far, and their number.
    arrays : Arrays, optional
        Of a graphics card to reconstruct on.

    Raises
    ------
    ScanDefect, ParameterError
    """
    with open_sound(source, settings) as scan:
        region = Region.of(scan.info, ":", options.columns, options.binning)
        preparation = Preparation(scan, region, settings)
        rows = tuple(dict.fromkeys(row_of(share, scan.info.rows) for share in options.shares))
        sinograms = {row: _sinogram(preparation, row) for row in rows}
        middle, origin = options.middle(scan.info)
        if origin == "detector":
            middle, origin = _double_field_middle(preparation, sinograms[rows[0]], middle)
        doubled = _is_doubled(preparation, middle)
        how = recipe(options.filter_name, options.method, settings, doubled=doubled)
        stack = Stack(rows, middle, options.width, options.step, origin, _columns(region), options.binning, how)
        made = _Maker(preparation, stack, options.filter_name, options.method, folder, arrays, doubled)
        for number, (row, sinogram) in enumerate(sinograms.items()):
            made.write(row, sinogram, lambda done, n=number: progress(n + done, len(rows)))  # type: ignore[misc]
        stack.write(folder)


def _columns(region: Region) -> tuple[int, int]:
    return region.columns.start, region.columns.stop


def _sinogram(preparation: Preparation, row: int) -> NDArray[np.float32]:
    binned = min(row // preparation.region.side, preparation.region.rows.stop - 1)
    sinogram: NDArray[np.float32] = preparation.sinograms(range(binned, binned + 1))[0]
    return sinogram


def _double_field_middle(preparation: Preparation, sinogram: NDArray[np.float32], middle: float) -> tuple[float, str]:
    """Look for an axis at the side of the detector, where a scan goes all the way round."""
    kind, theta = preparation.settings.file_type, preparation.theta_rad
    if kind == "standard" or not covers_turn(theta):
        return middle, "detector"
    try:
        slice_ = Slice(sinogram, theta)
        found = scorer("overlap").judge(slice_, Grid((slice_.columns - 1) / 2))
    except NotApplicable:
        return middle, "detector"
    if found.confidence < SURE or (kind == "auto" and not is_double_field(theta, found.cor, slice_.columns)):
        return middle, "detector"
    return preparation.region.full_cor(found.cor), "overlap"


def _is_doubled(preparation: Preparation, middle: float) -> bool:
    kind, region = preparation.settings.file_type, preparation.region
    if kind != "auto":
        return kind == "double_fov"
    return is_double_field(preparation.theta_rad, region.cor(middle), region.size)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Writes the images of the rows of one stack."""

    preparation: Preparation
    stack: Stack
    filter_name: str
    method: Method
    folder: Path
    arrays: Arrays | None
    doubled: bool

    def write(self, row: int, sinogram: NDArray[np.float32], progress: Callable[[float], None]) -> None:
        """Reconstruct one row at all candidates."""
        region, theta = self.preparation.region, self.preparation.theta_rad
        folder = self.stack.folder(self.folder, row)
        folder.mkdir(exist_ok=True)
        cors = self.stack.cors
        local = np.array([region.cor(float(cor)) for cor in cors])
        about = {"row": row, "filter": self.filter_name, "algorithm": self.method.algorithm, "units": "1/pixel"}

        def keep(number: int, image: NDArray[np.float32]) -> None:
            cor = float(cors[number])
            write_candidate(folder / candidate_name(row, cor), image / np.float32(region.side), cor, about)
            progress((number + 1) / cors.size)

        if self.doubled:
            self._write_doubled(sinogram, local, keep)
        else:
            made = candidates(self.method, theta, region.size, self.filter_name, self.arrays)
            reconstruct_candidates(made, sinogram, local, keep)

    def _write_doubled(
        self, sinogram: NDArray[np.float32], cors: NDArray[np.float64], keep: Callable[[int, NDArray[np.float32]], None]
    ) -> None:
        """Reconstruct a double field: each candidate weighs opposite rays in its own way."""
        theta, columns = self.preparation.theta_rad, sinogram.shape[1]
        inside = np.clip(cors, 0, columns - 1)
        size = max(double_size(columns, float(cor)) for cor in (inside.min(), inside.max()))
        made = reconstructor(
            self.method, theta, columns, filter_name=self.filter_name, size=size, doubled=True, accuracy="try"
        )
        out = np.empty((1, size, size), np.float32)
        for number, cor in enumerate(inside):
            keep(number, made(sinogram[None].copy(), float(cor), out, lambda _: None)[0])
