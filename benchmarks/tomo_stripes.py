"""Stripe removal by sorting beside algotom's, on the same sinogram, as a markdown table.

    python benchmarks/tomo_stripes.py [--columns 1024] [--angles 900] [--repeats 5]

Both run at their defaults, in one process, after one run to warm up. Times are medians. Differences are relative to
the range of the sinogram; they come from sorting equal values, of which either order is right. The noise has no
steps, as counts have, so that there are few of them.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.kernels import phantoms
from batchwork.tomo.kernels.stripes import STRIPE_METHODS, remove_stripes
from figures import Figure

Sinogram = NDArray[np.float32]
SMALL = 1e-5


def make(columns: int, angles: int) -> Sinogram:
    """Give the transmission of a foam, with noise, uneven columns, a dead and a wide stripe."""
    rng = np.random.default_rng(1)
    body = phantoms.cut(phantoms.foam(rng, 60, 2 / columns), 0.0)
    lines = phantoms.sinogram(body, np.linspace(0, np.pi, angles, endpoint=False), columns, columns / 2)
    light = np.exp(-lines) * (1 + 0.01 * rng.standard_normal(lines.shape)) * (1 + 0.02 * rng.standard_normal(columns))
    light[:, columns // 3 : columns // 3 + 4] *= 0.8
    light[:, columns // 2 + 20] = 0.5
    return light.astype(np.float32)


def timed(run: Callable[[], Sinogram], repeats: int) -> tuple[float, float, Sinogram]:
    """Give the medians of wall time and of processor time, in ms, and the result."""
    result = run()
    walls, works = [], []
    for _ in range(repeats):
        wall, work = time.perf_counter(), time.process_time()
        result = run()
        walls.append(time.perf_counter() - wall)
        works.append(time.process_time() - work)
    return 1e3 * statistics.median(walls), 1e3 * statistics.median(works), result


def figures(*, quick: bool = False) -> Iterator[Figure]:
    """Give each method; the one by sorting beside algotom's."""
    sinogram = make(*((96, 64) if quick else (1024, 900)))
    what = "tomo: stripes of one sinogram, {}"
    for name in STRIPE_METHODS:
        ours, _, found = timed(lambda name=name: remove_stripes(sinogram[None], name)[0], 3)  # type: ignore[misc]
        if name != "vo":
            yield Figure(what.format(name), ours, "ms")
        elif find_spec("algotom") is None:
            yield Figure(what.format(name), ours, "ms", "algotom", times=5)
        else:
            from algotom.prep.removal import remove_all_stripe  # type: ignore[import-not-found]

            theirs, _, peer = timed(lambda: remove_all_stripe(sinogram.copy()), 1)
            yield Figure(what.format(name), ours, "ms", "algotom", theirs, times=5)
            off = np.abs(found - peer) / np.ptp(sinogram)
            yield Figure("tomo: the same, values within 1e-5 of algotom's", 100 * float((off < SMALL).mean()), "%")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--columns", type=int, default=1024)
    parser.add_argument("--angles", type=int, default=900)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    sinogram = make(asked.columns, asked.angles)
    print(f"{asked.angles} angles, {asked.columns} columns")
    print("| method | wall ms | CPU ms | times |")
    print("|---|---:|---:|---:|")
    found = dict[str, tuple[float, float, Sinogram]]()
    for name in STRIPE_METHODS:
        found[name] = timed(lambda name=name: remove_stripes(sinogram[None], name)[0], asked.repeats)  # type: ignore[misc]
        print(f"| batchwork {name} | {found[name][0]:.0f} | {found[name][1]:.0f} | |")
    if find_spec("algotom") is None:
        print("| algotom remove_all_stripe | not installed | | |")
        return
    from algotom.prep.removal import remove_all_stripe  # type: ignore[import-not-found]

    wall, work, peer = timed(lambda: remove_all_stripe(sinogram.copy()), asked.repeats)
    print(f"| algotom remove_all_stripe | {wall:.0f} | {work:.0f} | {wall / found['vo'][0]:.1f} |")
    off = np.abs(found["vo"][2] - peer) / np.ptp(sinogram)
    print(f"\nvo differs by more than {SMALL:g} at {np.sum(off > SMALL)} of {off.size} values, largest {off.max():.1e}")


if __name__ == "__main__":
    main()
