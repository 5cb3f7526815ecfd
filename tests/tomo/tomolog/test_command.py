"""The words of TomoLog's command line, and the contrast among them."""

import argparse
from pathlib import Path

import numpy as np
import pytest

from batchwork.tomo.formats.volume import VolumeInfo, volume_writer
from batchwork.tomo.page_content import PageContent
from batchwork.tomo.tomolog.command import TomologOptions, UploadFailed, require_found, words_for
from batchwork.tomo.tomolog.contrast import Shown, look_into

SCAN = Path("/data/may/foam_0007.h5")


def parsed(words):
    """Read them as TomoLog does."""
    parser = argparse.ArgumentParser()
    run = parser.add_subparsers().add_parser("run")
    for name in ("beamline", "file-name", "cloud-service", "presentation-url", "note", "doc-dir"):
        run.add_argument(f"--{name}")
    for name in ("idx", "idy", "idz"):
        run.add_argument(f"--{name}", type=int, default=0)
    for name in ("min", "max"):
        run.add_argument(f"--{name}", type=float)
    return parser.parse_args(words[1:])


def test_everything_reaches_tomolog_as_it_was_given():
    options = TomologOptions(
        program="/opt/tomolog", beamline="2-bm", cloud="aps", presentation_url="https://x/d/1/edit",
        content=PageContent(note="--a 'b'", column=3, slice=5), extra=("--doc-dir", "here"),
    )  # fmt: skip
    words = words_for(SCAN, options, Shown(-2.5e-7, 0.125, 0, 10))
    assert words[:2] == ["/opt/tomolog", "run"]
    found = parsed(words)
    assert (found.file_name, found.beamline, found.cloud_service) == (str(SCAN), "2-bm", "aps")
    assert (found.presentation_url, found.note, found.doc_dir) == ("https://x/d/1/edit", "--a 'b'", "here")
    assert (found.idx, found.idy, found.idz) == (3, -1, 5)
    assert (found.min, found.max) == (-2.5e-7, 0.125)


def test_what_is_not_given_is_left_to_tomologs_own_configuration():
    words = words_for(SCAN, TomologOptions(), Shown(0, 1, 0, 10))
    assert not {"--beamline", "--cloud", "--presentation-url", "--note"} & set(words)
    assert parsed(words).idz == -1


def test_of_a_volume_that_begins_higher_up_the_middle_is_told():
    assert parsed(words_for(SCAN, TomologOptions(), Shown(0, 1, 100, 104))).idz == 104


def test_a_volume_that_tomolog_would_not_find_is_refused(tmp_path):
    scan, place = tmp_path / "may" / "foam.h5", tmp_path / "may_rec" / "foam_rec"
    place.mkdir(parents=True)
    require_found(scan, place)
    with pytest.raises(UploadFailed, match="--format tiff"):
        require_found(scan, tmp_path / "may_rec" / "foam_rec.h5")
    (tmp_path / "foam_rec").mkdir()
    with pytest.raises(UploadFailed, match="looks for the volume of foam"):
        require_found(scan, tmp_path / "foam_rec")


@pytest.fixture
def written(tmp_path):
    """Write a volume of slices 10 to 14 whose values are known, and give its folder."""

    def write(dtype):
        values = np.linspace(-1, 3, 5 * 40 * 40, dtype=np.float32).reshape(5, 40, 40)
        scale = {} if dtype == "float32" else {"value_range": (-1.0, 3.0)}
        with volume_writer(
            "tiff", tmp_path, VolumeInfo(range(10, 15), (40, 40), 20.0, "ramp", dtype=dtype, **scale)
        ) as w:
            for index, image in zip(range(10, 15), values, strict=True):
                w.write(index, image)
        return values

    return write


def test_black_and_white_are_percentiles_of_the_middle_slice_each_by_itself(written, tmp_path):
    low, high = np.percentile(written("float32")[2], (5, 95))
    assert look_into(tmp_path, None, None) == Shown(pytest.approx(low), pytest.approx(high), 10, 12)
    assert look_into(tmp_path, 0.5, None) == Shown(0.5, pytest.approx(high), 10, 12)
    assert look_into(tmp_path, None, 2.0) == Shown(pytest.approx(low), 2.0, 10, 12)


def test_in_whole_numbers_they_are_as_stored(written, tmp_path):
    low, high = np.percentile(written("uint16")[2], (5, 95))
    shown = look_into(tmp_path, None, 3.0)
    assert shown.low == pytest.approx((low + 1) / 4 * 65535, abs=2)
    assert shown.high == pytest.approx(65535)
    assert high < 3
