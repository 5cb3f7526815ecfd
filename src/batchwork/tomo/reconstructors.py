"""The reconstruction that a user chose, made ready for one scan."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from batchwork.tomo.kernels.double_field import opposite_weights, weigh_opposites
from batchwork.tomo.kernels.gpu import Arrays, DeviceGridder, DeviceIterativeReconstructor
from batchwork.tomo.kernels.gpu.arrays import Array
from batchwork.tomo.kernels.gridding import Gridder
from batchwork.tomo.kernels.iterative import Iterations, IterativeCandidates, IterativeReconstructor
from batchwork.tomo.methods import Method

Floats = NDArray[np.float32]
Progress = Callable[[float], None]
Accuracy = Literal["full", "try"]


class Reconstructor(Protocol):
    """Makes slices."""

    @property
    def device_bytes(self) -> int:
        """Memory that it takes on a graphics card for one slice."""

    def __call__(self, sinograms: Array, cor: float, out: Floats, progress: Progress) -> Floats:
        """Reconstruct (slices, angles, columns) into (slices, n, n); sinograms may be overwritten."""


class Candidates(Protocol):
    """Makes one slice at many centres of rotation."""

    @property
    def size(self) -> int:
        """Side of the images."""

    def transform(self, sinogram: Floats) -> Array:
        """Prepare (angles, columns) for `at_centres`."""

    def at_centres(self, spectrum: Array, cors: ArrayLike, out: Floats | None = None) -> Floats:
        """Reconstruct at (k,) columns, (k, n, n)."""


def iterations(method: Method) -> Iterations | None:
    """Give the iteration that is wanted, or None for filtered back projection."""
    if method.algorithm == "fbp":
        return None
    return Iterations(
        algorithm=method.algorithm,
        count=method.iterations,
        variation=method.tv,
        nonnegative=method.nonnegative,
        field=method.grid,
    )


def work_bytes(method: Method, columns: int, angles: int, size: int) -> int:
    """Memory of a reconstruction beside sinograms and images, as far as filtered back projection takes less."""
    wanted = iterations(method)
    return 0 if wanted is None else wanted.work_bytes(columns, angles, size)


@dataclass(frozen=True, slots=True)
class _Filtered:
    """Filtered back projection, of doubled fields with weights."""

    gridder: Gridder
    theta_rad: NDArray[np.float64]
    doubled: bool
    device_bytes: int = 0

    def __call__(self, sinograms: Floats, cor: float, out: Floats, progress: Progress) -> Floats:
        if self.doubled:
            weigh_opposites(sinograms, self.theta_rad, cor)
        images = self.gridder.reconstruct(sinograms, cor, out=out)
        progress(len(sinograms))
        return images


@dataclass(frozen=True, slots=True)
class _FilteredOnDevice:
    """The same on a graphics card, from sinograms that are there."""

    gridder: DeviceGridder
    arrays: Arrays
    theta_rad: NDArray[np.float64]
    doubled: bool

    @property
    def device_bytes(self) -> int:
        return self.gridder.lane_bytes

    def __call__(self, sinograms: Array, cor: float, out: Floats, progress: Progress) -> Floats:
        if self.doubled:
            weights = opposite_weights(self.theta_rad, self.gridder.columns, cor)
            sinograms = sinograms * self.arrays.put(weights)
        images = self.gridder.reconstruct(sinograms, cor, out=out)
        progress(len(sinograms))
        return images


def _maker(arrays: Arrays | None) -> Callable[..., IterativeReconstructor]:
    """Say what makes an iteration: on a graphics card, if there is one."""
    return IterativeReconstructor if arrays is None else partial(DeviceIterativeReconstructor, arrays)


@dataclass(slots=True)
class _Iterated:
    """An iteration; opposite angles need no weights. What depends on the centre is kept until it changes."""

    theta_rad: NDArray[np.float64]
    columns: int
    size: int
    settings: Iterations
    arrays: Arrays | None = None
    _made: IterativeReconstructor | None = None

    @property
    def device_bytes(self) -> int:
        """Of one slice, which waits on the machine until there is place."""
        return 0

    def __call__(self, sinograms: Array, cor: float, out: Floats, progress: Progress) -> Floats:
        if self.arrays is not None and not isinstance(sinograms, np.ndarray):
            sinograms = self.arrays.get(sinograms)
        made = self._made
        if made is None or made.projector.cor != cor:
            made = _maker(self.arrays)(self.theta_rad, self.columns, cor, self.settings, size=self.size)
            self._made = made
        return made.reconstruct(sinograms, out, progress=progress)


def reconstructor(
    method: Method,
    theta_rad: NDArray[np.float64],
    columns: int,
    *,
    filter_name: str,
    size: int,
    doubled: bool,
    accuracy: Accuracy = "full",
    arrays: Arrays | None = None,
) -> Reconstructor:
    """Make the reconstruction of whole slices.

    Parameters
    ----------
    method : Method
    theta_rad : (angles,) float64
    columns : int
        Width of the detector.
    filter_name : str
        Of filtered back projection.
    size : int
        Side of the images.
    doubled : bool
        Whether opposite angles see different halves.
    accuracy : "full" or "try"
        Of filtered back projection.
    arrays : Arrays, optional
        Of a graphics card, where sinograms are then.
    """
    wanted = iterations(method)
    if wanted is not None:
        return _Iterated(theta_rad, columns, size, wanted, arrays)
    if arrays is not None:
        made = DeviceGridder(arrays, theta_rad, columns, filter_name=filter_name, size=size, accuracy=accuracy)
        return _FilteredOnDevice(made, arrays, theta_rad, doubled)
    gridder = Gridder(theta_rad, columns, filter_name=filter_name, size=size, accuracy=accuracy)
    return _Filtered(gridder, theta_rad, doubled)


def candidates(
    method: Method, theta_rad: NDArray[np.float64], columns: int, filter_name: str, arrays: Arrays | None = None
) -> Candidates:
    """Make the reconstruction of one slice at many centres; see `reconstructor`."""
    wanted = iterations(method)
    if wanted is not None:
        return IterativeCandidates(theta_rad, columns, wanted, _maker(arrays))
    if arrays is not None:
        return DeviceGridder(arrays, theta_rad, columns, filter_name=filter_name, accuracy="try")
    return Gridder(theta_rad, columns, filter_name=filter_name, accuracy="try")
