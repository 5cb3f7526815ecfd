"""Measure the engine: many small tasks, nothing to do, overhead, memory, the ledger.

Run ``python benchmarks/engine.py``; ``--snakemake PATH`` puts Snakemake beside it,
``--million`` adds a sweep of a million points. Prints a table in Markdown, medians.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

PROGRAM = [str(Path(sys.executable).with_name("batchwork"))]

FLOW = '''
import shutil
from pathlib import Path
import batchwork as bw

@bw.step(outputs="{stem}.out", version="1")
def copy(source: Path, output: Path) -> None:
    """Copy a file."""
    shutil.copyfile(source, output)

@bw.step(writes=("y",))
def square(x: int) -> dict[str, int]:
    """Square a number."""
    return {"y": x * x}

@bw.step
def nothing(key: str) -> None:
    """Do nothing."""

flow = bw.Workflow("copy", steps=[copy])
sweep = bw.Workflow("sweep", steps=[square])
empty = bw.Workflow("empty", steps=[nothing])
'''

CONFIG = "workflow: flow.py:flow\nitems: in/*.txt\nout: results\nrun: {workers: 2, gpus: none}\n"

SNAKEFILE = """
NAMES = glob_wildcards("in/{name}.txt").name
rule all:
    input: expand("out/{name}.out", name=NAMES)
rule copy:
    input: "in/{name}.txt"
    output: "out/{name}.out"
    shell: "cp {input} {output}"
"""

IN_PROCESS = """
import resource, sys, time
import batchwork as bw
from batchwork.engine.loading import load_workflow
from pathlib import Path
flow, _ = load_workflow("flow.py:" + sys.argv[1], Path.cwd())
count = int(sys.argv[2])
source = bw.sweep(x=list(range(count)))
start = time.perf_counter()
options = bw.RunOptions(workers=int(sys.argv[3]), gpus="none")
report = bw.Batch.create(sys.argv[1], flow, items=source, options=options).run()
assert report.counts == {"done": count}, report.counts
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


class Cost(NamedTuple):
    """What a command took: wall and CPU seconds of its whole process tree, its largest process in bytes."""

    wall: float
    cpu: float
    peak: float


class Row(NamedTuple):
    """One line of the table."""

    what: str
    figure: str
    target: str


@contextmanager
def folder(count: int) -> Iterator[Path]:
    """Make a project folder with inputs."""
    path = Path(tempfile.mkdtemp(prefix="batchwork-bench-"))
    try:
        (path / "in").mkdir()
        for i in range(count):
            (path / "in" / f"item_{i:06d}.txt").write_text(f"text {i}")
        (path / "flow.py").write_text(FLOW)
        (path / "batch.yml").write_text(CONFIG)
        (path / "Snakefile").write_text(SNAKEFILE)
        yield path
    finally:
        shutil.rmtree(path)


def measure(command: list[str], cwd: Path, codes: tuple[int, ...] = (0,)) -> Cost:
    """Run a command in a process of its own that reports its children's costs."""
    text = (
        "import json, os, resource, subprocess, sys, time; start = time.perf_counter(); "
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE); "
        "wall = time.perf_counter() - start; "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "sys.stderr.buffer.write(done.stderr[-2000:]); "
        "print(done.returncode, wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)"
    )
    done = subprocess.run([sys.executable, "-c", text, *command], cwd=cwd, capture_output=True, text=True, check=True)
    code, wall, cpu, peak = done.stdout.split()
    if int(code) not in codes:
        raise SystemExit(f"{' '.join(command)} ended with {code}:\n{done.stderr}")
    return Cost(float(wall), float(cpu), float(peak))


def median(costs: list[Cost]) -> Cost:
    """Give the median of each figure."""
    return Cost(*(statistics.median(column) for column in zip(*costs, strict=True)))


def many(repeat: int, snakemake: str | None) -> list[Row]:
    """1,000 file-to-file tasks, whole process; the same copy by Snakemake."""
    ours, theirs = [], []
    for _ in range(repeat):
        with folder(1000) as path:
            ours.append(measure([*PROGRAM, "run", "batch.yml"], path))
            assert len(list((path / "results").glob("*.out"))) == 1000
    wall = median(ours).wall
    rows = [Row("1,000 file-to-file tasks, whole process", f"{wall:.2f} s", "≤ 1.0 s")]
    if snakemake:
        for _ in range(max(1, min(repeat, 3))):
            with folder(1000) as path:
                theirs.append(measure([snakemake, "-c2", "--quiet", "all"], path))
        peer = median(theirs).wall
        rows.append(Row("the same by Snakemake -c2", f"{peer:.1f} s ({peer / wall:.0f} × ours)", "≥ 30 ×"))
    return rows


