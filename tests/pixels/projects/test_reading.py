"""Projects written here cover every branch of the reader; real ones show that the branches are the right ones."""

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchwork.pixels.errors import (
    DamagedProject,
    ForeignClassifier,
    MissingClassifier,
    MissingFeatures,
    MissingProject,
    NotAProject,
)
from batchwork.pixels.kernels.votes import forest_probabilities
from batchwork.pixels.projects import read_project

from ..forests import grown
from .writing import SKLEARN, write_features, write_forests, write_input, write_stage

TICKED = [[row == 0 or (row == 4 and scale == 1) for scale in range(2)] for row in range(6)]
COLUMNS = 4


@pytest.fixture
def forest():
    rng = np.random.default_rng(3)
    return grown(rng, trees=13, leaves=7, thresholds=rng.normal(size=(COLUMNS, 20)), pure=False)


@pytest.fixture
def project(tmp_path, forest):
    """The path of a complete project, open for changes until the context ends."""
    path = tmp_path / "small.ilp"
    with h5py.File(path, "w") as file:
        file["workflowName"], file["ilastikVersion"] = b"Pixel Classification", b"1.4.0"
        write_features(file, (0.3, 1.6), TICKED, (True, True))
        write_input(file)
        write_stage(file, forest)
    return path


def change(path, *deleted, **written):
    """Delete entries of a project and write others, with / in place of __."""
    with h5py.File(path, "a") as file:
        for name in deleted:
            del file[name]
        for name, value in written.items():
            file.pop(name.replace("__", "/"), None)
            file[name.replace("__", "/")] = value


def test_a_whole_project(project, forest):
    found = read_project(project)
    assert (found.workflow, found.version, len(found.stages)) == ("Pixel Classification", "1.4.0", 1)
    (stage,) = found.stages
    assert stage.label_names == ("cell", "rest")
    assert stage.label_colors == stage.probability_colors == ((0, 1, 2), (3, 4, 5))
    assert stage.classifier.known_labels == (1, 2)
    (classifier,) = found.classifiers()
    rows = np.random.default_rng(0).normal(size=(500, COLUMNS)).astype(np.float32)
    np.testing.assert_array_equal(forest_probabilities(classifier.forest, rows), forest_probabilities(forest, rows))
    assert classifier.selection.scales == (0.3, 1.6)
    assert classifier.columns(1, volume=False) == COLUMNS


def test_the_order_of_trees_beyond_nine_and_of_forests_is_kept(project, forest):
    (classifier,) = read_project(project).classifiers()
    np.testing.assert_array_equal(np.diff(classifier.forest.roots), np.diff(forest.roots))
    assert classifier.forest.trees == 13


def test_a_single_threaded_forest(project, forest):
    with h5py.File(project, "a") as file:
        group = file["PixelClassification/ClassifierForests"]
        del group["Forest0000"], group["Forest0001"]
        write_forests(group, forest, labels=(1, 2), split=1, name="forest")
    assert read_project(project).classifiers()[0].forest.trees == 13


def test_labels_that_were_never_drawn_have_no_class(project):
    change(project, PixelClassification__ClassifierForests__known_labels=np.array([1, 3], np.uint32))
    with h5py.File(project, "a") as file:
        for name in ("Forest0000", "Forest0001"):
            file[f"PixelClassification/ClassifierForests/{name}/_ext_param/labels"][:] = [1, 3]
        del file["PixelClassification/LabelNames"]
        file["PixelClassification/LabelNames"] = np.array([b"a", b"b", b"c", b"d"])
    (classifier,) = read_project(project).classifiers()
    assert (classifier.labels, classifier.classes) == ((1, 3), 4)


def test_old_projects_say_neither_2d_nor_names(project):
    change(project, "FeatureSelections/ComputeIn2d", "PixelClassification/LabelNames")
    (stage,) = read_project(project).stages
    assert stage.selection.in_2d is None
    assert stage.label_names == ()
    assert read_project(project).classifiers()[0].classes == 2


def test_texts_of_every_kind(project):
    change(
        project,
        ilastikVersion=np.void(b"1.2.0"),
        workflowName="Pixel Classification",
        FeatureSelections__FeatureIds=[name.encode() for name in read_ids(project)],
        PixelClassification__LabelNames=np.array([b"Zell\xc3\xa9", b"rest"]),
    )
    found = read_project(project)
    assert (found.version, found.workflow) == ("1.2.0", "Pixel Classification")
    assert found.stages[0].label_names == ("Zellé", "rest")


def read_ids(path):
    with h5py.File(path) as file:
        return [name.decode() for name in file["FeatureSelections/FeatureIds"]]


def test_stages_of_autocontext(project, forest):
    with h5py.File(project, "a") as file:
        write_features(file, (0.3, 1.6), TICKED, (True, True), end="01")
        write_stage(file, forest, end="01", names=("a", "b"))
    assert [stage.label_names for stage in read_project(project).stages] == [("cell", "rest"), ("a", "b")]
    change(project, "PixelClassification01/ClassifierForests")
    with pytest.raises(MissingClassifier, match=r"no trained classifier in stage 2"):
        read_project(project).classifiers()


