"""A volume on a graphics card beside the time that its memory and its bus need at least, as a markdown table.

    python benchmarks/tomo_gpu.py [--columns 2048] [--angles 1500] [--slices 2048] [--library cupy|torch]

Sinograms go up, images come back, blocks of `--block` slices after each other; the values of one block stand for all,
since reading and writing files is no matter of the card. The floor of the bus is the larger of the two directions, at
the speed measured with pinned memory. The floor of the card's memory counts each array that gridding must read and
write once, at the speed of a copy on the card: sinograms, spectra, samples, grid, its transforms by two axes, images.
With `--library torch --device cpu` it runs without a card, to try the script itself.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from batchwork.tomo.kernels.gpu import Arrays, DeviceGridder, ModuleArrays, TorchArrays
from batchwork.tomo.kernels.gpu.transfers import transfers_for
from batchwork.tomo.kernels.gridding import Gridder, grid_size, padded_length

_PROBE_BYTES = 1 << 28
_FLOAT, _COMPLEX = 4, 8


def place(library: str, device: str) -> tuple[Arrays, Callable[[], None]]:
    """Give a place's arrays, and what waits until all is done there."""
    if library == "cupy":
        import cupy  # type: ignore[import-not-found]

        return ModuleArrays(cupy), cupy.cuda.Device().synchronize
    import torch

    return TorchArrays(device), torch.cuda.synchronize if device == "cuda" else lambda: None


def speed(action: Callable[[], Any], moved_bytes: int, wait: Callable[[], None], repeats: int = 5) -> float:
    """Give the bytes per second of the fastest of some runs."""
    seconds = []
    for _ in range(repeats + 1):
        wait()
        start = time.perf_counter()
        action()
        wait()
        seconds.append(time.perf_counter() - start)
    return moved_bytes / min(seconds[1:])


def speeds(arrays: Arrays, wait: Callable[[], None], probe_bytes: int) -> dict[str, float]:
    """Measure both directions of the bus, and the card's memory."""
    host = np.zeros((1, probe_bytes // _FLOAT), np.float32)
    moved, there = transfers_for(arrays), arrays.put(host)

    def back() -> None:
        moved.down(there, host)
        moved.finish()

    return {
        "up": speed(lambda: moved.up(host), probe_bytes, wait),
        "down": speed(back, probe_bytes, wait),
        "memory": speed(lambda: there + 1, 2 * probe_bytes, wait),
    }


def traffic_bytes(columns: int, angles: int) -> int:
    """What gridding one slice reads and writes at least in the card's memory."""
    grid, length = grid_size(columns), padded_length(columns, columns)
    sinogram, spectra = angles * columns * _FLOAT, angles * (length // 2 + 1) * _COMPLEX
    half, image = grid * (grid // 2 + 1) * _COMPLEX, columns**2 * _FLOAT
    return sinogram + 4 * spectra + 5 * half + image


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--columns", type=int, default=2048)
    parser.add_argument("--angles", type=int, default=1500)
    parser.add_argument("--slices", type=int, default=2048)
    parser.add_argument("--block", type=int, default=64)
    parser.add_argument("--library", choices=("cupy", "torch"), default="cupy")
    parser.add_argument("--device", default="cuda", help="of torch")
    parser.add_argument("--probe-mb", type=int, default=_PROBE_BYTES >> 20, help="moved to measure speeds")
    options = parser.parse_args()
    arrays, wait = place(options.library, options.device)
    theta, cor = np.linspace(0, np.pi, options.angles, endpoint=False), (options.columns - 1) / 2
    rng, block = np.random.default_rng(0), min(options.block, options.slices)
    sinograms = rng.random((block, options.angles, options.columns), dtype=np.float32)
    images = np.empty((block, options.columns, options.columns), np.float32)
    wanted = Gridder(theta, options.columns).reconstruct(sinograms[:1], cor)[0]
    made = DeviceGridder(arrays, theta, options.columns)
    made.reconstruct(sinograms, cor, images)
    difference = np.abs(images[0] - wanted).max() / np.ptp(wanted)
    start = time.perf_counter()
    for _ in range(-(-options.slices // block)):
        made.reconstruct(sinograms, cor, images)
    seconds = (time.perf_counter() - start) * options.slices / (block * -(-options.slices // block))
    measured = speeds(arrays, wait, options.probe_mb << 20)
    up, down = (options.slices * each.nbytes / block for each in (sinograms, images))
    bus = max(up / measured["up"], down / measured["down"])
    memory = options.slices * traffic_bytes(options.columns, options.angles) / measured["memory"]
    print(f"{arrays.name}: {options.slices} slices of {options.columns}² from {options.angles} angles\n")
    print("| | |\n|---|---:|")
    for name, value in measured.items():
        print(f"| {name} | {value / 1e9:.1f} GB/s |")
    print(f"| largest difference from the processor, of the range | {difference:.1e} |")
    print(f"| time | {seconds:.2f} s |")
    for name, floor in (("bus", bus), ("memory", memory)):
        print(f"| floor of the {name} | {floor:.2f} s, the time is {seconds / floor:.1f} of it |")


if __name__ == "__main__":
    main()
