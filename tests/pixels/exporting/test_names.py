from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.errors import ParameterError
from batchwork.pixels.exporting.formats import FORMATS, parse_format
from batchwork.pixels.exporting.names import expand, name_result, needs_extent

FIELDS = {"dataset_dir": "/data", "nickname": "im.a", "result_type": "Simple Segmentation", "x_start": 7}


@pytest.mark.parametrize(
    ("template", "kind", "path", "slices"),
    [
        ("{dataset_dir}/{nickname}_{result_type}", "hdf5", "/data/im.a_Simple Segmentation.h5", ""),
        ("{dataset_dir}/{nickname}_{result_type}.h5", "png", "/data/im.a_Simple Segmentation.png", ""),
        ("/out/{nickname}_{x_start:03d}_{other}", "numpy", "/out/im.a_007_{other}.npy", ""),
        ("/out/{nickname}_v1.2", "tiff", "/out/im.a_v1.2.tiff", ""),
        ("/out/{nickname}", "png sequence", "/out/im.a", "im.a_{slice_index}.png"),
        ("/out/{nickname}_{slice_index:04d}.tif", "tif sequence", "/out/im.a", "im.a_{slice_index:04d}.tif"),
        ("/out/{nickname}/s{slice_index}", "tif sequence", "/out/im.a", "s{slice_index}.tif"),
        ("/out/{nickname}", "multi-scale OME-Zarr", "/out/im.a.zarr", ""),
    ],
)
def test_templates(template, kind, path, slices):
    named = name_result(template, FIELDS, parse_format(kind))
    assert (str(named.path), named.slice_name) == (path, slices)


def test_a_relative_name_counts_from_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert name_result("out/{nickname}", FIELDS, FORMATS["hdf5"]).path == tmp_path / "out" / "im.a.h5"


@pytest.mark.parametrize(
    "template", ["/out/../{nickname}", "{dataset_dir}/../../x.h5", "/out/{nickname:d}", "/o/{", "/"]
)
def test_templates_that_lead_nowhere_are_refused(template):
    with pytest.raises(ParameterError, match="name template"):
        name_result(template, FIELDS, FORMATS["hdf5"])


@given(st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"])))
def test_text_without_braces_stays(text):
    assert expand(text, FIELDS) == text


def test_which_templates_need_the_image():
    assert needs_extent("{roi}")
    assert needs_extent("{y_start:03d}")
    assert needs_extent("a_{c_stop}")
    assert not needs_extent("{dataset_dir}/{nickname}")


def test_formats_are_found_under_any_spelling_and_refused_with_another():
    assert parse_format("Compressed_HDF5").compressed
    assert parse_format("zarr").version == "0.4"
    assert parse_format("Multi-Scale OME-Zarr 0.5").version == "0.5"
    for name, use in (("dvid", "hdf5"), ("blockwise hdf5", "hdf5"), ("hdr", "tiff"), ("ras", "png")):
        with pytest.raises(ParameterError, match=f"is not written here; use .*{use}"):
            parse_format(name)
    with pytest.raises(ParameterError, match="did you mean 'png sequence'"):
        parse_format("png sequense")
    assert all(Path("x" + one.suffix).suffix == one.suffix for one in FORMATS.values())
