import re
from dataclasses import fields, replace

import h5py
import numpy as np
import pytest
from tests.pixels.forests import blobs, classifier_for

from batchwork.pixels.errors import UnwritableProject
from batchwork.pixels.kernels.selection import Feature
from batchwork.pixels.prediction import predict
from batchwork.pixels.projects import read_project
from batchwork.pixels.projects.model import (
    DatasetInfo,
    ExportSettings,
    LabelBlock,
    Project,
    Stage,
    StoredClassifier,
)
from batchwork.pixels.projects.writing import write_project

REAL = ["PixelClass.ilp", "PixelClass3Channel.ilp", "PixelClass3D.ilp", "Autocontext_2D.ilp"]
NEVER_TRAINED = ["PixelClassNoClassifier.ilp", "PixelClassNoData.ilp"]


def items(path):
    """Every group and dataset with its kind, rank and attributes; numbers in names do not count."""
    found = {}

    def visit(name, entry):
        key = re.sub(r"\d+", "#", name)
        kind = (entry.dtype.kind, entry.dtype.itemsize, entry.ndim) if isinstance(entry, h5py.Dataset) else "group"
        if isinstance(entry, h5py.Dataset) and entry.dtype.kind in "OS":
            kind = ("text", entry.ndim)
        attributes = {name: np.asarray(value).dtype.kind for name, value in entry.attrs.items()}
        found.setdefault(key, set()).add((kind, tuple(sorted(attributes.items()))))

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


@pytest.mark.parametrize("name", REAL)
def test_what_is_written_has_every_item_of_the_real_project_in_the_same_form(test_data, tmp_path, name):
    source = test_data / "pixels" / name
    write_project(tmp_path / name, read_project(source))
    wanted, got = items(source), items(tmp_path / name)
    assert set(got) == set(wanted)
    assert {key: got[key] for key in wanted} == wanted


@pytest.mark.parametrize("name", REAL)
def test_small_numbers_of_the_stored_forest_are_those_of_the_real_one(test_data, tmp_path, name):
    source = test_data / "pixels" / name
    write_project(tmp_path / name, read_project(source))
    with h5py.File(source) as one, h5py.File(tmp_path / name) as two:
        forests = [file["PixelClassification/ClassifierForests"] for file in (one, two)]
        wanted, got = ({key: value[()] for key, value in f["Forest0000/_ext_param"].items()} for f in forests)
        options = [{key: value[()] for key, value in f["Forest0000/_options"].items()} for f in forests]
    assert {key: value.tolist() for key, value in got.items()} == {key: v.tolist() for key, v in wanted.items()}
    assert options[1].pop("tree_count_") == 100
    options[0].pop("tree_count_")
    assert options[0] == options[1]


@pytest.mark.parametrize("name", REAL + NEVER_TRAINED)
def test_a_project_that_is_written_is_read_back_the_same(test_data, tmp_path, name):
    wanted = read_project(test_data / "pixels" / name)
    write_project(tmp_path / name, wanted)
    assert_same(read_project(tmp_path / name), wanted)


def assert_same(got, wanted):
    """Compare two projects in everything but their place; trees may number their nodes otherwise."""
    for one, two in zip(got.stages, wanted.stages, strict=True):
        for field in ("selection", "label_names", "label_colors", "probability_colors"):
            assert getattr(one, field) == getattr(two, field), field
        assert [[(b.start, b.values.tolist()) for b in lane] for lane in one.labels] == [
            [(b.start, b.values.tolist()) for b in lane] for lane in two.labels
        ]
        assert (one.classifier is None) == (two.classifier is None)
        if two.classifier is not None:
            assert_same_classifier(one.classifier, two.classifier)
    same = {field.name for field in fields(Project)} - {"path", "stages"}
    assert {name: getattr(got, name) for name in same} == {name: getattr(wanted, name) for name in same}


def assert_same_classifier(got, wanted):
    assert (got.known_labels, got.feature_names) == (wanted.known_labels, wanted.feature_names)
    for field in ("column", "threshold", "left", "right", "distributions", "roots"):
        np.testing.assert_array_equal(getattr(got.forest, field), getattr(wanted.forest, field))
    np.testing.assert_array_equal(got.samples, wanted.samples)


def project_for(path, image, axes="yxc", **changes):
    """A project of our own around a random forest."""
    planes = image[np.newaxis, ..., np.newaxis]
    classifier = classifier_for(planes, (0.7, 1.6), in_2d=(True, True), classes=3)
    stored = StoredClassifier(
        classifier.forest, (1, 2, 3), ("σ", "b"), np.arange(1.0, 1 + len(classifier.forest.distributions))
    )
    colors = ((1, 2, 3), (4, 5, 6), (7, 8, 9))
    blocks = (LabelBlock((2, 3, 0), np.ones((4, 5, 1), np.uint8)),)
    stage = Stage(classifier.selection, stored, None, ("cell", "rést", "dirt"), colors, colors[::-1], (blocks,))
    info = DatasetInfo(0, "Raw Data", "kühl", "FileSystem", "in/kühl.png", axes, (*image.shape, 1), None)
    whole = {"workflow": "Pixel Classification", "version": "1.4.0", "inputs": (info,), "stages": (stage,)}
    return Project(path=path, export=ExportSettings(), **(whole | changes)), classifier


