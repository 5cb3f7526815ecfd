"""Small simulated plates, and running the program on them."""

import json
from pathlib import Path

from tests.commands import program

from batchwork.screening.plates.simulated import write_plate
from batchwork.screening.simulation.plate import PlateDesign

SMALL = ("--control-cells", "10", "--twin-sites", "0", "--quiet", "--workers", "1")
"""What a plate of small images needs; workers may be given again."""


def make_plate(folder: Path, wells: int = 3, sites: int = 2, seed: int = 1, size: int = 256) -> list[Path]:
    """Write a plate of small images, and give them."""
    return write_plate(folder, PlateDesign(wells=wells, sites=sites, seed=seed, shape=(size, size)))


def run(images: Path, results: Path, *words: object, workflow: str = "cell_analysis", code: int | None = 0, **more):
    """Run a workflow on a plate of small images."""
    small = SMALL if workflow != "pixel_analysis_workflow1" else SMALL[4:]
    words = (*small, *words)
    return program("screening", "run", workflow, "--input", images, "--folder", results, *words, code=code, **more)


def planned(images: Path, results: Path, *words: object) -> set[tuple[str, str]]:
    """Name items and steps that a run would take on."""
    done = run(images, results, "--dry-run", "--json", *words)
    return {(task["item"], task["step"]) for task in json.loads(done.stdout)["tasks"]}


def scores(results: Path) -> dict[str, dict]:
    """Give the scores of wells by name."""
    return {row["well"]: row for row in json.loads(program("screening", "scores", results, "--json").stdout)["wells"]}


def tables(results: Path) -> dict[str, bytes]:
    """Give the bytes of everything that a run has made but for its ledger and logs."""
    files = (path for path in sorted(results.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(results)): path.read_bytes()
        for path in files
        if not path.relative_to(results).parts[0].startswith(".")
    }


def same(one: Path, other: Path) -> None:
    """See that two folders of results are equal to the byte."""
    first, second = tables(one), tables(other)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