def test_labels_and_their_places(project):
    with h5py.File(project, "a") as file:
        sets = file.create_group("PixelClassification/LabelSets")
        sets["labels000/block0000"] = np.array([[[1], [0], [2]]], np.uint8)
        sets["labels000/block0000"].attrs["blockSlice"] = "[4:5,7:10,0:1]"
        sets.create_group("labels001")
    (blocks, nothing) = read_project(project).stages[0].labels
    assert nothing == ()
    assert blocks[0].start == (4, 7, 0)
    assert blocks[0].values.ravel().tolist() == [1, 0, 2]
    with h5py.File(project, "a") as file:
        file["PixelClassification/LabelSets/labels000/block0000"].attrs["blockSlice"] = "[4:5,7:9,0:1]"
    with pytest.raises(DamagedProject, match=r"block0000: blockSlice '\[4:5,7:9,0:1\]' does not fit"):
        read_project(project)


def test_inputs(project):
    with h5py.File(project, "a") as file:
        file.create_group("Input Data/infos/lane0000/Prediction Mask")
        write_input(file, lane=1, axes="tzyxc", shape=(2, 3, 4, 5, 6), filePath="a.h5/vol", nickname="a-vol")
        here = {"location": "ProjectInternal", "datasetId": "u1", "axisorder": "zyx"}
        write_input(file, lane=2, kind=None, axistags=None, shape=(3, 4, 5), **here)
        file["Input Data/local_data/u1"] = np.zeros((3, 4, 5))
        write_input(file, lane=3, shape=None, kind="ProjectInternalDatasetInfo", inner_path="gone")
    inputs = read_project(project).inputs
    assert [one.lane for one in inputs] == [0, 1, 2, 3]
    assert (inputs[1].file_path, inputs[1].axes, inputs[1].channels) == ("a.h5/vol", "tzyxc", 6)
    assert (inputs[2].axes, inputs[2].channels, inputs[2].inner_path) == ("zyx", 1, "Input Data/local_data/u1")
    assert (inputs[3].location, inputs[3].inner_path, inputs[3].channels) == ("ProjectInternal", None, None)
    change(project, **{"Input Data__infos__lane0000__Raw Data__axistags": b"{"})
    with pytest.raises(DamagedProject, match=r"axistags cannot be read"):
        read_project(project)


def test_export_settings(project):
    assert read_project(project).export.filename_format is None
    written = {
        "OutputFilenameFormat": b"{nickname}_x", "OutputFormat": b"png", "OutputInternalPath": b"p",
        "OutputAxisOrder": b"cyx", "ExportDtype": b"uint8", "RegionStart": [1, -1, 0], "RegionStop": [5, -1, 2],
        "InputMin": 0.0, "InputMax": 1.0, "ExportMin": 0, "ExportMax": 255,
    }  # fmt: skip
    change(project, **{f"Prediction Export__{name}": value for name, value in written.items()})
    export = read_project(project).export
    assert (export.filename_format, export.format, export.internal_path) == ("{nickname}_x", "png", "p")
    assert (export.axis_order, export.dtype) == ("cyx", "uint8")
    assert (export.region_start, export.region_stop) == ((1, None, 0), (5, None, 2))
    assert (export.input_range, export.output_range) == ((0.0, 1.0), (0.0, 255.0))


def test_what_an_untrained_project_leaves_is_ignored(project):
    change(project, "PixelClassification/ClassifierForests", "FeatureSelections", "Input Data")
    with h5py.File(project, "a") as file:
        for name in ("LabelNames", "LabelColors", "PmapColors"):
            del file[f"PixelClassification/{name}"]
            file[f"PixelClassification/{name}"] = np.array([6.9e-310])
            file[f"PixelClassification/{name}"].attrs["isEmpty"] = True
    found = read_project(project)
    assert found.inputs == ()
    assert found.stages[0].label_names == found.stages[0].label_colors == ()
    with pytest.raises(MissingFeatures, match=r"small.ilp: no features are selected"):
        found.classifiers()


def test_no_feature_ticked(project):
    change(project, FeatureSelections__SelectionMatrix=np.zeros((6, 2), bool))
    with pytest.raises(MissingFeatures):
        read_project(project).classifiers()


def test_an_unknown_feature(project):
    change(project, FeatureSelections__FeatureIds=[b"Sobel", *(name.encode() for name in read_ids(project)[1:])])
    with pytest.raises(DamagedProject, match=r"'Sobel' is unknown; known are GaussianSmoothing, "):
        read_project(project)


def test_a_matrix_that_does_not_fit_the_scales(project):
    change(project, FeatureSelections__Scales=[0.3])
    with pytest.raises(DamagedProject, match=r"6 features by 1 scales"):
        read_project(project)


