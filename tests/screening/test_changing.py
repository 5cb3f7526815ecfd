"""Tags, kills and truth: a plate ends in the bytes of a run from scratch, whatever came between."""

import json
import shutil
import signal
import subprocess
import time

from tests.commands import PROGRAM, program
from tests.screening.plates_made import SMALL, make_plate, run, same, scores, tables


def test_an_outlier_in_a_table_counts_as_in_a_run_from_scratch(whole, tmp_path):
    shutil.copytree(whole / "fresh", tmp_path / "tagged")
    name = sorted((whole / "images").glob("*.tiff"))[3].name
    table = tmp_path / "outliers.csv"
    table.write_text(f"filename,label\n{name.removesuffix('.tiff')}.h5,1\n")
    done = run(whole / "images", tmp_path / "tagged", "--outliers", table, "--json")
    state = json.loads(done.stdout)
    assert {item["key"]: item["values"].get("outlier") for item in state["items"]}[name] == 1
    run(whole / "images", tmp_path / "fresh", "--outliers", table)
    same(tmp_path / "tagged", tmp_path / "fresh")
    well = scores(tmp_path / "fresh")[name[4:7]]
    assert well["sites"] == 1
    exported = tmp_path / "csv"
    program("screening", "export", tmp_path / "fresh", "--out", exported)
    marked = [line for line in (exported / "images.csv").read_text().splitlines() if "marked by hand" in line]
    assert len(marked) == 1
    assert name.removesuffix(".tiff") in marked[0]


def test_a_run_that_is_killed_goes_on_to_the_same_bytes(whole, tmp_path):
    words = ["screening", "run", "cell_analysis", "--input", whole / "images", "--folder", tmp_path / "killed", *SMALL]
    process = subprocess.Popen(list(map(str, [*PROGRAM, *words])), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 120
        while not list((tmp_path / "killed").glob("*.h5")) and time.monotonic() < until:
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=120)
    assert 0 < len(list((tmp_path / "killed").glob("*.h5"))) <= 6
    run(whole / "images", tmp_path / "killed")
    same(tmp_path / "killed", whole / "fresh")


def test_scores_are_near_the_truth(tmp_path):
    make_plate(tmp_path / "images", wells=3, sites=3, seed=2, size=512)
    truth = json.loads((tmp_path / "images" / "truth.json").read_text())["wells"]
    run(tmp_path / "images", tmp_path / "results")
    found = scores(tmp_path / "results")
    assert found["A01"]["score"] is None
    assert found["A01"]["qc"] == ["mock well"]
    for well in ("A02", "A03"):
        assert abs(found[well]["score"] - truth[well]["ratio"]) < 0.2
        assert found[well]["low"] < found[well]["score"] < found[well]["high"]
    assert len(tables(tmp_path / "results")) > 10