def nothing_to_do(repeat: int, snakemake: str | None) -> list[Row]:
    """A second run that finds everything done."""
    rows = []
    with folder(10_000) as path:
        measure([*PROGRAM, "run", "batch.yml"], path)
        cost = median([measure([*PROGRAM, "run", "batch.yml"], path) for _ in range(repeat)])
        module = median([measure([sys.executable, "-c", "import flow"], path) for _ in range(repeat)])
        bare = median([measure([sys.executable, "-c", ""], path) for _ in range(repeat)])
        beyond = cost.wall - (module.wall - bare.wall)
        rows.append(Row("nothing to do, 10,000 items, whole process", f"{cost.wall:.2f} s", ""))
        rows.append(Row("the same beyond the workflow module's imports", f"{beyond:.2f} s", "≤ 0.6 s"))
        if snakemake:
            (path / "out").mkdir()
            for source in (path / "in").iterdir():
                shutil.copyfile(source, path / "out" / f"{source.stem}.out")
            subprocess.run([snakemake, "--touch", "-c1", "--quiet", "all"], cwd=path, check=True, capture_output=True)
            peer = measure([snakemake, "-c2", "--quiet", "all"], path)
            rows.append(Row("the same by Snakemake", f"{peer.wall:.1f} s", ""))
    with folder(100_000) as path:
        measure([*PROGRAM, "run", "batch.yml"], path)
        cost = median([measure([*PROGRAM, "run", "batch.yml"], path) for _ in range(min(repeat, 3))])
        rows.append(
            Row(
                "nothing to do, 100,000 items, CPU of all processes",
                f"{cost.cpu:.2f} s ({cost.wall:.2f} s wall)",
                "≤ 4 s",
            )
        )
        rows.append(Row("its peak memory", f"{cost.peak / 1e6:.0f} MB", "< 400 MB"))
    return rows


def overhead(repeat: int) -> list[Row]:
    """Time per task that does nothing, in one warm slot."""
    found = []
    for _ in range(repeat):
        with folder(0) as path:
            small, large = (_sweep(path, "empty", n, workers=1)[0] for n in (1, 4000) if _clear(path))
            found.append((large - small) / 3999)
    return [Row("overhead per task in a warm slot", f"{statistics.median(found) * 1e3:.2f} ms", "≤ 1 ms")]


def _clear(path: Path) -> bool:
    shutil.rmtree(path / "empty", ignore_errors=True)
    return True


def _sweep(path: Path, flow: str, count: int, *, workers: int) -> tuple[float, float]:
    words = [sys.executable, "-c", IN_PROCESS, flow, str(count), str(workers)]
    done = subprocess.run(words, cwd=path, capture_output=True, text=True, check=True)
    seconds, peak = done.stdout.split()[-2:]
    return float(seconds), float(peak)


def million(count: int = 1_000_000) -> list[Row]:
    """Plan and run a sweep of a million points."""
    with folder(0) as path:
        seconds, peak = _sweep(path, "sweep", count, workers=2)
    what = f"{count:,} sweep points planned and run"
    return [
        Row(what, f"{seconds:.0f} s ({seconds / count * 1e6:.0f} µs each)", ""),
        Row("peak memory of its coordinator", f"{peak / 1e6:.0f} MB", "< 600 MB"),
    ]


def transitions(repeat: int) -> list[Row]:
    """Recording of finished tasks by the coordinator's own path: outputs renamed, rows written, committed in groups."""
    return [
        Row(
            "ledger: finished tasks recorded",
            f"{statistics.median(_recorded() for _ in range(repeat)):,.0f} a second",
            "≥ 10,000",
        )
    ]


def _recorded(count: int = 20_000) -> float:
    import batchwork as bw
    from batchwork.engine.backends.base import Finished
    from batchwork.engine.intake import take_in
    from batchwork.engine.ledger import rows
    from batchwork.engine.ledger.ledger import create_home, open_writer
    from batchwork.engine.loading import load_module, load_workflow
    from batchwork.engine.planner import Planner
    from batchwork.engine.plans import Selection
    from batchwork.engine.preparing import Preparer
    from batchwork.engine.settling import Settler

    report = {"state": "done", "values": {}, "outputs": {}, "seconds": 0.1, "peak": 1, "log": False}
    with folder(0) as path:
        load_module.cache_clear()
        flow, _ = load_workflow("flow.py:empty", path)
        batch = bw.Batch.create(path / "out", flow, items=bw.sweep(x=list(range(count))))
        ledger = open_writer(create_home(batch.definition.out, "empty"))
        take_in(ledger, batch.definition.source, batch.definition.out)
        planner = Planner(ledger, batch.definition, Selection(), collect=False)
        planner.make()
        ledger.commit()
        preparer = Preparer(ledger, batch.definition, 1, planner.book)
        settler = Settler(ledger, str(batch.definition.out), "here")
        tasks = rows.ready_tasks(ledger.db, "nothing", 0, count)
        items = rows.items_by_id(ledger.db, [task.item for task in tasks if task.item is not None])
        prepared = [preparer.item_task(task, items[task.item]) for task in tasks if task.item is not None]
        start = time.perf_counter()
        for number, task in enumerate(prepared):
            settler.finished(task, Finished(task.row.id, "cpu:0", report))
            if number % 50 == 49:
                ledger.commit()
        ledger.commit()
        seconds = time.perf_counter() - start
        ledger.close()
    return count / seconds


def machine() -> str:
    """Name what this was measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores, version = len(os.sched_getaffinity(0)), platform.python_version()
    return f"{platform.machine()}, {cores} cores, {memory:.0f} GiB, Python {version}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--snakemake", default=shutil.which("snakemake"), metavar="PATH")
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--only", choices=["many", "nothing", "overhead", "transitions", "million"])
    given = parser.parse_args()
    parts: dict[str, Callable[[], list[Row]]] = {
        "many": lambda: many(given.repeat, given.snakemake),
        "nothing": lambda: nothing_to_do(given.repeat, given.snakemake),
        "overhead": lambda: overhead(given.repeat),
        "transitions": lambda: transitions(given.repeat),
        "million": million,
    }
    print(f"{machine()}; medians of {given.repeat}\n\n| what | measured | target |\n|---|---|---|", flush=True)
    for name, part in parts.items():
        if given.only == name or (given.only is None and (name != "million" or given.million)):
            for row in part():
                print(f"| {row.what} | {row.figure} | {row.target} |", flush=True)


if __name__ == "__main__":
    main()