def test_the_stored_forest_gives_our_predictions_exactly(tmp_path):
    image = blobs(40, 50)
    project, classifier = project_for(tmp_path / "a.ilp", image)
    write_project(project.path, project)
    read = read_project(project.path)
    np.testing.assert_array_equal(
        predict(read.classifiers(), image, "yx"), predict([replace(classifier, classes=3)], image, "yx")
    )
    np.testing.assert_array_equal(
        np.sort(read.stages[0].classifier.samples), np.sort(project.stages[0].classifier.samples)
    )


def test_names_colours_labels_and_settings_survive(tmp_path):
    export = ExportSettings(
        "{nickname}_x", "hdf5", "data", "cyx", "uint8", (1, None), (4, None), (0.0, 1.0), (0.0, 255.0)
    )
    project, _ = project_for(tmp_path / "a.ilp", blobs(40, 50))
    project = replace(project, export=export)
    write_project(project.path, project)
    read = read_project(project.path)
    assert (read.export, read.inputs) == (export, project.inputs)
    assert read.stages[0].label_names == ("cell", "rést", "dirt")
    assert read.stages[0].probability_colors == ((7, 8, 9), (4, 5, 6), (1, 2, 3))
    assert read.stages[0].labels[0][0].start == (2, 3, 0)
    assert read.stages[0].classifier.feature_names == ("σ", "b")


def test_a_path_below_the_project_is_stored_as_relative_and_others_are_not(tmp_path):
    project, _ = project_for(tmp_path / "a.ilp", blobs(40, 50))
    far = replace(project.inputs[0], lane=1, file_path="/far/b.png")
    stage = replace(project.stages[0], labels=(*project.stages[0].labels, ()))
    write_project(project.path, replace(project, inputs=(*project.inputs, far), stages=(stage,)))
    with h5py.File(project.path) as file:
        kinds = [file[f"Input Data/infos/lane000{lane}/Raw Data/__class__"][()] for lane in (0, 1)]
        assert list(file["PixelClassification/LabelSets"]) == ["labels000", "labels001"]
    assert kinds == [b"RelativeFilesystemDatasetInfo", b"FilesystemDatasetInfo"]


def test_data_that_a_project_embeds_goes_with_it(tmp_path):
    image = blobs(40, 50)[..., np.newaxis]
    project, _ = project_for(tmp_path / "a.ilp", image[..., 0])
    with h5py.File(project.path, "w") as file:
        file["Input Data/local_data/one"] = image
    inner = replace(project.inputs[0], location="ProjectInternal", inner_path="Input Data/local_data/one")
    write_project(tmp_path / "b.ilp", replace(project, inputs=(inner,)))
    read = read_project(tmp_path / "b.ilp")
    assert read.inputs[0].location == "ProjectInternal"
    with h5py.File(tmp_path / "b.ilp") as file:
        np.testing.assert_array_equal(file[read.inputs[0].inner_path][()], image)


def test_a_project_without_labels_and_forest_is_marked_as_empty(tmp_path):
    project, _ = project_for(tmp_path / "a.ilp", blobs(40, 50))
    empty = Stage(None, None, None, (), (), (), ((),))
    write_project(project.path, replace(project, stages=(empty,)))
    read = read_project(project.path).stages[0]
    assert (read.selection, read.classifier, read.label_names, read.label_colors) == (None, None, (), ())


def test_what_stood_there_stays_if_writing_fails(tmp_path):
    path = tmp_path / "a.ilp"
    path.write_text("old")
    project, _ = project_for(path, blobs(40, 50))
    gone = replace(project.inputs[0], location="ProjectInternal", inner_path="nowhere")
    with pytest.raises(UnwritableProject, match=r"a\.ilp: cannot be written"):
        write_project(path, replace(project, path=tmp_path / "gone.ilp", inputs=(gone,)))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_features_are_stored_under_ilastiks_names(tmp_path):
    project, _ = project_for(tmp_path / "a.ilp", blobs(40, 50))
    write_project(project.path, project)
    with h5py.File(project.path) as file:
        assert [name.decode() for name in file["FeatureSelections/FeatureIds"][()]] == [f.value for f in Feature]
        assert file["FeatureSelections/SelectionMatrix"].shape == (6, 2)
