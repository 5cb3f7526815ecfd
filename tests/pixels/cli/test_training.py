import json
import shutil

import h5py
import numpy as np
import pytest
from PIL import Image
from tests.pixels.forests import blobs
from tests.pixels.training.drawing import command, write_pair

from batchwork.errors import ConfigError
from batchwork.pixels.errors import DamagedProject, MissingLabels, MovedRawData, UnwritableProject
from batchwork.pixels.images.opening import open_image
from batchwork.pixels.prediction import predict
from batchwork.pixels.projects import read_project


def votes(project, image, axes="yx"):
    return predict(read_project(project).classifiers(), image, axes)


def test_a_project_made_from_images_predicts_and_reads_as_a_real_one(tmp_path):
    image, labels, raw, drawn = write_pair(tmp_path)
    said = command(
        "train", "--project", tmp_path / "p.ilp", "--raw", raw, "--labels", drawn, "--label-names", "dark, bright"
    )
    assert f"Results saved to {tmp_path / 'p.ilp'}" in said
    assert f"dark {np.sum(labels == 1)}, bright {np.sum(labels == 2)}" in said
    found = votes(tmp_path / "p.ilp", image).argmax(-1) + 1
    assert np.mean(found[labels > 0] == labels[labels > 0]) > 0.99
    project = read_project(tmp_path / "p.ilp")
    assert project.stages[0].label_names == ("dark", "bright")
    (info,) = project.inputs
    assert (info.file_path, info.axes, info.shape, info.nickname) == ("a.png", "yxc", (60, 70, 1), "a")


def test_two_images_and_a_seed_give_the_same_bits_twice(tmp_path):
    image, _, raw, drawn = write_pair(tmp_path)
    *_, raw_b, drawn_b = write_pair(tmp_path, seed=1, name="b")
    words = ("--raw", raw, "--labels", drawn, "--raw", raw_b, "--labels", drawn_b, "--trees", 20, "--seed")
    for name, seed in (("p", 3), ("q", 3), ("r", 4)):
        command("train", "--project", tmp_path / f"{name}.ilp", *words, seed)
    one, same, other = (votes(tmp_path / f"{name}.ilp", image) for name in "pqr")
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    assert len(read_project(tmp_path / "p.ilp").stages[0].labels) == 2


def test_json_tells_what_was_learnt(tmp_path):
    _, labels, raw, drawn = write_pair(tmp_path)
    said = command(
        "train",
        "--project",
        tmp_path / "p.ilp",
        "--raw",
        raw,
        "--labels",
        drawn,
        "--trees",
        5,
        "--features",
        "all",
        "--json",
    )
    told = json.loads(said)
    assert (told["trees"], told["seed"]) == (5, 0)
    (stage,) = told["stages"]
    assert stage["columns"] == 49
    assert stage["pixels"] == {"1": np.sum(labels == 1), "2": np.sum(labels == 2)}
    assert 0 <= stage["out_of_bag_error"] < 0.2


@pytest.mark.parametrize(
    ("name", "image", "axes", "result", "least"),
    [
        ("PixelClass", "Data_1channel.png", "yx", "res-Data_1channel_pc1xyc.npy", 0.97),
        ("PixelClass3Channel", "Data_3channel.png", "yxc", "res-Data_3channel_pc3c.npy", 0.94),
        ("Autocontext_2D", "Data_1channel.png", "yx", "res-Data_1channel_ac2ds2.npy", 0.94),
    ],
)
def test_a_real_project_trained_anew_finds_what_ilastik_found(test_data, tmp_path, name, image, axes, result, least):
    data = test_data / "pixels"
    command("train", "--project", tmp_path / "p.ilp", "--from", data / f"{name}.ilp")
    with open_image(data / image) as opened:
        pixels = np.asarray(opened.source.array[:])
    found = np.squeeze(votes(tmp_path / "p.ilp", pixels, axes))
    assert np.mean(found.argmax(-1) == np.squeeze(np.load(data / result)).argmax(-1)) > least
    old, new = read_project(data / f"{name}.ilp"), read_project(tmp_path / "p.ilp")
    assert [stage.selection for stage in new.stages] == [stage.selection for stage in old.stages]
    assert [s.classifier.feature_names for s in new.stages] == [s.classifier.feature_names for s in old.stages]
    assert new.inputs[0].file_path == str(data / image)


def made(tmp_path):
    image, _, raw, drawn = write_pair(tmp_path)
    command("train", "--project", tmp_path / "p.ilp", "--raw", raw, "--labels", drawn, "--trees", 9)
    return image, tmp_path / "p.ilp"


def test_training_anew_from_our_own_project_gives_the_same_bits(tmp_path):
    image, project = made(tmp_path)
    command("train", "--project", tmp_path / "q.ilp", "--from", project, "--trees", 9)
    np.testing.assert_array_equal(votes(project, image), votes(tmp_path / "q.ilp", image))
    command("train", "--project", project, "--from", project, "--trees", 9)
    np.testing.assert_array_equal(votes(project, image), votes(tmp_path / "q.ilp", image))


def test_other_features_can_be_chosen_for_the_labels_of_a_project(tmp_path):
    _, project = made(tmp_path)
    command("train", "--project", tmp_path / "q.ilp", "--from", project, "--features", "all")
    assert read_project(tmp_path / "q.ilp").stages[0].classifier.forest.columns == 49


