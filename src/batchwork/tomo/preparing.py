"""From an open scan to sinograms, a block of detector rows at a time, with all that is done before."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError, TaskError
from batchwork.tomo.formats.scan import Scan
from batchwork.tomo.kernels import rotation
from batchwork.tomo.kernels.hardening import linearise
from batchwork.tomo.kernels.hardening_table import HardeningTable, look_up
from batchwork.tomo.kernels.phase import halo_px, paganin, paganin_length_px
from batchwork.tomo.kernels.preprocess import attenuation, bin_detector, binned_cor, negative_log
from batchwork.tomo.kernels.stripes import large_size_for, remove_stripes
from batchwork.tomo.kernels.zingers import remove_zingers
from batchwork.tomo.preprocessing import Preprocessing
from batchwork.tomo.regions import Load, Region, counts_dtype
from batchwork.tomo.spectra import hardening_of

_CHUNK_BYTES = 16 << 20
"""Some projections are worked on at a time, so that what is needed between takes little memory."""
_COPIES = 8
"""Of a chunk, while it is worked on."""
_STRIPE_COPIES = 3
"""Of all sinograms, while stripes are removed: before, after and between."""
_FLOAT_BYTES = 4


class NoPixelSize(TaskError):
    """A length is needed, and the file has no usable pixel size."""


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """What was read for one block, in counts.

    Attributes
    ----------
    rows : range
        Binned rows that the block is for.
    above, left : int
        Binned rows and columns that were read before those of the block.
    projections : (angles, rows read, columns)
        Unbinned.
    flats : (k, rows read, columns) float32
        Unbinned, in the order in which they were taken.
    positions : (k,) float64
        Projections that were taken before each.
    dark : (rows read, columns) float32
        Unbinned.
    """

    rows: range
    above: int
    left: int
    projections: NDArray[np.generic]
    flats: NDArray[np.float32]
    positions: NDArray[np.float64]
    dark: NDArray[np.float32]


@dataclass(slots=True, eq=False)
class Preparation:
    """The sinograms of one scan.

    Parameters
    ----------
    scan : Scan
        Open.
    region : Region
        Which rows and columns, and their binning.
    settings : Preprocessing

    Attributes
    ----------
    theta_rad : (angles,) float64
        Of the sinograms: without what is blocked.
    kept : (angles,) int
        Projections that they are.
    table : HardeningTable or None
        Undoes beam hardening.
    phase_px : float
        Length of the phase retrieval in binned pixels; 0 for none.

    Raises
    ------
    ParameterError
        If no angle is left, or a range of angles or the description of the beam makes no sense.
    FileFormatError
        If the file of the spectrum cannot be read.
    MissingExtraError
        If a library is missing.
    NoPixelSize
        If the phase is to be retrieved and nobody has said how large a pixel is.
    """

    scan: Scan
    region: Region
    settings: Preprocessing = field(default_factory=Preprocessing)
    theta_rad: NDArray[np.float64] = field(init=False)
    kept: NDArray[np.intp] = field(init=False)
    table: HardeningTable | None = field(init=False)
    phase_px: float = field(init=False)
    _turning: tuple[int, int] = field(init=False)
    _around: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        s, theta = self.settings, self.scan.info.theta_rad
        self.kept = np.flatnonzero(unblocked(theta, s.blocked))
        self.theta_rad = theta[self.kept]
        self.phase_px = self._phase_length() if s.phase == "paganin" else 0.0
        self.table = hardening_of(s)
        self._turning = rotation.halo(self._detector, s.rotation_deg)
        zinger = -(-(s.zinger_size // 2) // self.region.side) if s.zinger_threshold else 0
        rows, columns = (halo_px(self.phase_px) + turning + zinger for turning in self._turning)
        self._around = rows, columns

    @property
    def angles(self) -> int:
        """Angles of the sinograms."""
        return self.theta_rad.size

    @property
    def load(self) -> Load:
        """What a block of rows takes, images not included."""
        s, columns = self.settings, len(self._binned_columns)
        striped = _STRIPE_COPIES * self.angles * columns * _FLOAT_BYTES if s.stripe != "none" else 0
        work = 0 if self._is_plain else _COPIES * _CHUNK_BYTES
        return Load(self.region.size, self.angles, self._around[0], columns, striped, work)

    @property
    def _detector(self) -> tuple[int, int]:
        """Binned rows and columns of the whole detector."""
        return self.scan.info.rows // self.region.side, self.scan.info.columns // self.region.side

    @property
    def _is_plain(self) -> bool:
        """Whether nothing but flat field, dark field and what can be done in place afterwards is wanted."""
        untouched = self.region.binning == 0 and self._around == (0, 0) and self.settings.stripe == "none"
        return untouched and self.angles == self.scan.info.angles

    @property
    def _binned_columns(self) -> range:
        """Binned columns that are read, the region's first one being 0."""
        side, first = self.region.side, self.region.columns.start
        right = (self.scan.info.columns - first) // side - self.region.size
        return range(-min(self._around[1], first // side), self.region.size + min(self._around[1], right))

    def _phase_length(self) -> float:
        s, info = self.settings, self.scan.info
        pixel = s.pixel_size_um or info.pixel_size_um
        if pixel is None:
            raise NoPixelSize(f"{info.path}: phase retrieval needs the pixel size; give it with --pixel-size-um")
        return paganin_length_px(s.energy_kev, s.distance_mm, s.delta_beta, pixel * self.region.side)

    def buffer(self, rows: int) -> NDArray[np.generic]:
        """Make a buffer that blocks of up to so many binned rows can be read into."""
        tall, wide = min(rows + 2 * self._around[0], self._detector[0]), len(self._binned_columns)
        return np.empty(self.scan.info.angles * tall * wide * self.region.side**2, counts_dtype(self.scan.info))

    def read(self, rows: range, buffer: NDArray[np.generic] | None = None) -> Counts:
        """Read what is needed for a block of binned rows.

        Raises
        ------
        ScanDefect
            If it cannot be read.
        """
        start, stop = max(rows.start - self._around[0], 0), min(rows.stop + self._around[0], self._detector[0])
        lines, wide, side = self.region.detector_rows(range(start, stop)), self._binned_columns, self.region.side
        columns = slice(self.region.columns.start + wide.start * side, self.region.columns.start + wide.stop * side)
        shape = (self.scan.info.angles, lines.stop - lines.start, columns.stop - columns.start)
        out = (self.buffer(len(rows)) if buffer is None else buffer)[: math.prod(shape)].reshape(shape)
        self.scan.projections(lines, columns, out=out)
        if self.settings.flat_fields == "mean":
            flats, positions = self.scan.flat_dark(lines, columns)[0][None], np.zeros(1)
        else:
            fields = self.scan.flat_fields(lines, columns)
            flats, positions = fields.frames, fields.positions
        dark = self.scan.dark_field(lines, columns)
        return Counts(rows, rows.start - start, -wide.start, out, flats, positions, dark)

    def compute(self, counts: Counts, out: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Turn counts into sinograms.

        Returns
        -------
        (rows, angles, columns) float32
            Attenuation per binned pixel; `out` if given.
        """
        s = self.settings
        result = np.empty((len(counts.rows), self.angles, self.region.size), np.float32) if out is None else out
        if self._is_plain:
            fields = counts.flats, counts.dark
            attenuation(counts.projections, *fields, result, positions=counts.positions, minus_log=s.minus_log)
        else:
            self._fill(counts, result)
            if s.minus_log:
                negative_log(result)
        linearise(result, s.hardening)
        if self.table is not None:
            look_up(result, self.table)
        return result

    def _fill(self, counts: Counts, result: NDArray[np.float32]) -> None:
        """Compute the transmission, some projections at a time; stripes show in whole sinograms only."""
        inner = (
            slice(counts.above, counts.above + len(counts.rows)),
            slice(None),
            slice(counts.left, counts.left + self.region.size),
        )
        if self.settings.stripe == "none":
            for part in self._chunks(counts):
                result[:, part] = self._filter_projections(self._transmission(counts, self.kept[part]), counts)[inner]
            return
        shape = (counts.dark.shape[0] // self.region.side, self.angles, len(self._binned_columns))
        light = np.empty(shape, np.float32)
        for part in self._chunks(counts):
            light[:, part] = self._transmission(counts, self.kept[part])
        light = remove_stripes(light, self.settings.stripe, **_stripe_options(self.settings, light.shape[2]))
        for part in self._chunks(counts):
            result[:, part] = self._filter_projections(light[:, part], counts)[inner]

    def _chunks(self, counts: Counts) -> Iterator[slice]:
        """Divide the angles of the sinograms."""
        step = max(1, _CHUNK_BYTES // (counts.dark.size * _FLOAT_BYTES))
        for first in range(0, self.angles, step):
            yield slice(first, min(first + step, self.angles))

    def _transmission(self, counts: Counts, chosen: NDArray[np.intp]) -> NDArray[np.float32]:
        """Give the transmission of some projections, (rows read, angles, columns read), binned."""
        s, binning = self.settings, self.region.binning
        projections = counts.projections[chosen[0] : chosen[-1] + 1]
        if s.zinger_threshold is not None:
            projections = remove_zingers(projections, size=s.zinger_size, threshold=s.zinger_threshold)
        if binning:
            projections = bin_detector(projections, binning)
        flats, dark = (bin_detector(field, binning) if binning else field for field in (counts.flats, counts.dark))
        light = attenuation(projections, flats, dark, positions=counts.positions - chosen[0], minus_log=False)
        return light if light.shape[1] == chosen.size else light[:, chosen - chosen[0]]

    def _filter_projections(self, light: NDArray[np.float32], counts: Counts) -> NDArray[np.float32]:
        """Retrieve the phase of some projections, (rows read, angles, columns read), and turn them."""
        angle = self.settings.rotation_deg
        if not self.phase_px and not angle:
            return light
        projections = np.ascontiguousarray(light.transpose(1, 0, 2))
        if self.phase_px:
            paganin(projections, self.phase_px, context=self.context(counts, projections.shape))
        if angle:
            projections = rotation.rotate(projections, angle, self._middle(counts))
        return projections.transpose(1, 0, 2)

    def _middle(self, counts: Counts) -> tuple[float, float]:
        """Find the row and column of the detector's middle in what was read."""
        info, region = self.scan.info, self.region
        row = binned_cor((info.rows - 1) / 2, region.binning)
        return row - counts.rows.start + counts.above, region.cor((info.columns - 1) / 2) + counts.left

    def context(self, counts: Counts, shape: tuple[int, ...]) -> tuple[tuple[int, int], tuple[int, int]]:
        """Count rows and columns that were read around what has yet to be turned."""
        below = shape[1] - counts.above - len(counts.rows)
        right = shape[2] - counts.left - self.region.size
        rows, columns = self._turning
        return (
            (max(counts.above - rows, 0), max(below - rows, 0)),
            (max(counts.left - columns, 0), max(right - columns, 0)),
        )

    def sinograms(self, rows: range, out: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Read a block of binned rows and compute its sinograms, (rows, angles, columns) float32."""
        return self.compute(self.read(rows), out)


def _stripe_options(s: Preprocessing, columns: int) -> dict[str, float]:
    """Give the parameters of the chosen stripe filter."""
    large_size = large_size_for(columns) if s.stripe_large_size is None else s.stripe_large_size
    return {
        "vo": {"snr": s.stripe_snr, "large_size": large_size, "small_size": s.stripe_small_size},
        "fourier-wavelet": {"sigma": s.stripe_sigma, "level": s.stripe_level},
        "titarenko": {"beta": s.stripe_beta},
    }[s.stripe]


def unblocked(theta_rad: NDArray[np.float64], ranges: tuple[str, ...]) -> NDArray[np.bool_]:
    """Say which angles lie in none of the ranges ``A:B``, in degrees, A not above B; both ends belong to it.

    Raises
    ------
    ParameterError
        If a range makes no sense, or fewer than two angles are left.
    """
    theta = np.rad2deg(theta_rad)
    kept = np.ones(theta.size, bool)
    for text in ranges:
        first, last = (float(word) for word in text.split(":"))
        if first > last:
            raise ParameterError(f"blocked {text}: write A:B with A not above B, in degrees")
        kept &= (theta < first) | (theta > last)
    if np.count_nonzero(kept) < 2:  # noqa: PLR2004 - one line of sight tells nothing of depth
        raise ParameterError(f"blocked {', '.join(ranges)}: fewer than two angles are left")
    return kept
