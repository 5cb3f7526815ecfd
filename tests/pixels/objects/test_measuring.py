import csv

import h5py
import numpy as np
import pytest
from scipy import ndimage
from tests.pixels.objects.scenes import marks, scene, write_probabilities

from batchwork.errors import MissingExtraError, ParameterError
from batchwork.pixels.errors import (
    DamagedProject,
    EmptyImage,
    MissingClassifier,
    MissingLabels,
    NotAProject,
    NotFiniteImage,
    WrongChannels,
    WrongLabels,
)
from batchwork.pixels.images.opening import open_image
from batchwork.pixels.objects.classifying import Finding, describing, marked
from batchwork.pixels.objects.kernels.thresholds import Thresholding
from batchwork.pixels.objects.measuring import classified, measure, write_objects
from batchwork.pixels.objects.projects import read_object_classifier, write_object_classifier
from batchwork.pixels.objects.tables import write_csv, write_hdf5, write_parquet
from batchwork.pixels.objects.training import train_on_files
from batchwork.pixels.training.training import Growth

PLAIN = Finding(Thresholding(sigma=(0, 0, 0)), 2)


def test_objects_are_found_again_and_written_with_their_table(tmp_path):
    labels = scene()
    found = measure(write_probabilities(tmp_path / "p.h5", labels), PLAIN)
    assert found.counts == (9,)
    assert (found.axes, found.labels.shape) == ("yx", (1, 1, 200, 200))
    np.testing.assert_array_equal(found.labels[0, 0] > 0, labels > 0)
    write_objects(tmp_path / "o.h5", found)
    with h5py.File(tmp_path / "o.h5") as file:
        table = file["table"][()]
        assert "classes" not in file
    sizes = ndimage.sum(labels > 0, found.labels[0, 0], table["label"])
    np.testing.assert_array_equal(table["size"], sizes)
    with open_image(tmp_path / "o.h5/labels") as image:
        assert image.axes == "yx"
        np.testing.assert_array_equal(image.source.array[:], found.labels[0, 0])


@pytest.mark.parametrize(("axes", "dtype"), [("cyx", np.float32), ("yxc", np.uint8), ("yxc", np.uint16)])
def test_probabilities_of_any_type_and_order_give_the_same_objects(tmp_path, axes, dtype):
    labels = scene()
    wanted = measure(write_probabilities(tmp_path / "p.h5", labels), PLAIN)
    got = measure(write_probabilities(tmp_path / "q.h5", labels, axes=axes, dtype=dtype), PLAIN)
    np.testing.assert_array_equal(got.labels, wanted.labels)
    np.testing.assert_allclose(got.columns["probability_mean"], wanted.columns["probability_mean"], atol=0.003)


def test_each_time_has_objects_of_its_own(tmp_path):
    stack = np.stack([scene(0), scene(1, count=4), np.zeros((200, 200), np.int32)])
    found = measure(write_probabilities(tmp_path / "p.h5", stack, axes="tyxc"), PLAIN)
    assert found.counts == (9, 4, 0)
    assert found.columns["t"].tolist() == [0] * 9 + [1] * 4
    assert found.columns["label"].tolist() == [*range(1, 10), *range(1, 5)]
    alone = measure(write_probabilities(tmp_path / "q.h5", stack[1]), PLAIN)
    np.testing.assert_array_equal(found.columns["size"][9:], alone.columns["size"])


def test_volumes_have_properties_of_volumes(tmp_path):
    volume = np.zeros((12, 30, 30), np.int32)
    volume[3:9, 5:20, 5:12] = 1
    found = measure(write_probabilities(tmp_path / "p.h5", volume, axes="zyxc"), PLAIN)
    assert {"surface", "centre_z", "middle_axis"} <= set(found.columns)
    assert found.columns["size"].tolist() == [6 * 15 * 7]


def test_brightness_comes_from_the_image(tmp_path):
    labels = scene()
    np.save(tmp_path / "raw.npy", (labels * 10).astype(np.uint8))
    found = measure(write_probabilities(tmp_path / "p.h5", labels), PLAIN, raw=tmp_path / "raw.npy")
    first = [labels[found.labels[0, 0] == i].max() * 10 for i in range(1, 10)]
    np.testing.assert_allclose(found.columns["raw_mean"], first)
    assert not found.columns["raw_std"].any()


