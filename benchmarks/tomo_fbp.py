"""Filtered back projection beside its peers, in one process, as a markdown table.

    python benchmarks/tomo_fbp.py [--columns 1024] [--angles 900] [--repeats 5] [--peer-repeats 5]

Each method reconstructs the exact, area-averaged sinogram of a Shepp-Logan phantom with the ramp filter.
The error is the root mean square difference from the phantom, averaged over 4 x 4 points of each pixel,
within 0.9 of the radius of the field of view, the least of all runs: threads of algotom's loop add to the
same pixels without a lock, so its error changes from run to run. Times are medians, after one run to warm
up.
Peers (`pip install algotom astra-toolbox`) that are missing are named as such.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.kernels import phantoms
from batchwork.tomo.kernels.direct import back_projection
from batchwork.tomo.kernels.gridding import BLOCK_SLICES, Gridder
from figures import Figure

Images = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Case:
    """What all methods reconstruct."""

    sinogram: Images
    """(angles, columns)."""
    theta_rad: NDArray[np.float64]
    cor: float
    truth: Images
    """(columns, columns)."""

    def rmse(self, image: Images) -> float:
        """Error in the best of the four orientations that the peers use."""
        c = (np.arange(len(self.truth)) + 0.5) / len(self.truth) * 2 - 1
        inside = np.hypot(c[:, None], c[None, :]) < 0.9
        flips = (image, image[::-1], image[:, ::-1], image[::-1, ::-1])
        return min(float(np.sqrt(np.mean((flip - self.truth)[inside] ** 2))) for flip in flips)


@dataclass(frozen=True, slots=True)
class Method:
    """One way to reconstruct: a call that gives (slices, n, n) images."""

    name: str
    module: str
    """What must be installed."""
    slices: int
    """How many slices one call makes."""
    make: Callable[[Case], Callable[[], Images]]
    """Prepares the call, outside the time that is measured."""
    repeats: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What was measured of one method."""

    wall_ms: float
    cpu_ms: float
    rmse: float


def make_case(columns: int, angles: int) -> Case:
    """Project the phantom over half a turn, with the axis in the middle."""
    theta, cor = np.linspace(0, np.pi, angles, endpoint=False), (columns - 1) / 2
    ellipses = phantoms.cut(phantoms.shepp_logan(), 0.0)
    truth = phantoms.image(ellipses, columns)
    return Case(phantoms.sinogram(ellipses, theta, columns, cor), theta, cor, truth)


def gridding(case: Case, *, slices: int) -> Callable[[], Images]:
    """Prepare this package's way."""
    block = np.repeat(case.sinogram[None], slices, 0)
    gridder = Gridder(case.theta_rad, case.sinogram.shape[1], filter_name="ramp")
    out = np.empty((slices, gridder.size, gridder.size), np.float32)
    return lambda: gridder.reconstruct(block, case.cor, out=out)


def direct(case: Case) -> Callable[[], Images]:
    """Prepare this package's reference."""
    return lambda: back_projection(case.sinogram, case.theta_rad, case.cor, filter_name="ramp")[None]


def algotom(case: Case) -> Callable[[], Images]:
    """Prepare algotom's numba code for the CPU; the ramp alone, as for the others."""
    from algotom.rec.reconstruction import fbp_reconstruction  # type: ignore[import-not-found]

    return lambda: fbp_reconstruction(
        case.sinogram,
        case.cor,
        angles=case.theta_rad,
        ratio=None,
        filter_name=None,
        apply_log=False,
        gpu=False,
    )[None]


