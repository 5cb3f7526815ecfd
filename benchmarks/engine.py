"""Measure the engine: many small tasks, nothing to do, overhead, memory, the ledger.

Run ``python benchmarks/engine.py``; ``--snakemake PATH`` puts Snakemake beside it,
``--million`` adds a sweep of a million points. Prints a table in Markdown, medians.
"""

import argparse
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

from figures import HEAD, Figure, machine

PROGRAM = [sys.executable, "-c", "from batchwork.cli.main import main; main()"]

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


def many(repeat: int, snakemake: str | None, count: int = 1000) -> list[Figure]:
    """Tasks from file to file, whole process; the same copy by Snakemake."""
    ours = []
    for _ in range(repeat):
        with folder(count) as path:
            ours.append(measure([*PROGRAM, "run", "batch.yml"], path))
            assert len(list((path / "results").glob("*.out"))) == count
    theirs = None
    if snakemake:
        with folder(count) as path:
            theirs = measure([snakemake, "-c2", "--quiet", "all"], path).wall
    what = f"engine: {count:,} files to files, whole process"
    return [Figure(what, median(ours).wall, "s", "Snakemake", theirs, most=1.0, times=30)]


def nothing_to_do(repeat: int, snakemake: str | None, small: int = 10_000, large: int = 100_000) -> list[Figure]:
    """A second run that finds everything done."""
    with folder(small) as path:
        measure([*PROGRAM, "run", "batch.yml"], path)
        cost = median([measure([*PROGRAM, "run", "batch.yml"], path) for _ in range(repeat)])
        module = median([measure([sys.executable, "-c", "import flow"], path) for _ in range(repeat)])
        bare = median([measure([sys.executable, "-c", ""], path) for _ in range(repeat)])
        beyond = cost.wall - (module.wall - bare.wall)
        theirs = _nothing_by_snakemake(path, snakemake) if snakemake else None
    what = f"engine: nothing to do, {small:,} items, beyond the module's imports"
    found = [Figure(what, beyond, "s", "Snakemake", theirs, most=0.6)]
    with folder(large) as path:
        measure([*PROGRAM, "run", "batch.yml"], path)
        cost = median([measure([*PROGRAM, "run", "batch.yml"], path) for _ in range(min(repeat, 3))])
    what = f"engine: nothing to do, {large:,} items"
    return [*found, Figure(what, cost.cpu, "CPU s", most=4), Figure(f"{what}: memory", cost.peak / 1e6, "MB", most=400)]


def _nothing_by_snakemake(path: Path, snakemake: str) -> float:
    (path / "out").mkdir()
    for source in (path / "in").iterdir():
        shutil.copyfile(source, path / "out" / f"{source.stem}.out")
    subprocess.run([snakemake, "--touch", "-c1", "--quiet", "all"], cwd=path, check=True, capture_output=True)
    return measure([snakemake, "-c2", "--quiet", "all"], path).wall


def overhead(repeat: int) -> list[Figure]:
    """Time per task that does nothing, in one warm slot."""
    found = []
    for _ in range(repeat):
        with folder(0) as path:
            small, large = (_sweep(path, "empty", n, workers=1)[0] for n in (1, 4000) if _clear(path))
            found.append((large - small) / 3999)
    return [Figure("engine: overhead per task in a warm slot", statistics.median(found) * 1e3, "ms", most=1)]


def _clear(path: Path) -> bool:
    shutil.rmtree(path / "empty", ignore_errors=True)
    return True


def _sweep(path: Path, flow: str, count: int, *, workers: int) -> tuple[float, float]:
    words = [sys.executable, "-c", IN_PROCESS, flow, str(count), str(workers)]
    done = subprocess.run(words, cwd=path, capture_output=True, text=True, check=True)
    seconds, peak = done.stdout.split()[-2:]
    return float(seconds), float(peak)


def million(count: int = 1_000_000) -> list[Figure]:
    """Plan and run a sweep of many points."""
    with folder(0) as path:
        seconds, peak = _sweep(path, "sweep", count, workers=2)
    what = f"engine: {count:,} sweep points planned and run"
    return [Figure(what, seconds), Figure(f"{what}: memory", peak / 1e6, "MB", most=600)]


def transitions(repeat: int) -> list[Figure]:
    """Recording of finished tasks by the coordinator's own path: outputs renamed, rows written, committed in groups."""
    each = statistics.median(_recorded() for _ in range(repeat))
    return [Figure("engine: finished tasks recorded by the ledger", each, "a second", least=10_000)]


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


def figures(*, quick: bool = False) -> Iterator[Figure]:
    """Give all figures."""
    snakemake = _snakemake()
    if quick:
        yield from (*many(1, snakemake, 20), *nothing_to_do(1, snakemake, 50, 100), *million(1000))
        return
    yield from (*many(5, snakemake), *nothing_to_do(3, snakemake), *overhead(3), *transitions(3), *million())


def _snakemake() -> str | None:
    beside = Path(sys.executable).with_name("snakemake")
    return str(beside) if beside.exists() else shutil.which("snakemake")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--snakemake", default=_snakemake(), metavar="PATH")
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--only", choices=["many", "nothing", "overhead", "transitions", "million"])
    given = parser.parse_args()
    parts: dict[str, Callable[[], list[Figure]]] = {
        "many": lambda: many(given.repeat, given.snakemake),
        "nothing": lambda: nothing_to_do(given.repeat, given.snakemake),
        "overhead": lambda: overhead(given.repeat),
        "transitions": lambda: transitions(given.repeat),
        "million": million,
    }
    print(f"{machine()}; medians of {given.repeat}\n\n{HEAD}", flush=True)
    for name, part in parts.items():
        if given.only == name or (given.only is None and (name != "million" or given.million)):
            for figure in part():
                print(figure.row(), flush=True)


if __name__ == "__main__":
    main()
