"""What ``pixels predict`` takes as one image: regions, stacks and masks; and with how much of the machine."""

import json

import h5py
import numpy as np
from tests.pixels.forests import blobs

from batchwork.pixels.prediction import predict
from batchwork.pixels.projects import read_project


def read(path, inner="exported_data"):
    with h5py.File(path) as file:
        return file[inner][()]


def wanted(project, pixels):
    return predict(read_project(project).classifiers(), pixels, "yx")


def test_several_regions_of_one_file(batchwork, cells):
    image = cells.image("a.png", seed=1)
    regions = ["[(0,5,None),(20,30,None)]", "[(20,5,None),(40,30,None)]"]
    given = [word for region in regions for word in ("--cutout_subregion", region)]
    template = cells.folder / "{nickname}_{y_start:02d}-{y_stop}_{c_stop}"
    batchwork("pixels", "predict", "--project", cells.project, "--output_filename_format", template, *given, image)
    whole = wanted(cells.project, blobs(40, 50, seed=1))
    np.testing.assert_array_equal(read(cells.folder / "a_00-20_2.h5"), whole[:20, 5:30])
    np.testing.assert_array_equal(read(cells.folder / "a_20-40_2.h5"), whole[20:, 5:30])
    same = batchwork("pixels", "predict", "--project", cells.project, *given, image, code=2)
    assert "a_Probabilities.h5: the results of" in same.text
    assert "{x_start}" in same.text


def test_a_stack_is_shown_before_it_runs_and_runs_again_when_a_slice_changes(batchwork, cells):
    for number in (1, 2, 10):
        cells.image(f"s/z_{number}.png", seed=number)
    words = ["pixels", "predict", "--project", cells.project, "--stack-along", "t", f"{cells.folder}/s/z_*.png"]
    planned = batchwork(*words, "--dry-run")
    assert "3 files along t: z_1.png, z_2.png, z_10.png" in planned.err
    assert not list((cells.folder / "s").glob("*.h5"))
    assert not (cells.folder / "s" / ".batchwork").exists()
    batchwork(*words)
    found = read(cells.folder / "s" / "z__Probabilities.h5")
    np.testing.assert_array_equal(found[2], wanted(cells.project, blobs(40, 50, seed=10)))
    assert "0 tasks run" in batchwork(*words).out
    cells.image("s/z_10.png", seed=11)
    batchwork(*words)
    found = read(cells.folder / "s" / "z__Probabilities.h5")
    np.testing.assert_array_equal(found[2], wanted(cells.project, blobs(40, 50, seed=11)))


def test_masks_for_all_and_for_each(batchwork, cells):
    images = [cells.image(f"{name}.png", seed=seed) for seed, name in enumerate("ab")]
    masks = []
    for number in range(2):
        mask = np.zeros((40, 50), np.uint8)
        mask[:, 20 * number :] = 1
        masks.append(cells.folder / f"m{number}.npy")
        np.save(masks[-1], mask)
    project = ["pixels", "predict", "--project", cells.project]
    batchwork(*project, "--raw_data", *images, "--prediction_mask", *masks)
    assert read(cells.folder / "b_Probabilities.h5")[:, :20].max() == 0
    assert read(cells.folder / "a_Probabilities.h5")[:, :20].min() >= 0
    assert read(cells.folder / "a_Probabilities.h5").any(-1).all()
    batchwork(*project, *images, "--prediction-mask", masks[1])
    assert read(cells.folder / "a_Probabilities.h5")[:, :20].max() == 0
    told = batchwork(*project, *images, "--prediction_mask", masks[0], "--prediction_mask", masks[1],
                     "--prediction_mask", masks[0], code=2)  # fmt: skip
    assert "3 prediction masks for 2 images" in told.text


def test_a_folder_for_the_ledger_must_hold_the_results(batchwork, cells):
    image = cells.image("deep/a.png")
    batchwork("pixels", "predict", "--project", cells.project, "--batch", cells.folder, image)
    assert (cells.folder / ".batchwork").is_dir()
    assert not (cells.folder / "deep" / ".batchwork").exists()
    told = batchwork("pixels", "predict", "--project", cells.project, "--batch", cells.folder / "x", image, code=2)
    assert "which is not in it" in told.text


def test_the_share_of_the_machine_is_given_by_options_and_by_the_variables_of_ilastik(batchwork, cells, monkeypatch):
    images = [cells.image(f"{name}.png") for name in "abcdef"]
    words = ["pixels", "predict", "--project", cells.project, *images]

    def share():
        stored = json.loads((cells.folder / ".batchwork" / "pixels" / "definition.json").read_text())
        return stored["options"]["workers"], stored["params"]["predict"]["memory_mb"]

    monkeypatch.setenv("LAZYFLOW_THREADS", "2")
    monkeypatch.setenv("LAZYFLOW_TOTAL_RAM_MB", "600")
    batchwork(*words)
    assert share() == (2, 300)
    batchwork(*words, "--workers", 4, "--memory", "800MB")
    assert share() == (4, 200)
