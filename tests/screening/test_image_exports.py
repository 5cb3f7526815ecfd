"""Exports of images, read back as other programs read them."""

import shutil

import h5py
import numpy as np
import pytest
import zarr
from tests.commands import program
from tests.screening.plates_made import scores

from batchwork.screening.plates.containers import read_images


@pytest.fixture(scope="module")
def exported(whole, tmp_path_factory):
    """The plate of three wells in both forms."""
    folder = tmp_path_factory.mktemp("exported")
    for form in ("ome-zarr", "platebrowser"):
        program("screening", "export", whole / "fresh", "--format", form, "--out", folder / form)
    return folder


def site_of(whole, well, number):
    return next(path for path in (whole / "fresh").glob(f"Well{well}_Point{well}_{number:04d}*.h5"))


def test_a_plate_is_one_ome_zarr(exported):
    ome = zarr.open_group(exported / "ome-zarr" / "cell_analysis.ome.zarr", mode="r").attrs["ome"]
    assert ome["version"] == "0.5"
    plate = ome["plate"]
    assert plate["version"] == "0.5"
    assert plate["rows"] == [{"name": "A"}]
    assert plate["columns"] == [{"name": "01"}, {"name": "02"}, {"name": "03"}]
    assert plate["wells"][1] == {"path": "A/02", "rowIndex": 0, "columnIndex": 1}
    assert plate["field_count"] == 2


def test_every_field_of_a_well_has_its_images_and_labels(exported, whole):
    root = zarr.open_group(exported / "ome-zarr" / "cell_analysis.ome.zarr", mode="r")
    assert root["A/02"].attrs["ome"]["well"]["images"] == [{"path": "0"}, {"path": "1"}]
    field, true = root["A/02/1"], read_images(site_of(whole, "A02", 1))
    (scales,) = field.attrs["ome"]["multiscales"]
    assert [axis["name"] for axis in scales["axes"]] == ["c", "y", "x"]
    assert [one["path"] for one in scales["datasets"]] == ["0", "1", "2", "3", "4"]
    assert scales["datasets"][2]["coordinateTransformations"] == [
        {"type": "scale", "scale": [1.0, 4.0, 4.0]},
        {"type": "translation", "translation": [0.0, 1.5, 1.5]},
    ]
    names = [channel["label"] for channel in field.attrs["ome"]["omero"]["channels"]]
    assert sorted(names) == ["marker", "nuclei", "serum_IgG"]
    for number, name in enumerate(names):
        assert np.array_equal(field["0"][number], true[name])
    assert field["1"].shape == (3, 128, 128)
    assert field["1"].metadata.dimension_names == ("c", "y", "x")
    labels = field["labels"].attrs["ome"]["labels"]
    assert labels == ["cell_segmentation", "nucleus_segmentation"]
    cells = field["labels/cell_segmentation"]
    assert np.array_equal(cells["0"][:], true["cell_segmentation"])
    assert cells.attrs["ome"]["image-label"] == {"source": {"image": "../../"}}
    assert set(np.unique(cells["3"][:])) <= set(np.unique(true["cell_segmentation"]))


def test_exporting_again_replaces_what_was_there(exported, whole):
    before = sorted(path.name for path in (exported / "ome-zarr").iterdir())
    program("screening", "export", whole / "fresh", "--format", "ome-zarr", "--out", exported / "ome-zarr")
    assert sorted(path.name for path in (exported / "ome-zarr").iterdir()) == before == ["cell_analysis.ome.zarr"]


def test_the_plate_viewer_gets_pyramids_and_how_to_show_them(exported, whole):
    source = site_of(whole, "A02", 0)
    true = read_images(source)
    with h5py.File(exported / "platebrowser" / source.name) as file:
        group = file["serum_IgG"]
        assert [group[f"s{k}"].shape for k in range(5)] == [(256 // 2**k,) * 2 for k in range(5)]
        assert np.array_equal(group["s0"][:], true["serum_IgG"])
        assert group.attrs["ScaleFactors"].tolist() == [1, 2, 4, 8, 16]
        assert (group.attrs["Color"], group.attrs["Skip"]) == ("Green", False)
        assert group.attrs["ContrastLimits"].tolist() == np.percentile(true["serum_IgG"], (1, 99)).tolist()
        assert group["s0"].compression == "gzip"
        labels = file["cell_segmentation"]
        assert (labels.attrs["Color"], labels["s1"].dtype) == ("Glasbey", np.uint32)
        assert "IgG score" in file.attrs["WellInformation"]
        assert "infected_cells" in file.attrs["ImageInformation"]
        table = file["tables/cell_segmentation/default"]
        columns = [name.decode() for name in table["columns"][:]]
        assert columns[0] == "label_id"
        assert table["cells"][:, 0].astype(float).tolist()[:2] == [0, 1]
        assert table["visible"].shape == (len(columns),)
        assert len(table["cells"]) == 1 + len(np.unique(true["cell_segmentation"])) - 1


def test_the_plate_viewer_gets_tables_of_wells_and_images(exported, whole):
    with h5py.File(exported / "platebrowser" / "cell_analysis_table.hdf5") as file:
        wells, images = file["tables/wells/default"], file["tables/images/default"]
        columns = [name.decode() for name in wells["columns"][:]]
        found = dict(zip(wells["cells"][:, 0], wells["cells"][:, columns.index("IgG_score")], strict=True))
        assert float(found[b"A02"]) == pytest.approx(scores(whole / "fresh")["A02"]["score"])
        assert found[b"A01"] == b"nan"
        assert [name.decode() for name in images["columns"][:3]] == ["image_name", "site_name", "well_name"]
        assert images["cells"][0, 1] == b"A01-0000"
        assert images["cells"].shape[0] == 6


def test_a_folder_without_containers_is_told(whole, tmp_path):
    shutil.copytree(whole / "fresh", tmp_path / "out")
    for path in (tmp_path / "out").glob("*.h5"):
        path.unlink()
    done = program("screening", "export", tmp_path / "out", "--format", "ome-zarr", code=2)
    assert "there are no containers of cell_analysis to export; run its step segment" in done.stderr
    assert not (tmp_path / "out" / "cell_analysis" / "export").exists()
