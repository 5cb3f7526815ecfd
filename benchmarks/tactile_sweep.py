"""Whole sweeps, from the configuration to the written results, as a markdown table.

    python benchmarks/tactile_sweep.py [--repeats 5] [--threads 2] [--large 100000]

Each sweep is the command ``batchwork tactile batch`` in a process of its own and an empty folder. Start-up is the same
command on one stimulus of the same network; it is taken off in the last column, which is what the aims are about:
60 stimuli in 1 s, 120 in 1.5 s, 450 in 4 s; 100,000 small ones in 3 min, all told. Medians; memory is that of the
larger process.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from figures import Figure

PROGRAM = [sys.executable, "-c", "from batchwork.cli.main import main; main()"]

PAIRS = """\
pipeline: {grid_size: 40, duration_ms: 200.0}
neurons: {sa_neurons: 80, ra_neurons: 100}
stimuli:
  - {type: gaussian, amplitude: [10, 20, 30, 40, 50], sigma: [0.3, 0.5, 0.7, 0.9], repetitions: 3}
"""
KINDS = """\
pipeline: {grid_size: 64, duration_ms: 300.0}
neurons: {sa_neurons: 150, ra_neurons: 200}
stimuli:
  - {type: gaussian, amplitude: [15, 25, 35, 45], sigma: [0.4, 0.6, 0.8], repetitions: 5}
  - {type: step, amplitude: [20, 30, 40], step_time: [50.0, 100.0, 150.0], repetitions: 5}
  - {type: ramp, initial: 0.0, final: [30, 40, 50], repetitions: 5}
"""
FINE = """\
pipeline: {grid_size: 128}
neurons: {sa_neurons: 300, ra_neurons: 400}
stimuli:
  - type: gaussian
    amplitude: [10, 15, 20, 25, 30, 35, 40, 45, 50]
    sigma: [0.2, 0.4, 0.6, 0.8, 1.0]
    repetitions: 10
"""
SMALL = """\
pipeline: {grid_size: 32, duration_ms: 100.0}
neurons: {sa_neurons: 30, ra_neurons: 40}
stimuli:
  - {type: gaussian, amplitude: {linspace: [10, 50, 100]}, sigma: {linspace: [0.2, 1.0, 10]}, repetitions: REPETITIONS}
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table."""

    name: str
    stimuli: int
    form: str
    text: str


CASES = (
    Case("amplitude × sigma, grid 40", 60, "pytorch", PAIRS),
    Case("three kinds, grid 64", 120, "hdf5", KINDS),
    Case("amplitude × sigma, grid 128", 450, "pytorch", FINE),
)


def run(case: Case, threads: int, *words: str) -> tuple[float, int]:
    """Run a sweep in an empty folder, and give its seconds and the bytes of the larger of its processes."""
    with tempfile.TemporaryDirectory() as folder:
        batch = f"batch: {{output_dir: out, format: {case.form}, num_workers: {threads}}}\n"
        (Path(folder) / "sweep.yml").write_text(batch + case.text)
        start = time.perf_counter()
        with Path(os.devnull).open("wb") as nothing:
            job = os.posix_spawn(
                PROGRAM[0],
                [*PROGRAM, "tactile", "batch", f"{folder}/sweep.yml", "--quiet", "--out", f"{folder}/out", *words],
                os.environ,
                file_actions=[(os.POSIX_SPAWN_DUP2, nothing.fileno(), number) for number in (1, 2)],
            )
            _, code, used = os.wait4(job, 0)
        seconds = time.perf_counter() - start
        if code:
            raise SystemExit(f"{case.name}: the sweep ended with {os.waitstatus_to_exitcode(code)}")
        return seconds, used.ru_maxrss * 1024


def line(case: Case, threads: int, repeats: int) -> str:
    """Measure one sweep."""
    starts = [run(case, threads, "--limit", "1")[0] for _ in range(repeats)]
    found = [run(case, threads) for _ in range(repeats)]
    whole, start = statistics.median(seconds for seconds, _ in found), statistics.median(starts)
    memory = max(size for _, size in found) / (1 << 20)
    return f"| {case.name} | {case.stimuli:,} | {case.form} | {whole:.2f} | {memory:.0f} | {whole - start:.2f} |"


def figures(*, quick: bool = False) -> Iterator[Figure]:
    """Give each sweep without start-up, and many small ones with it."""
    starts = [run(CASES[0], 2, "--limit", "1")[0] for _ in range(1 if quick else 3)]
    yield Figure("tactile: start-up, one stimulus", statistics.median(starts), "s", most=2.5)
    for case, most in zip(CASES[:1] if quick else CASES, (1.0, 1.5, 4.0), strict=False):
        start = statistics.median(run(case, 2, "--limit", "1")[0] for _ in starts)
        found = statistics.median(run(case, 2)[0] for _ in starts)
        yield Figure(f"tactile: {case.stimuli} stimuli, {case.name}, to {case.form}", found - start, "s", most=most)
    count = 1000 if quick else 100_000
    small = Case("small", count, "pytorch", SMALL.replace("REPETITIONS", str(count // 1000)))
    seconds, size = run(small, 2)
    yield Figure(f"tactile: {count:,} small stimuli, whole process", seconds, "s", most=180)
    yield Figure("tactile: the same, memory", size / 1e6, "MB")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--large", type=int, default=100_000, help="stimuli of the last line, a multiple of 1,000")
    args = parser.parse_args()
    print("| sweep | stimuli | format | s | MiB | s without start-up |\n|---|---:|---|---:|---:|---:|")
    for case in CASES:
        print(line(case, args.threads, args.repeats), flush=True)
    if args.large:
        text = SMALL.replace("REPETITIONS", str(args.large // 1000))
        print(line(Case("small, grid 32", args.large, "pytorch", text), args.threads, 1))


if __name__ == "__main__":
    main()