def test_images_that_have_moved_are_found_beside_the_project_or_where_raw_says(tmp_path):
    image, project = made(tmp_path)
    other, far = tmp_path / "other", tmp_path / "far"
    other.mkdir(), far.mkdir()
    shutil.move(project, other / "p.ilp")
    shutil.move(tmp_path / "a.png", far / "a.png")
    with pytest.raises(MovedRawData, match=r"p\.ilp: the image a\.png is neither"):
        command("train", "--project", tmp_path / "q.ilp", "--from", other / "p.ilp")
    command("train", "--project", tmp_path / "q.ilp", "--from", other / "p.ilp", "--raw", far / "a.png", "--trees", 9)
    assert read_project(tmp_path / "q.ilp").inputs[0].file_path == "far/a.png"
    np.testing.assert_array_equal(votes(tmp_path / "q.ilp", image), votes(other / "p.ilp", image))
    shutil.copy(far / "a.png", other / "a.png")
    command("train", "--project", tmp_path / "r.ilp", "--from", other / "p.ilp")
    assert read_project(tmp_path / "r.ilp").inputs[0].file_path == "other/a.png"


def test_another_image_under_the_old_name_is_refused(tmp_path):
    _, project = made(tmp_path)
    Image.fromarray(blobs(50, 50)).save(tmp_path / "a.png")
    with pytest.raises(MovedRawData, match=r"is not the image.*\(1, 1, 50, 50, 1\), it was \(1, 1, 60, 70, 1\)"):
        command("train", "--project", tmp_path / "q.ilp", "--from", project)


def test_data_that_a_project_embeds_is_learnt_from_and_kept(tmp_path):
    image, project = made(tmp_path)
    with h5py.File(project, "a") as file:
        info = file["Input Data/infos/lane0000/Raw Data"]
        for name, value in (("__class__", b"ProjectInternalDatasetInfo"), ("location", b"ProjectInternal")):
            del info[name]
            info[name] = value
        file["Input Data/local_data/one"] = image[..., np.newaxis]
        info["inner_path"] = b"Input Data/local_data/one"
    (tmp_path / "a.png").unlink()
    command("train", "--project", tmp_path / "q.ilp", "--from", project, "--trees", 9)
    project.unlink()
    np.testing.assert_array_equal(votes(tmp_path / "q.ilp", image), votes(tmp_path / "q.ilp", image))
    command("train", "--project", tmp_path / "r.ilp", "--from", tmp_path / "q.ilp", "--trees", 9)
    np.testing.assert_array_equal(votes(tmp_path / "q.ilp", image), votes(tmp_path / "r.ilp", image))


@pytest.mark.parametrize("stored", ["s_*.png", "s_0.png:s_1.png:s_2.png"])
def test_a_project_made_of_a_stack(tmp_path, stored):
    image, project = made(tmp_path)
    for i in range(3):
        Image.fromarray(np.roll(image, i)).save(tmp_path / f"s_{i}.png")
    with h5py.File(project, "a") as file:
        info, sets = file["Input Data/infos/lane0000/Raw Data"], file["PixelClassification/LabelSets/labels000"]
        axes = [{"key": key, "typeFlags": 2, "resolution": 0, "description": ""} for key in "tyxc"]
        for name, value in (("filePath", stored), ("axistags", json.dumps({"axes": axes}))):
            del info[name]
            info[name] = value.encode()
        del info["shape"]
        info["shape"] = [3, 60, 70, 1]
        for name, block in list(sets.items()):
            values, place = block[()][np.newaxis], block.attrs["blockSlice"]
            del sets[name]
            sets[name] = values
            sets[name].attrs["blockSlice"] = "[1:2," + place[1:]
    command("train", "--project", tmp_path / "q.ilp", "--from", project, "--trees", 9)
    assert read_project(tmp_path / "q.ilp").inputs[0].shape == (3, 60, 70, 1)
    assert read_project(tmp_path / "q.ilp").inputs[0].file_path == stored


@pytest.mark.parametrize(
    ("words", "error", "text"),
    [
        (["--raw", "a.png"], ConfigError, "1 images by --raw and 0 by --labels"),
        ([], ConfigError, "--from OLD.ilp"),
        (["--from", "p.ilp", "--labels", "a_labels.png"], ConfigError, "leave out --labels"),
        (["--from", "p.ilp", "--raw", "a.png", "--raw", "a.png"], MovedRawData, "1 images, but 2"),
        (["--raw", "a.png", "--labels", "a_labels.png", "--features", "some"], ConfigError, "--features some"),
    ],
)
def test_what_is_asked_for_wrongly_is_told(tmp_path, monkeypatch, words, error, text):
    made(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=text):
        command("train", "--project", "q.ilp", *words)
    assert not (tmp_path / "q.ilp").exists()


@pytest.mark.parametrize("name", ["PixelClassNoClassifier.ilp", "PixelClassNoData.ilp"])
def test_a_project_without_labels_is_refused_by_name(test_data, tmp_path, name):
    with pytest.raises(MissingLabels, match=name):
        command("train", "--project", tmp_path / "q.ilp", "--from", test_data / "pixels" / name, "--features", "all")


def test_a_project_that_is_cut_off_is_refused_by_name(tmp_path):
    _, project = made(tmp_path)
    project.write_bytes(project.read_bytes()[:3000])
    with pytest.raises(DamagedProject, match=r"p\.ilp"):
        command("train", "--project", tmp_path / "q.ilp", "--from", project)


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    *_, raw, drawn = write_pair(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UnwritableProject, match="cannot be written"):
        command("train", "--project", tmp_path / "file" / "q.ilp", "--raw", raw, "--labels", drawn, "--trees", 2)
