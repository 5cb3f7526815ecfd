"""The demonstration finds the round cells that it has drawn."""

import csv

import h5py
import numpy as np

from batchwork.pixels.cli.demo import demo
from batchwork.pixels.demo import IMAGES, LABELLED, draw_cells


def test_round_cells_are_told_from_long_ones(tmp_path):
    batch = demo(tmp_path)
    assert batch.run().exit_code == 0
    results = batch.definition.out
    right = []
    for number in range(1, IMAGES + 1):
        _, truth = draw_cells(seed=number)
        with h5py.File(results / f"cells_{number}_Probabilities.h5") as file:
            found = np.asarray(file["exported_data"]).argmax(axis=-1) + 1
        right.append((found == truth).mean())
        assert (results / f"pictures/cells_{number}.png").exists()
    assert len(right) > len(LABELLED)
    assert min(right) > 0.93
    with (results / "cells_6_objects.csv").open(newline="") as file:
        assert sum(float(row["roundness"]) > 0.6 for row in csv.DictReader(file)) >= 8


def test_what_is_there_stays(tmp_path):
    demo(tmp_path).run()
    before = _times(tmp_path)
    demo(tmp_path).run()
    assert _times(tmp_path) == before


def _times(folder):
    found = [path for path in folder.rglob("*") if path.is_file() and ".batchwork" not in path.parts]
    return {path: path.stat().st_mtime_ns for path in found}
