"""All figures that were promised, beside their peers, as one table in Markdown.

    python benchmarks/all.py [--quick] [--only tomo_fbp,engine] [--readme README.md]

Each benchmark runs in a process of its own, one after the other; one that fails, or takes too long, is a row that says
so. ``--quick`` takes small sizes, to see that all of them run: its figures are not those that were promised.
``--readme`` also puts the table between the marks of a page.
"""

import argparse
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import asdict, replace
from pathlib import Path

from figures import HEAD, Figure, machine, table

BENCHMARKS = (
    "engine",
    "tomo_fbp",
    "tomo_volume",
    "tomo_try",
    "tomo_stripes",
    "tomo_centres",
    "tomo_iterative",
    "pixels_predict",
    "pixels_peers",
    "pixels_training",
    "pixels_batch",
    "tactile_kernel",
    "tactile_sweep",
    "screening_kernels",
    "screening_plate",
)
SECONDS = 420
"""Most that one of them may take."""
_MARKS = "<!-- figures -->", "<!-- end of figures -->"


def measured(name: str, *, quick: bool) -> Iterator[Figure]:
    """Run one benchmark in a process of its own."""
    words = [sys.executable, __file__, "--one", name, *(["--quick"] if quick else [])]
    pipe = subprocess.PIPE
    process = subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True, start_new_session=True)
    try:
        printed, told = process.communicate(timeout=SECONDS)
        reason = next(reversed(told.split("\n")[:-1]), f"exit code {process.returncode}")
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        printed, _ = process.communicate()
        reason = f"took more than {SECONDS} s"
    yield from (Figure(**json.loads(line)) for line in printed.splitlines())
    if process.returncode:
        yield Figure(f"`benchmarks/{name}.py`", note=f"failed: {reason}")


def print_one(name: str, *, quick: bool) -> None:
    """Print the figures of a benchmark, a line of JSON each as soon as it is there."""
    out = sys.stdout
    with redirect_stdout(sys.stderr):
        for figure in importlib.import_module(name).figures(quick=quick):
            shown = replace(figure, most=None, least=None, times=None) if quick else figure
            print(json.dumps(asdict(shown)), file=out, flush=True)


def put_into(page: Path, text: str) -> None:
    """Replace what stands between the marks of a page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(_MARKS[0])
    _, _, after = rest.partition(_MARKS[1])
    page.write_text(f"{before}{_MARKS[0]}\n{text}\n{_MARKS[1]}{after}", encoding="utf-8")


def main() -> None:
    """Run them all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default=",".join(BENCHMARKS))
    parser.add_argument("--readme", type=Path)
    parser.add_argument("--one", choices=BENCHMARKS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print_one(asked.one, quick=asked.quick)
        return
    start, found = time.monotonic(), list[Figure]()
    print(f"{machine()}{', small sizes' if asked.quick else ''}\n\n{HEAD}", flush=True)
    for name in asked.only.split(","):
        for figure in measured(name, quick=asked.quick):
            found.append(figure)
            print(figure.row(), flush=True)
    print(f"\nmeasured in {(time.monotonic() - start) / 60:.1f} min")
    if asked.readme:
        put_into(asked.readme, f"Measured by `make bench` on {machine()}.\n\n{table(found)}")


if __name__ == "__main__":
    main()
