import h5py
import numpy as np
from tests.pixels.conftest import write_project
from tests.pixels.forests import blobs


def test_a_project(batchwork, cells):
    told = batchwork("pixels", "info", cells.project).out
    assert "classes cell, rest" in told
    assert "30 trees" in told
    assert "GaussianSmoothing: σ = 0.7, 1.6" in told
    assert "cells.png, axes yxc, (40, 50, 1)" in told
    assert told.endswith("ready to predict\n")
    (cells.folder / "cells.png").unlink()
    assert "cells.png (not found)" in batchwork("pixels", "info", cells.project).out


def test_a_project_that_cannot_predict_says_why(batchwork, tmp_path):
    write_project(tmp_path / "p.ilp")
    with h5py.File(tmp_path / "p.ilp", "a") as file:
        del file["PixelClassification/ClassifierForests"]
    found = batchwork("pixels", "info", tmp_path / "p.ilp", "--json").json
    assert "no trained classifier" in found["problem"]
    assert found["stages"][0]["labels"] == ["cell", "rest"]


def test_the_images_of_a_container_and_a_picture(batchwork, cells):
    with h5py.File(cells.folder / "a.h5", "w") as file:
        file["x/y"], file["z"], file["table"] = blobs(3, 40, 50), blobs(40, 50), np.zeros(3)
    told = batchwork("pixels", "info", cells.folder / "a.h5", cells.folder / "cells.png").out.splitlines()
    assert told == [
        f"{cells.folder}/a.h5/x/y: axes zyx, (3, 40, 50), uint8",
        f"{cells.folder}/a.h5/z: axes yx, (40, 50), uint8",
        f"{cells.folder}/cells.png: axes yx, (40, 50), uint8",
    ]
