"""What a neuron's time step costs, as a markdown table.

    python benchmarks/tactile_kernel.py [--repeats 5] [--duration 500]

A blob presses from the start on a grid of 64 x 64; the neurons are Izhikevich's regular spiking ones at
0.5 ms. The kernel is the filter, the noise and the neurons; the whole is `simulate`, with the stimulus, its
weighing and the events. Times are CPU times of the one thread that works, medians, after a run to warm up.
Aims: with noise 6 ns at 300 neurons or more and 9 ns at 64; without noise 1.2 ns.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from batchwork.tactile.kernels import stimuli
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.kernels.grid import Grid
from batchwork.tactile.kernels.lanes import padded, steps_at_once
from batchwork.tactile.kernels.network import Network, Population
from batchwork.tactile.kernels.neurons import MQIF, AdEx, Izhikevich, Neuron
from batchwork.tactile.kernels.noise import STEPS, Noise, Stream
from batchwork.tactile.kernels.simulate import simulate
from figures import Figure

DT_MS = 0.5
LEAST_SECONDS = 0.05
REFERENCE_MS = 99.0
"""What SensoryForge took for the same model on one thread of the machine that the aims were set on."""
_FEW = 300
GRID = Grid(64)


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table."""

    name: str
    population: str
    neurons: int
    sd: float
    neuron: Neuron


CASES = (
    Case("SA", "sa", 64, 3.0, Izhikevich()),
    Case("SA", "sa", 300, 3.0, Izhikevich()),
    Case("RA", "ra", 400, 3.0, Izhikevich()),
    Case("SA", "sa", 10_000, 3.0, Izhikevich()),
    Case("SA", "sa", 64, 0.0, Izhikevich()),
    Case("SA", "sa", 300, 0.0, Izhikevich()),
    Case("RA", "ra", 400, 0.0, Izhikevich()),
    Case("SA, AdEx", "sa", 300, 3.0, AdEx()),
    Case("SA, MQIF", "sa", 300, 3.0, MQIF()),
)


def kernel(population: Population, neuron_steps: int) -> tuple[Callable[[], object], int]:
    """Prepare filter, noise and neurons on drives of a blob, and tell how many neuron-steps a call works out."""
    width = padded(population.neurons)
    stride = steps_at_once(width, STEPS)
    drive, rows = np.zeros((stride, width), np.float32), np.empty((stride, width), np.float32)
    for term in stimuli.Gaussian().terms(GRID, Clock(stride, DT_MS)):
        term.feed(population.weights).add_to(drive, 0)
    stream, sd = Stream(1, 2, population.stream), population.noise.sd_at(DT_MS)
    state, membranes = population.filter.state(drive[:1]), population.neuron.state(width)
    strides = -(-neuron_steps // (stride * population.neurons))

    def call() -> None:
        for i in range(strides):
            rows[:] = drive
            population.filter.run(rows, state, DT_MS)
            if sd:
                stream.add_to(rows, sd, i * stride)
            population.neuron.run(rows, membranes, DT_MS, population.neurons, i * stride)

    return call, strides * stride * population.neurons


def cpu_seconds(call: Callable[[], object], repeats: int) -> float:
    """Take the median CPU time of a call, made often enough to be measured."""
    call()
    times: list[float] = []
    while len(times) < repeats:
        start, calls = time.thread_time(), 0
        while time.thread_time() - start < LEAST_SECONDS:
            call()
            calls += 1
        times.append((time.thread_time() - start) / calls)
    return statistics.median(times)


def measure(case: Case, duration_ms: float, repeats: int) -> tuple[float, float, float]:
    """Give the kernel's and the whole's nanoseconds per neuron-step, and the whole's milliseconds per sample."""
    built = Network.build(GRID, {case.population: case.neurons}, dt_ms=DT_MS, neuron=case.neuron, noise=Noise(case.sd))
    steps = int(duration_ms / DT_MS) * case.neurons
    call, worked = kernel(built.populations[0], steps)
    inner = cpu_seconds(call, repeats) / worked
    whole = cpu_seconds(partial(simulate, built, stimuli.Gaussian(), duration_ms, seed=1, sample=2), repeats)
    return inner * 1e9, whole / steps * 1e9, whole * 1e3


def figures(*, quick: bool = False) -> Iterator[Figure]:
    """Give a neuron's step by its aims, and a stimulus beside the reference's published time."""
    for case in CASES[:1] if quick else CASES[:7]:
        inner, _, _ = measure(case, 50.0 if quick else 500.0, 3)
        noise = "with noise" if case.sd else "without noise"
        most = (9.0 if case.neurons < _FEW else 6.0) if case.sd else 1.2
        yield Figure(f"tactile: a step of {case.neurons:,} {case.name} neurons, {noise}", inner, "CPU ns", most=most)
    network = Network.build(Grid(32), {"sa": 64, "ra": 81, "sa2": 25}, dt_ms=DT_MS)
    for name, stimulus in (("gaussian", stimuli.Gaussian()), ("moving", stimuli.Moving())):
        seconds = cpu_seconds(partial(simulate, network, stimulus, 150, seed=1, sample=2), 3)
        what = f"tactile: one {name} stimulus, grid 32, 170 neurons, 150 ms"
        yield Figure(what, 1e3 * seconds, "CPU ms", "SensoryForge, measured before", REFERENCE_MS, times=100)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--duration", type=float, default=500.0, help="of a sample, in ms")
    options = parser.parse_args()
    print("| population | neurons | noise | kernel ns/neuron-step | whole ns/neuron-step | ms/sample |")
    print("|---|---:|---|---:|---:|---:|")
    for case in CASES:
        inner, whole, sample = measure(case, options.duration, options.repeats)
        noise = "yes" if case.sd else "no"
        print(f"| {case.name} | {case.neurons:,} | {noise} | {inner:.2f} | {whole:.2f} | {sample:.3f} |")
    print("\n| sample of the reference (grid 32, 64 + 81 + 25 neurons, 150 ms) | CPU ms |\n|---|---:|")
    network = Network.build(Grid(32), {"sa": 64, "ra": 81, "sa2": 25}, dt_ms=DT_MS)
    for name, stimulus in (("gaussian", stimuli.Gaussian()), ("moving", stimuli.Moving())):
        seconds = cpu_seconds(partial(simulate, network, stimulus, 150, seed=1, sample=2), options.repeats)
        print(f"| {name} | {seconds * 1e3:.3f} |")


if __name__ == "__main__":
    main()