def test_files_that_do_not_fit_are_refused_by_name(tmp_path):
    path = write_probabilities(tmp_path / "p.h5", scene())
    with pytest.raises(WrongChannels, match=r"p\.h5.*2 classes, and no class 3"):
        measure(path, Finding(Thresholding(), 3))
    np.save(tmp_path / "raw.npy", np.zeros((5, 6)))
    with pytest.raises(WrongLabels, match=r"raw\.npy: is \(1, 1, 5, 6\)"):
        measure(path, PLAIN, raw=tmp_path / "raw.npy")
    np.save(tmp_path / "grey.npy", np.full((9, 9), 7.0))
    with pytest.raises(ParameterError, match=r"grey\.npy: holds 7, but probabilities"):
        measure(tmp_path / "grey.npy", Finding(Thresholding(), 1))
    np.save(tmp_path / "none.npy", np.zeros((0, 9, 2)))
    with pytest.raises(EmptyImage, match=r"none\.npy: has no pixel"):
        measure(tmp_path / "none.npy", Finding(Thresholding(), 1))
    np.save(tmp_path / "nan.npy", np.full((9, 9), np.nan))
    with pytest.raises(NotFiniteImage, match=r"nan\.npy: a probability is NaN"):
        measure(tmp_path / "nan.npy", Finding(Thresholding(), 1))


def test_tables_hold_every_digit_and_every_kind(tmp_path):
    columns = {
        "a": np.array([1, 2]),
        "b": np.array([1 / 3, 1e-300]),
        "c": np.array([True, False]),
        "n": np.array(["ü", "b"]),
    }
    write_csv(tmp_path / "t.csv", columns)
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["b"]) for row in rows] == [1 / 3, 1e-300]
    assert [(row["a"], row["c"], row["n"]) for row in rows] == [("1", "1", "ü"), ("2", "0", "b")]
    with h5py.File(tmp_path / "t.h5", "w") as file:
        write_hdf5(file, "t", columns)
        write_hdf5(file, "none", {name: values[:0] for name, values in columns.items()})
        assert file["t"][()]["b"].tolist() == [1 / 3, 1e-300]
        assert file["t"][()]["n"][0].decode() == "ü"
        assert file["none"].shape == (0,)


def test_parquet(tmp_path):
    columns = {"a": np.array([1, 2]), "c": np.array([True, False]), "n": np.array(["ü", "b"])}
    try:
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        with pytest.raises(MissingExtraError, match=r"batchwork\[parquet\]"):
            write_parquet(tmp_path / "t.parquet", columns)
        return
    write_parquet(tmp_path / "t.parquet", columns)
    assert pq.read_table(tmp_path / "t.parquet").to_pydict() == {"a": [1, 2], "c": [True, False], "n": ["ü", "b"]}


def test_objects_get_the_class_that_most_of_their_marks_have():
    labels = np.array([[1, 1, 1, 0, 2, 2, 3]], np.int32)
    drawn = np.array([[2, 1, 2, 5, 1, 0, 0]], np.uint8)
    assert marked(labels, 3, drawn).tolist() == [2, 1, 0]
    assert marked(labels, 3, np.array([[2, 1, 0, 0, 0, 0, 0]], np.uint8)).tolist() == [1, 0, 0]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("objects")
    labels = scene()
    write_probabilities(folder / "p.h5", labels)
    np.save(folder / "marks.npy", marks(labels))
    names = ["disc", "bar"]
    return train_on_files([str(folder / "p.h5")], [], [str(folder / "marks.npy")], PLAIN, names, Growth(20))


