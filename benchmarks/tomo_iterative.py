"""Iterative reconstruction from few angles beside filtered back projection and ASTRA, as markdown tables.

    python benchmarks/tomo_iterative.py [--columns 512] [--iterations 100] [--repeats 3]

The first table has the CPU time of one iteration of one slice, with everything that a reconstruction needs once taken
off; the second the error of a Shepp-Logan phantom by the number of angles, clean and with noise of 3 % of the largest
line integral. The error is the root mean square difference from the phantom within 0.9 of the radius of the field of
view, as a share of the phantom's largest value. ASTRA (`pip install astra-toolbox`), if missing, is named as such.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.kernels import phantoms
from batchwork.tomo.kernels.gridding import Gridder
from batchwork.tomo.kernels.iterative import LANES, Iterations, IterativeReconstructor
from figures import Figure

Images = NDArray[np.float32]
_NOISE = 0.03
_ANGLES = (16, 32, 64)
_TV = (0.001, 0.005, 0.02)


@dataclass(frozen=True, slots=True)
class Case:
    """What all methods reconstruct."""

    sinogram: Images
    """(angles, columns)."""
    theta_rad: NDArray[np.float64]
    truth: Images
    """(columns, columns)."""

    @property
    def cor(self) -> float:
        """The axis is in the middle, where ASTRA has it."""
        return (self.sinogram.shape[1] - 1) / 2

    def error(self, image: Images) -> float:
        """Root mean square difference, as a share of the largest value."""
        c = (np.arange(len(self.truth)) + 0.5) / len(self.truth) * 2 - 1
        inside = np.hypot(c[:, None], c[None, :]) < 0.9
        return float(np.sqrt(np.mean((image - self.truth)[inside] ** 2)) / self.truth.max())


def make_case(columns: int, angles: int, noise: float) -> Case:
    """Project the phantom over half a turn."""
    theta, ellipses = np.linspace(0, np.pi, angles, endpoint=False), phantoms.cut(phantoms.shepp_logan(), 0.0)
    sinogram = phantoms.sinogram(ellipses, theta, columns, (columns - 1) / 2)
    sinogram += np.random.default_rng(0).normal(0, noise * sinogram.max(), sinogram.shape).astype(np.float32)
    return Case(sinogram, theta, phantoms.image(ellipses, columns))


def ours(case: Case, settings: Iterations, slices: int = 1) -> Images:
    """Reconstruct with this package, (slices, n, n)."""
    made = IterativeReconstructor(case.theta_rad, case.sinogram.shape[1], case.cor, settings)
    return made.reconstruct(np.repeat(case.sinogram[None], slices, 0))


def astra(case: Case, iterations: int, projector: str = "linear") -> Images:
    """Reconstruct with ASTRA's SIRT on the CPU."""
    import astra as toolbox  # type: ignore[import-not-found]

    n = case.sinogram.shape[1]
    volume = toolbox.create_vol_geom(n, n)
    geometry = toolbox.create_proj_geom("parallel", 1.0, n, case.theta_rad)
    config = toolbox.astra_dict("SIRT") | {
        "ProjectorId": toolbox.create_projector(projector, geometry, volume),
        "ProjectionDataId": toolbox.data2d.create("-sino", geometry, case.sinogram),
        "ReconstructionDataId": toolbox.data2d.create("-vol", volume),
        "option": {"MinConstraint": 0},
    }
    toolbox.algorithm.run(toolbox.algorithm.create(config), iterations)
    image: Images = toolbox.data2d.get(config["ReconstructionDataId"])
    toolbox.clear()
    return image


def per_iteration(run: Callable[[int], object], repeats: int) -> float:
    """Give the median CPU seconds of one iteration: what four more take, over four."""

    def seconds(count: int) -> float:
        start = time.process_time()
        run(count)
        return time.process_time() - start

    run(1)
    return statistics.median((seconds(5) - seconds(1)) / 4 for _ in range(repeats))


