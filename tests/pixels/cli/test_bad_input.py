"""Each bad input gets an error of its own; images fail alone."""

import h5py
import numpy as np
import pytest
from PIL import Image
from tests.pixels.conftest import write_project
from tests.pixels.forests import blobs


def predict(batchwork, cells, *words, code):
    return batchwork("pixels", "predict", "--project", cells.project, *words, code=code)


def test_images_fail_alone_each_with_its_own_class(batchwork, cells):
    good = cells.image("good.png", seed=1)
    np.save(cells.folder / "empty.npy", np.zeros((0, 50)))
    np.save(cells.folder / "nan.npy", np.full((40, 50), np.nan))
    np.save(cells.folder / "small.npy", np.zeros((3, 3), np.uint8))
    np.save(cells.folder / "complex.npy", np.zeros((40, 50), complex))
    np.save(cells.folder / "deep.npy", np.zeros((2, 2, 2, 2, 40, 50), np.uint8))
    Image.fromarray(np.zeros((40, 50, 3), np.uint8)).save(cells.folder / "colour.png")
    (cells.folder / "cut.png").write_bytes(good.read_bytes()[:100])
    with h5py.File(cells.folder / "whole.h5", "w") as file:
        file["a"], file["b"] = blobs(40, 50), blobs(40, 50)
    (cells.folder / "cut.h5").write_bytes((cells.folder / "whole.h5").read_bytes()[:700])
    Image.fromarray(blobs(40, 51)).save(cells.folder / "m2.png")
    Image.fromarray(blobs(40, 50)).save(cells.folder / "m1.png")
    wanted = {
        "empty.npy": "EmptyImage", "nan.npy": "NotFiniteImage", "small.npy": "ImageTooSmall",
        "complex.npy": "WrongPixelType",
        "deep.npy": "WrongAxes", "colour.png": "WrongChannels", "cut.png": "UnreadableImage",
        "cut.h5/a": "UnreadableImage",
        "whole.h5": "MissingInnerDataset", "whole.h5/c": "MissingInnerDataset", "gone.png": "MissingImage",
        "m?.png": "MixedStack",
    }  # fmt: skip
    out = cells.folder / "out" / "{nickname}"
    words = ["--output_filename_format", out, good, *(cells.folder / name for name in wanted)]
    predict(batchwork, cells, *words, code=1)
    items = {one["key"]: one for one in batchwork("status", cells.folder / "out", "--json").json["items"]}
    assert items.pop("good.h5")["status"] == "done"
    found = {key: one["error"]["class"] for key, one in items.items()}
    keys = {"cut.h5/a": "cut-a.h5", "whole.h5/c": "whole-c.h5", "m?.png": "m.h5", "cut.png": "cut.h5"}
    assert found == {keys.get(name, name.partition(".")[0] + ".h5"): kind for name, kind in wanted.items()}
    for name in ("nan.npy", "colour.png", "cut.png", "m2.png", "gone.png"):
        assert any(name in one["error"]["message"] for one in items.values()), name


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "no image is named"),
        (["x.png", "--output_format", "dvid"], "is not written here; use hdf5"),
        (["x.png", "--output_format", "pgn"], "did you mean 'pnm'"),
        (["x.png", "--export_source", "Segmentation"], "'Segmentation' is unknown; did you mean 'Simple Segmentation'"),
        (["x.png", "--export_dtype", "uint64"], "'uint64' is none of uint8"),
        (["x.png", "--export_drange", "(0,255)"], "needed together"),
        (["x.png", "--export_drange", "0-255"], "no range; write (LEAST,LARGEST)"),
        (["x.png", "--cutout_subregion", "10:20"], "is no cut-out; write"),
        (["x.png", "--output_filename_format", "{dataset_dir}/../x"], "leads out of its folder"),
        (["x.png", "--output_filename_format", "{nickname:d}"], "cannot be filled"),
        (["x.png", "--exportsource", "Features"], "No such option"),
        (["y_*.png"], "y_*.png: no file matches this pattern"),
    ],
)
def test_options_that_cannot_be_used_end_with_2_before_anything_is_written(batchwork, cells, words, told):
    assert told in predict(batchwork, cells, *words, code=2).text
    assert not (cells.folder / ".batchwork").exists()


def test_names_that_collide_are_refused(batchwork, cells):
    one, two = cells.image("a/x.png"), cells.image("b/x.png")
    same = predict(batchwork, cells, "--output_filename_format", cells.folder / "{nickname}", one, two, code=2)
    assert "x.h5: the results of" in same.text
    assert str(two) in same.text
    np.save(cells.folder / "c.npy", blobs(40, 50))
    template = ["--output_filename_format", "{dataset_dir}/{nickname}", "--output_format", "numpy"]
    over = predict(batchwork, cells, *template, cells.folder / "c.npy", code=2)
    assert "c.npy: the result would take the place of an image" in over.text


def test_projects_that_cannot_predict_are_refused(batchwork, cells, tmp_path):
    image = cells.image("a.png")
    broken = tmp_path / "broken.ilp"
    broken.write_bytes(cells.project.read_bytes()[:900])
    other = tmp_path / "other.ilp"
    with h5py.File(other, "w") as file:
        file["workflowName"] = b"Carving"
    bare = tmp_path / "bare.ilp"
    write_project(bare)
    with h5py.File(bare, "a") as file:
        del file["PixelClassification/ClassifierForests"]
    for path, told in (
        (tmp_path / "none.ilp", "there is no"), (broken, "cannot be read"), (other, "'Carving'"),
        (bare, "train from its labels"),
    ):  # fmt: skip
        ended = batchwork("pixels", "predict", "--project", path, image, code=2 if path.stem == "none" else 1)
        assert path.name in ended.text
        assert told in ended.text
    batchwork("pixels", "predict", "--project", bare, "--export_source", "Features", image)


def test_more_channels_than_a_format_holds(batchwork, cells):
    write_project(cells.project, names=("a", "b", "c", "d", "e"))
    ranges = ["--export_dtype", "uint8", "--pipeline_result_drange", "(0,1)", "--export_drange", "(0,255)"]
    ended = predict(batchwork, cells, "--output_format", "png", *ranges, cells.image("a.png"), code=1)
    assert "a.png: png holds 1 or 2 or 3 or 4 channels, the result has 5; choose hdf5" in ended.text
