"""Cells outlined by a project's or a network's predictions, in the workflows made for them."""

import numpy as np
import pytest
import tifffile
from tests.screening.networks_made import write_onnx
from tests.screening.plates_made import make_plate, run, scores

from batchwork.pixels import Feature, FeatureSelection, Growth, write_project
from batchwork.pixels.sources import ArraySource
from batchwork.pixels.training.lanes import Lane, blocks_of_labels
from batchwork.pixels.training.saving import new_project
from batchwork.pixels.training.training import train
from batchwork.screening.kernels.distances import erode_mask
from batchwork.screening.plates.containers import read_images

BY_PROJECT, BY_NETWORK = "instance_analysis_workflow1", "instance_analysis_workflow2"


@pytest.fixture(scope="module")
def plate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plate")
    make_plate(folder, wells=2, sites=1, seed=2, size=320)
    return folder


def truth(plate, well):
    image = next(plate.glob(f"Well{well}*.tiff"))
    return tifffile.imread(image), tifffile.imread(plate / "truth" / f"{image.stem}.tif")


@pytest.fixture(scope="module")
def project(plate, tmp_path_factory):
    """A project of nuclei and serum, trained on the plate's first site: border, inside, background, nucleus."""
    path = tmp_path_factory.mktemp("project") / "boundaries.ilp"
    image, cells = truth(plate, "A01")
    planes = np.moveaxis(image[[0, 2]], 0, -1)
    inner = np.zeros(cells.shape, bool)
    for label in np.unique(cells)[1:]:
        inner |= erode_mask(cells == label, 2)
    nucleus = inner & (image[0] > np.percentile(image[0], 85))
    labels = np.where(nucleus, 4, np.where(inner, 2, np.where(cells > 0, 1, 3))).astype(np.uint8)
    lane = Lane("image", ArraySource(planes[None, None]), "yx", blocks_of_labels(labels, "yx"))
    kinds = (Feature.GAUSSIAN_SMOOTHING, Feature.LAPLACIAN_OF_GAUSSIAN, Feature.HESSIAN_OF_GAUSSIAN_EIGENVALUES)
    selection = FeatureSelection(kinds, (1.6, 3.5), ((True, True),) * 3)
    write_project(path, new_project(path, ["a.h5/image"], [lane], train([lane], selection, Growth(15, 1))))
    return path


def container(folder, well):
    return read_images(next(folder.glob(f"Well{well}*.h5")))


def found_share(found, true):
    """Give the share of true cells that lie by more than half within one found cell."""
    labels = [label for label in np.unique(true)[1:] if (true == label).sum() > 200]
    return np.mean([np.bincount(found[true == k])[1:].max(initial=0) > 0.5 * (true == k).sum() for k in labels])


def test_a_project_of_boundaries_outlines_cells(plate, project, tmp_path):
    words = ("--project", project, "--project-channels", '["nuclei", "serum"]', "--background-channel", "2")
    done = run(plate, tmp_path / "out", *words, "--nuclei-channel", "3", workflow=BY_PROJECT)
    assert "finds the cells itself" not in done.stderr
    assert scores(tmp_path / "out")["A02"]["score"] is not None
    images = container(tmp_path / "out", "A02")
    assert {"cell_boundaries", "cell_foreground", "nucleus_segmentation", "cell_segmentation"} <= images.keys()
    cells, nuclei = images["cell_segmentation"], images["nucleus_segmentation"]
    assert (cells[nuclei > 0] == nuclei[nuclei > 0]).all()
    assert found_share(cells, truth(plate, "A02")[1]) > 0.7


def test_a_network_outlines_cells(plate, tmp_path):
    net = write_onnx(tmp_path / "net.onnx")
    words = ("--network", net, "--erode-mask", "3", "--steps", "segment")
    run(plate, tmp_path / "out", *words, workflow=BY_NETWORK)
    images = container(tmp_path / "out", "A02")
    assert images["cell_foreground"].max() <= 1
    assert found_share(images["cell_segmentation"], truth(plate, "A02")[1]) > 0.5
    done = run(plate, tmp_path / "out", *words, "--boundary-channel", "2", workflow=BY_NETWORK, code=1)
    assert "net.onnx: has 2 classes, from 0 on; there is no 2" in done.stdout


def test_weights_that_cannot_be_used_fail_with_what_to_do_instead(plate, tmp_path):
    (tmp_path / "stardist.h5").write_bytes(b"weights")
    words = ("--network", tmp_path / "stardist.h5", "--steps", "segment")
    done = run(plate, tmp_path / "out", *words, workflow=BY_NETWORK, code=1)
    assert "weights of Keras, as StarDist has them, cannot be used; convert the network to ONNX" in done.stdout
