"""``pixels predict`` from the words of a command to files."""

import h5py
import numpy as np
from PIL import Image
from tests.pixels.conftest import write_project
from tests.pixels.forests import blobs

from batchwork.pixels.prediction import predict
from batchwork.pixels.projects import read_project


def read(path, inner="exported_data"):
    with h5py.File(path) as file:
        return file[inner][()]


def wanted(project, pixels):
    return predict(read_project(project).classifiers(), pixels, "yx")


def test_images_of_several_folders_then_only_what_changed(batchwork, cells):
    first, second = cells.image("day1/im.png", seed=1), cells.image("day2/im.png", seed=2)
    done = batchwork("pixels", "predict", "--project", cells.project, first, second, "--workers", 2)
    assert f"Results saved to {cells.folder}" in done.out
    for path, seed in ((first, 1), (second, 2)):
        out = path.with_name("im_Probabilities.h5")
        np.testing.assert_array_equal(read(out), wanted(cells.project, blobs(40, 50, seed=seed)))
    before = first.with_name("im_Probabilities.h5").stat().st_mtime_ns
    cells.image("day2/im.png", seed=3)
    assert "1 task run" in batchwork("pixels", "predict", "--project", cells.project, first, second).out
    assert first.with_name("im_Probabilities.h5").stat().st_mtime_ns == before
    write_project(cells.project, names=("a", "b", "c"))
    assert "2 tasks run" in batchwork("pixels", "predict", "--project", cells.project, first, second).out
    assert read(first.with_name("im_Probabilities.h5")).shape == (40, 50, 3)


def test_an_ilastik_command_line_runs_as_it_is(batchwork, cells):
    first, second = cells.image("a.png", seed=1), cells.image("b.png", seed=2)
    out = cells.folder / "out"
    words = ["--headless", "--readonly", f"--project={cells.project}", "--logfile", "x.log", "--output_format=numpy",
             f"--output_filename_format={out}/{{nickname}}-{{result_type}}.npy", "--export_source=Simple Segmentation",
             "--export_dtype=uint16", "--output_axis_order=cyx", "--raw_data", first, second]  # fmt: skip
    batchwork("pixels", "predict", *words)
    for name, seed in (("a", 1), ("b", 2)):
        found = np.load(out / f"{name}-Simple Segmentation.npy")
        assert found.dtype == np.uint16
        np.testing.assert_array_equal(found[0], wanted(cells.project, blobs(40, 50, seed=seed)).argmax(-1) + 1)


def test_results_of_other_commands_stay_in_the_table_and_stay_done(batchwork, cells):
    image = cells.image("a.png", seed=1)
    batchwork("pixels", "predict", "--project", cells.project, image)
    batchwork("pixels", "predict", "--project", cells.project, image, "--export-source", "Uncertainty")
    states = {one["key"]: one["status"] for one in batchwork("status", cells.folder, "--json").json["items"]}
    assert states == {"a_Probabilities.h5": "done", "a_Uncertainty.h5": "done"}
    assert "0 tasks run" in batchwork("pixels", "predict", "--project", cells.project, image).out


def test_what_the_project_says_is_the_default(batchwork, cells):
    export = {
        "OutputFilenameFormat": b"{dataset_dir}/own/{nickname}", "OutputFormat": b"compressed hdf5",
        "OutputInternalPath": b"deep/down", "ExportDtype": b"uint8", "InputMin": 0.0, "InputMax": 1.0,
        "ExportMin": 0.0, "ExportMax": 100.0, "OutputAxisOrder": b"cyx",
    }  # fmt: skip
    write_project(cells.project, export=export)
    image = cells.image("a.png", seed=1)
    batchwork("pixels", "predict", "--project", cells.project, image)
    found = read(cells.folder / "own" / "a.h5", "deep/down")
    np.testing.assert_array_equal(
        found, np.rint(np.moveaxis(wanted(cells.project, blobs(40, 50, seed=1)), -1, 0) * 100)
    )


def test_the_worst_images_come_first(batchwork, cells):
    cells.image("cells.png")
    bright = cells.folder / "bright.png"
    Image.fromarray(np.full((40, 50), 255, np.uint8)).save(bright)
    (cells.folder / "cut.png").write_bytes(bright.read_bytes()[:40])
    images = [cells.folder / name for name in ("cells.png", "bright.png", "cut.png")]
    done = batchwork("pixels", "predict", "--project", cells.project, *images, code=1)
    assert "cut.png: cannot be read as an image" in done.out
    lines = batchwork("pixels", "report", cells.folder, "--json", "--csv", cells.folder / "t.csv").json["results"]
    assert [line["result"] for line in lines] == [f"{name}_Probabilities.h5" for name in ("cut", "bright", "cells")]
    assert lines[0]["error"].startswith("UnreadableImage")
    assert lines[1]["drift"] > 1
    assert lines[2]["drift"] == 0
    assert "bright_Probabilities.h5: the image is unlike the training images" in done.err
    assert (cells.folder / "t.csv").read_text().splitlines()[0].startswith("result,status,uncertainty,drift")
    assert "bright_Probabilities.h5" in batchwork("pixels", "report", cells.folder).out


def test_the_step_stands_in_a_configuration_file_too(batchwork, cells):
    cells.image("in/a.png", seed=1)
    config = cells.folder / "batch.yml"
    config.write_text(
        f"workflow: pixels\nitems: in/*.png\nout: results\n"
        f"params:\n  predict: {{project: {cells.project}, export_source: Uncertainty, output_format: numpy}}\n"
    )
    batchwork("run", config)
    assert np.load(cells.folder / "results" / "a_Uncertainty.npy").shape == (40, 50, 1)


def test_a_range_that_a_project_stores_alone_does_not_count(batchwork, cells):
    write_project(cells.project, export={"InputMin": 0.0, "InputMax": 1.0})
    batchwork("pixels", "predict", "--project", cells.project, cells.image("a.png", seed=1))
    found = read(cells.folder / "a_Probabilities.h5")
    np.testing.assert_array_equal(found, wanted(cells.project, blobs(40, 50, seed=1)))