def test_pickled_classifiers_are_never_loaded(project):
    change(project, "PixelClassification/ClassifierForests")
    trap = np.void(b"cos\nsystem\n(S'exit 3'\ntR.")
    change(
        project,
        PixelClassification__ClassifierForests__pickled_type=np.void(SKLEARN),
        PixelClassification__ClassifierForests__pickled_classifier=trap,
    )
    found = read_project(project)
    with pytest.raises(ForeignClassifier, match=r"\(SklearnLazyflowClassifier\) .* never loaded; .* train --from"):
        found.classifiers()


def test_a_classifier_group_without_trees(project):
    change(project, "PixelClassification/ClassifierForests")
    with h5py.File(project, "a") as file:
        file.create_group("PixelClassification/ClassifierForests")
    with pytest.raises(MissingClassifier, match=r"small.ilp: holds no trained classifier; open it in ilastik"):
        read_project(project).classifiers()


def test_weighted_votes_are_refused(project):
    with h5py.File(project, "a") as file:
        file["PixelClassification/ClassifierForests/Forest0000/_options/predict_weighted_"][:] = 1
    with pytest.raises(ForeignClassifier, match=r"weighted"):
        read_project(project).classifiers()


TREE = "PixelClassification/ClassifierForests/Forest0001/Tree_0"


@pytest.mark.parametrize(
    ("at", "value", "message"),
    [
        (4, 9999, "lies outside the tree"),
        (4, 0, "lies outside the tree"),
        (4, 2, "two parents"),
        (2, 2, "unknown kind 0x2"),
        (3, 9999, "incomplete"),
        (6, COLUMNS, "none of the 4"),
    ],
)
def test_trees_that_cannot_be_walked(project, at, value, message):
    with h5py.File(project, "a") as file:
        file[TREE + "/topology"][at] = value
    with pytest.raises(DamagedProject, match=message) as caught:
        read_project(project)
    assert str(project) in str(caught.value)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 40), value=st.integers(-(2**31), 2**31 - 1) | st.integers(-2, 50))
def test_whatever_stands_in_a_tree_is_read_or_refused(project, at, value):
    with h5py.File(project, "a") as file:
        topology = file[TREE + "/topology"]
        at = at % len(topology)
        before, topology[at] = topology[at], value
    try:
        read_project(project)
    except DamagedProject:
        assert value != before
    finally:
        with h5py.File(project, "a") as file:
            file[TREE + "/topology"][at] = before


def test_forests_that_contradict_each_other(project):
    inner = "PixelClassification/ClassifierForests/Forest0001/_ext_param/"
    with h5py.File(project, "a") as file:
        file[inner + "labels"][:] = [1, 3]
    with pytest.raises(DamagedProject, match=r"know different labels"):
        read_project(project)
    with h5py.File(project, "a") as file:
        file[inner + "labels"][:] = [1, 2]
        file[inner + "column_count_"][:] = 5
    with pytest.raises(DamagedProject, match=r"different numbers of columns"):
        read_project(project)


def test_files_that_are_no_projects(tmp_path, project):
    with pytest.raises(MissingProject, match=r"no such file"):
        read_project(tmp_path / "none.ilp")
    (tmp_path / "text.ilp").write_text("no HDF5")
    with pytest.raises(NotAProject, match=r"is no HDF5 file"):
        read_project(tmp_path / "text.ilp")
    with h5py.File(tmp_path / "other.ilp", "w") as file:
        file["workflowName"] = b"Carving"
    with pytest.raises(NotAProject, match=r"its workflow is 'Carving'"):
        read_project(tmp_path / "other.ilp")
    whole = project.read_bytes()
    project.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DamagedProject, match=r"small.ilp: cannot be read"):
        read_project(project)


@pytest.mark.parametrize(
    ("name", "channels", "volume"),
    [("PixelClass", 1, False), ("PixelClass3Channel", 3, False), ("PixelClass3D", 1, True)],
)
def test_columns_of_real_projects_have_the_names_that_are_stored(test_data, name, channels, volume):
    project = read_project(test_data / "pixels" / f"{name}.ilp")
    (stage,) = project.stages
    names = tuple(column.name for column in stage.selection.columns(channels, volume=volume))
    assert names == stage.classifier.feature_names
    assert project.inputs[0].channels == channels
    assert len(stage.labels[0]) > 0


def test_a_real_project_of_autocontext(test_data):
    first, second = read_project(test_data / "pixels" / "Autocontext_2D.ilp").stages
    for stage, channels in ((first, 1), (second, 3)):
        names = tuple(column.name for column in stage.selection.columns(channels, volume=False))
        assert names == stage.classifier.feature_names


def test_real_projects_without_classifier(test_data):
    with pytest.raises(MissingClassifier, match=r"PixelClassNoClassifier.ilp"):
        read_project(test_data / "pixels" / "PixelClassNoClassifier.ilp").classifiers()
    with pytest.raises(MissingFeatures, match=r"PixelClassNoData.ilp"):
        read_project(test_data / "pixels" / "PixelClassNoData.ilp").classifiers()