def astra(case: Case, *, projector: str) -> Callable[[], Images]:
    """Prepare ASTRA's FBP on the CPU."""
    import astra as toolbox  # type: ignore[import-not-found]

    n = case.sinogram.shape[1]
    volume = toolbox.create_vol_geom(n, n)
    geometry = toolbox.create_proj_geom("parallel", 1.0, n, case.theta_rad)
    ids = (
        toolbox.create_projector(projector, geometry, volume),
        toolbox.data2d.create("-sino", geometry, case.sinogram),
        toolbox.data2d.create("-vol", volume),
    )
    config = toolbox.astra_dict("FBP")
    config |= {"ProjectorId": ids[0], "ProjectionDataId": ids[1], "ReconstructionDataId": ids[2]}
    config["option"] = {"FilterType": "Ram-Lak"}
    algorithm = toolbox.algorithm.create(config)

    def reconstruct() -> Images:
        toolbox.algorithm.run(algorithm)
        return toolbox.data2d.get(ids[2])[None]

    return reconstruct


def methods(repeats: int, peer_repeats: int) -> tuple[Method, ...]:
    """All methods, this package's first."""
    block = partial(gridding, slices=BLOCK_SLICES)
    return (
        Method(f"batchwork gridding, {BLOCK_SLICES} slices", "batchwork", BLOCK_SLICES, block, repeats),
        Method("batchwork gridding, 1 slice", "batchwork", 1, partial(gridding, slices=1), repeats),
        Method("batchwork direct", "batchwork", 1, direct, peer_repeats),
        Method("algotom FBP (CPU)", "algotom", 1, algotom, peer_repeats),
        Method("ASTRA FBP (CPU, linear)", "astra", 1, partial(astra, projector="linear"), peer_repeats),
        Method("ASTRA FBP (CPU, strip)", "astra", 1, partial(astra, projector="strip"), peer_repeats),
    )


def measure(method: Method, case: Case) -> Cost:
    """Run a method, once to warm up, and take the medians."""
    call = method.make(case)
    errors = [case.rmse(call()[-1])]
    walls, cpus = [], []
    for _ in range(method.repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        images = call()
        walls.append((time.perf_counter() - wall) / method.slices)
        cpus.append((time.process_time() - cpu) / method.slices)
        errors.append(case.rmse(images[-1]))
    return Cost(statistics.median(walls) * 1e3, statistics.median(cpus) * 1e3, min(errors))


def figures(*, quick: bool = False) -> Iterator[Figure]:
    """Give the time of a slice and its error, beside each peer."""
    columns, angles = (128, 90) if quick else (1024, 900)
    case = make_case(columns, angles)
    ours, *others = [one for one in methods(5, 2) if not one.name.startswith(("batchwork gridding, 1", "batchwork d"))]
    mine, what = measure(ours, case), f"tomo: one slice, {columns} columns × {angles} angles"
    for method, times in zip(others, (12, 60, 60), strict=True):
        cost = measure(method, case) if find_spec(method.module) else None
        theirs = cost and cost.wall_ms
        yield Figure(what, mine.wall_ms, "ms", method.name, theirs, most=None if quick else 50, times=times)
        yield Figure(f"{what}: RMSE", 1e3 * mine.rmse, "× 10⁻³", method.name, cost and 1e3 * cost.rmse, times=1)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--columns", type=int, default=1024)
    parser.add_argument("--angles", type=int, default=900)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--peer-repeats", type=int, default=5, help="of the slow ones")
    options = parser.parse_args()
    case = make_case(options.columns, options.angles)
    print(f"{options.columns} columns, {options.angles} angles, {os.cpu_count()} CPUs\n")
    print("| method | wall ms/slice | CPU ms/slice | RMSE | times the wall time of the first |")
    print("|---|---:|---:|---:|---:|")
    first = None
    for method in methods(options.repeats, options.peer_repeats):
        if find_spec(method.module) is None:
            print(f"| {method.name} | not installed | | | |")
            continue
        cost = measure(method, case)
        first = first or cost.wall_ms
        ratio = cost.wall_ms / first
        times = f"{cost.wall_ms:.1f} | {cost.cpu_ms:.1f}"
        print(f"| {method.name} | {times} | {cost.rmse:.5f} | {ratio:.1f} |")


if __name__ == "__main__":
    main()