def test_a_classifier_tells_the_objects_of_another_image_apart(trained, tmp_path):
    labels = scene(5)
    found = measure(write_probabilities(tmp_path / "p.h5", labels), trained.classifier.finding)
    known = classified(found, trained.classifier).columns
    truth = [1 if labels[found.labels[0, 0] == i].max() % 2 else 2 for i in range(1, 10)]
    assert known["class"].tolist() == truth
    assert known["class_name"].tolist() == [["disc", "bar"][i - 1] for i in truth]
    np.testing.assert_allclose(known["probability_of_disc"] + known["probability_of_bar"], 1, rtol=1e-6)
    assert trained.marked == {"disc": 5, "bar": 4}


def test_classes_are_painted_into_an_image(trained, tmp_path):
    found = classified(measure(write_probabilities(tmp_path / "p.h5", scene(5)), PLAIN), trained.classifier)
    write_objects(tmp_path / "o.h5", found, found.columns["class"])
    with h5py.File(tmp_path / "o.h5") as file:
        classes, labels = file["classes"][()], file["labels"][()]
    for label, wanted in zip(found.columns["label"], found.columns["class"], strict=True):
        assert set(classes[labels == label]) == {wanted}
    assert not classes[labels == 0].any()


def test_only_what_an_object_is_describes_it(trained):
    assert describing(["label", "t", "size", "centre_y", "start_x", "extent", "orientation"]) == ("size", "extent")
    assert not {"label", "centre_y", "touches_border"} & set(trained.classifier.stored.feature_names)


def test_a_classifier_is_read_back_as_it_was_written(trained, tmp_path):
    write_object_classifier(tmp_path / "c.ilp", trained.classifier)
    read = read_object_classifier(tmp_path / "c.ilp")
    assert (read.finding, read.label_names) == (trained.classifier.finding, ("disc", "bar"))
    found = measure(write_probabilities(tmp_path / "p.h5", scene(7)), PLAIN)
    one, two = (classifier.classify(found.columns) for classifier in (read, trained.classifier))
    np.testing.assert_array_equal(one["probability_of_disc"], two["probability_of_disc"])


@pytest.mark.parametrize(
    "finding", [Finding(Thresholding(0.2, 0.7, (0.0, 1.5, 2.0), 3, 99, corners=True), 4), Finding(Thresholding(), 1)]
)
def test_how_objects_are_found_is_kept(trained, tmp_path, finding):
    from dataclasses import replace

    write_object_classifier(tmp_path / "c.ilp", replace(trained.classifier, finding=finding))
    assert read_object_classifier(tmp_path / "c.ilp").finding == finding


def test_files_that_classify_no_objects_are_refused_by_name(trained, test_data, tmp_path):
    with pytest.raises(NotAProject, match=r"PixelClass\.ilp: classifies no objects"):
        read_object_classifier(test_data / "pixels" / "PixelClass.ilp")
    for group, error in (
        ("ObjectClassification/SelectedFeatures", MissingClassifier),
        ("ThresholdTwoLevels", DamagedProject),
    ):
        write_object_classifier(tmp_path / "c.ilp", trained.classifier)
        with h5py.File(tmp_path / "c.ilp", "a") as file:
            del file[group]
        with pytest.raises(error, match=r"c\.ilp"):
            read_object_classifier(tmp_path / "c.ilp")


def test_a_property_that_is_missing_is_named(trained):
    with pytest.raises(ParameterError, match="property size"):
        trained.classifier.classify({"extent": np.ones(2)})


def test_marks_of_one_class_are_too_few(tmp_path):
    labels = scene()
    write_probabilities(tmp_path / "p.h5", labels)
    np.save(tmp_path / "m.npy", (marks(labels) == 1).astype(np.uint8))
    with pytest.raises(MissingLabels, match="objects of 1 classes"):
        train_on_files([str(tmp_path / "p.h5")], [], [str(tmp_path / "m.npy")], PLAIN, [], Growth(3))


def test_no_object_at_all_is_no_error(trained, tmp_path):
    path = write_probabilities(tmp_path / "p.h5", np.zeros((40, 40), np.int32))
    found = classified(measure(path, PLAIN), trained.classifier)
    write_objects(tmp_path / "o.h5", found, found.columns["class"])
    assert found.counts == (0,)
    with h5py.File(tmp_path / "o.h5") as file:
        assert file["table"].shape == (0,)
