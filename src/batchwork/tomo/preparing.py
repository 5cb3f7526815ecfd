"""From an open scan to sinograms, a block of detector rows at a time, with all that is done before."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError, TaskError
from batchwork.tomo.formats.scan import Scan
from batchwork.tomo.kernels import rotation
from batchwork.tomo.kernels.hardening import linearise
from batchwork.tomo.kernels.phase import halo_px, paganin, paganin_length_px
from batchwork.tomo.kernels.preprocess import attenuation, bin_detector, negative_log
from batchwork.tomo.preprocessing import Preprocessing
from batchwork.tomo.regions import Region, counts_dtype

_FLOAT_BYTES = 4
_CHUNK_ANGLES = 32


class NoPixelSize(TaskError):
    """A length is needed, and the file has no usable pixel size."""


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """What was read for one block, in counts.

    Attributes
    ----------
    rows : range
        Binned rows that the block is for.
    above : int
        Binned rows that were read before them.
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

    Raises
    ------
    ParameterError
        If no angle is left, or a range of angles makes no sense.
    NoPixelSize
        If the phase is to be retrieved and nobody has said how large a pixel is.
    """

    scan: Scan
    region: Region
    settings: Preprocessing = field(default_factory=Preprocessing)
    theta_rad: NDArray[np.float64] = field(init=False)
    _kept: NDArray[np.intp] | None = field(init=False)
    _phase_px: float = field(init=False)
    _halo: int = field(init=False)

    def __post_init__(self) -> None:
        theta = self.scan.info.theta_rad
        kept = unblocked(theta, self.settings.blocked)
        self._kept = None if kept.all() else np.flatnonzero(kept)
        self.theta_rad = theta if self._kept is None else theta[self._kept]
        self._phase_px = self._phase_length() if self.settings.phase == "paganin" else 0.0
        zinger = self.settings.zinger_size // 2 if self.settings.zinger_threshold else 0
        turning = rotation.halo_rows(self.region.size, self.settings.rotation_deg)
        self._halo = halo_px(self._phase_px) + turning + -(-zinger // self.region.side)

    @property
    def angles(self) -> int:
        """Angles of the sinograms."""
        return self.theta_rad.size

    @property
    def halo(self) -> int:
        """Binned rows that are read above and below a block."""
        return self._halo

    @property
    def extra_bytes_per_row(self) -> int:
        """Memory of one binned row beside its counts and sinogram."""
        s = self.settings
        copies = (s.zinger_threshold is not None) + 2 * (s.stripe != "none") + (self._kept is not None)
        return copies * self.scan.info.angles * self.region.size * _FLOAT_BYTES * self.region.side

    def _phase_length(self) -> float:
        s, info = self.settings, self.scan.info
        pixel = s.pixel_size_um or info.pixel_size_um
        if pixel is None:
            raise NoPixelSize(f"{info.path}: phase retrieval needs the pixel size; give it with --pixel-size-um")
        return paganin_length_px(s.energy_kev, s.distance_mm, s.delta_beta, pixel * self.region.side)

    def buffer(self, rows: int) -> NDArray[np.generic]:
        """Make a buffer that blocks of up to so many binned rows can be read into."""
        tall = min(rows + 2 * self._halo, self.scan.info.rows // self.region.side) * self.region.side
        return np.empty(self.scan.info.angles * tall * len(self.region.columns), counts_dtype(self.scan.info))

    def read(self, rows: range, buffer: NDArray[np.generic] | None = None) -> Counts:
        """Read what is needed for a block of binned rows.

        Raises
        ------
        ScanDefect
            If it cannot be read.
        """
        last = self.scan.info.rows // self.region.side
        start, stop = max(rows.start - self._halo, 0), min(rows.stop + self._halo, last)
        lines, columns = self.region.detector_rows(range(start, stop)), self.region.detector_columns()
        shape = (self.scan.info.angles, lines.stop - lines.start, columns.stop - columns.start)
        out = (self.buffer(len(rows)) if buffer is None else buffer)[: math.prod(shape)].reshape(shape)
        self.scan.projections(lines, columns, out=out)
        if self.settings.flat_fields == "mean":
            flats, positions = self.scan.flat_dark(lines, columns)[0][None], np.zeros(1)
        else:
            fields = self.scan.flat_fields(lines, columns)
            flats, positions = fields.frames, fields.positions
        return Counts(rows, rows.start - start, out, flats, positions, self.scan.dark_field(lines, columns))

    def compute(self, counts: Counts, out: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Turn counts into sinograms.

        Returns
        -------
        (rows, angles, columns) float32
            Attenuation per binned pixel; `out` if given.
        """
        s = self.settings
        shape = (len(counts.rows), self.angles, self.region.size)
        result = np.empty(shape, np.float32) if out is None else out
        plain = self._halo == 0 and self._kept is None and s.stripe == "none"
        projections = counts.projections
        if s.zinger_threshold is not None:
            from batchwork.tomo.kernels.zingers import remove_zingers

            projections = remove_zingers(projections, size=s.zinger_size, threshold=s.zinger_threshold)
        parts = (projections, counts.flats, counts.dark)
        if self.region.binning:
            parts = tuple(bin_detector(part, self.region.binning) for part in parts)  # type: ignore[assignment]
        light = attenuation(
            *parts, out=result if plain else None, positions=counts.positions, minus_log=plain and s.minus_log
        )
        if not plain:
            self._correct(light, counts, result)
        if len(s.hardening):
            linearise(result, s.hardening)
        return result

    def _correct(self, light: NDArray[np.float32], counts: Counts, result: NDArray[np.float32]) -> None:
        """Do what needs the transmission: (rows read, angles, columns) to the sinograms of the block."""
        s = self.settings
        if self._kept is not None:
            light = np.ascontiguousarray(light[:, self._kept])
        if s.stripe != "none":
            from batchwork.tomo.kernels.stripes import remove_stripes

            light = remove_stripes(light, s.stripe, **_stripe_options(s))
        if self._phase_px or s.rotation_deg:
            self._filter_projections(light, counts)
        result[:] = light[counts.above : counts.above + len(counts.rows)]
        if s.minus_log:
            negative_log(result)

    def _filter_projections(self, light: NDArray[np.float32], counts: Counts) -> None:
        """Retrieve the phase and turn, some projections at a time, in place."""
        first_row = counts.rows.start - counts.above
        middle = (
            (self.scan.info.rows // self.region.side - 1) / 2 - first_row,
            (self.scan.info.columns - 1) / 2 / self.region.side - self.region.columns.start / self.region.side,
        )
        for first in range(0, light.shape[1], _CHUNK_ANGLES):
            part = np.ascontiguousarray(light[:, first : first + _CHUNK_ANGLES].transpose(1, 0, 2))
            if self._phase_px:
                paganin(part, self._phase_px)
            if self.settings.rotation_deg:
                part = rotation.rotate(part, self.settings.rotation_deg, middle)
            light[:, first : first + _CHUNK_ANGLES] = part.transpose(1, 0, 2)

    def sinograms(self, rows: range, out: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Read a block of binned rows and compute its sinograms, (rows, angles, columns) float32."""
        return self.compute(self.read(rows), out)


def _stripe_options(s: Preprocessing) -> dict[str, float]:
    """Give the parameters of the chosen stripe filter."""
    return {
        "vo": {"snr": s.stripe_snr, "large_size": s.stripe_large_size, "small_size": s.stripe_small_size},
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