def print_speed(columns: int, angles: int, repeats: int) -> None:
    """Print the first table."""
    case = make_case(columns, angles, 0.0)
    print(f"{columns} columns, {angles} angles, {os.cpu_count()} CPUs\n")
    print("| method | CPU ms/iteration/slice |\n|---|---:|")
    for algorithm in ("sirt", "sirt-tv"):
        for slices in (LANES, 1):

            def run(count: int, algorithm: str = algorithm, slices: int = slices) -> Images:
                return ours(case, Iterations(algorithm=algorithm, count=count), slices)  # type: ignore[arg-type] # one of two

            print(f"| batchwork {algorithm}, {slices} slices | {per_iteration(run, repeats) / slices * 1e3:.0f} |")
    for projector in ("linear", "line", "strip"):
        if find_spec("astra") is None:
            print(f"| ASTRA SIRT (CPU, {projector}) | not installed |")
            continue
        seconds = per_iteration(lambda count, kind=projector: astra(case, count, kind), repeats)  # type: ignore[misc] # bound now
        print(f"| ASTRA SIRT (CPU, {projector}) | {seconds * 1e3:.0f} |")


def figures(*, quick: bool = False) -> Iterator[Figure]:
    """Give the CPU time of an iteration, and the error from few angles, beside ASTRA."""
    columns, angles, count = (64, 32, 5) if quick else (512, 180, 100)
    case = make_case(columns, angles, 0.0)
    is_there, settings = find_spec("astra") is not None, Iterations(count=count)
    own = per_iteration(lambda count: ours(case, Iterations(count=count), LANES), 1 if quick else 3) / LANES
    theirs = per_iteration(lambda count: astra(case, count), 1) if is_there else None
    what = f"tomo: one iteration of SIRT, {columns} columns × {angles} angles"
    yield Figure(what, 1e3 * own, "CPU ms", "ASTRA", theirs and 1e3 * theirs)
    few = make_case(columns // 2, 32, _NOISE)
    error = few.error(ours(few, Iterations(algorithm="sirt-tv", count=count, variation=_TV[1]))[0])
    plain = few.error(astra(few, settings.count)) if is_there else None
    yield Figure(
        "tomo: total variation from 32 noisy angles, RMSE", 100 * error, "%", "ASTRA's SIRT", plain and 100 * plain
    )


def print_errors(columns: int, iterations: int) -> None:
    """Print the second table."""
    methods: dict[str, Callable[[Case], Images]] = {
        f"fbp, {name}": lambda case, name=name: Gridder(  # type: ignore[misc] # bound now
            case.theta_rad, columns, filter_name=name
        ).reconstruct(case.sinogram[None], case.cor)[0]
        for name in ("ramp", "parzen")
    }
    methods["sirt"] = lambda case: ours(case, Iterations(count=iterations))[0]
    for tv in _TV:
        settings = Iterations(algorithm="sirt-tv", count=iterations, variation=tv)
        methods[f"sirt-tv, {tv:g}"] = lambda case, settings=settings: ours(case, settings)[0]  # type: ignore[misc] # bound now
    if find_spec("astra") is not None:
        methods["ASTRA SIRT (linear)"] = lambda case: astra(case, iterations)
    heads = [f"{angles} angles{', noise' if noise else ''}" for noise in (0.0, _NOISE) for angles in _ANGLES]
    print(f"\n{columns} columns, {iterations} iterations\n\n| method | {' | '.join(heads)} |")
    print(f"|---|{'---:|' * len(heads)}")
    cases = [make_case(columns, angles, noise) for noise in (0.0, _NOISE) for angles in _ANGLES]
    for name, method in methods.items():
        print(f"| {name} | {' | '.join(f'{case.error(method(case)):.4f}' for case in cases)} |", flush=True)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--columns", type=int, default=512)
    parser.add_argument("--angles", type=int, default=180, help="of the first table")
    parser.add_argument("--iterations", type=int, default=100, help="of the second table")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    print_speed(options.columns, options.angles, options.repeats)
    print_errors(options.columns // 2, options.iterations)


if __name__ == "__main__":
    main()
