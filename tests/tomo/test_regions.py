from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.errors import ParameterError
from batchwork.tomo.formats.scan import ScanInfo
from batchwork.tomo.kernels.gridding import work_bytes
from batchwork.tomo.regions import MOST_SLICES, Region, blocks, counts_dtype, parse_range, slice_bytes


def info(rows=64, columns=128, angles=90, dtype="uint16", chunks=None):
    kind = np.dtype(dtype)
    return ScanInfo(
        path=Path("scan.h5"), kind="dxchange", angles=angles, rows=rows, columns=columns, dtype=kind, nflat=1, ndark=1,
        theta_rad=np.linspace(0, np.pi, angles, endpoint=False), theta_count=angles, pixel_size_um=None, chunks=chunks,
        compressed=chunks is not None, nbytes=angles * rows * columns * kind.itemsize,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [(":", range(10)), ("3:", range(3, 10)), (":4", range(4)), ("2:5", range(2, 5)), ("8:99", range(8, 10))],
)
def test_ranges(text, found):
    assert parse_range(text, 10, "rows") == found


@pytest.mark.parametrize("text", ["", "3", "5:5", "7:2", "10:20", "a:b", "1:2:3", "-3:5"])
def test_ranges_with_nothing_in_them_are_refused(text):
    with pytest.raises(ParameterError, match=r"rows .*(write A:B|nothing of the detector)"):
        parse_range(text, 10, "rows")


def test_only_whole_binned_rows_are_taken_and_counted_from_the_whole_detector():
    region = Region.of(info(), "5:23", "9:118", 2)
    assert region.rows == range(2, 5)
    assert region.detector_rows(region.rows) == slice(8, 20)
    assert (region.size, region.columns) == (27, range(9, 118))


@pytest.mark.parametrize(("rows", "columns", "binning"), [("1:7", ":", 2), (":", "4:19", 3), (":", "4:5", 0)])
def test_nothing_left_is_told(rows, columns, binning):
    with pytest.raises(ParameterError, match=r"too few pixels are left .* \d+ rows and \d+ columns"):
        Region.of(info(), rows, columns, binning)


def test_the_middle_of_the_detector_stays_the_middle():
    for binning in range(4):
        region = Region.of(info(), columns="16:112", binning=binning)
        assert region.cor(63.5) == pytest.approx((region.size - 1) / 2)


@given(
    rows=st.integers(1, 300), start=st.integers(0, 299), binning=st.integers(0, 3), chunk=st.integers(1, 400),
    budget=st.integers(0, 2 << 30),
)  # fmt: skip
def test_blocks_cover_the_region_once_in_order_and_keep_to_the_budget(rows, start, binning, chunk, budget):
    what = info(rows, chunks=(1, chunk, 128))
    try:
        region = Region.of(what, f"{start}:", binning=binning)
    except ParameterError:
        return
    found = blocks(what, region, budget)
    assert [index for block in found for index in block] == list(region.rows)
    most = max(len(block) for block in found)
    used = work_bytes(region.size, what.angles) + most * slice_bytes(what, region)
    assert used <= budget or most == 1
    assert most <= max(MOST_SLICES, -(-what.row_chunk // region.side))


@pytest.mark.parametrize(("chunk", "sizes"), [(5, {30}), (8, {32}), (6, {24}), (50, {50}), (300, {131})])
def test_blocks_end_with_the_chunks_of_the_file(chunk, sizes):
    what = info(600, chunks=(1, chunk, 128))
    region = Region.of(what)
    budget = work_bytes(128, what.angles) + 131 * slice_bytes(what, region)
    assert {len(block) for block in blocks(what, region, budget)[:-1]} == sizes


def test_a_region_that_begins_within_a_chunk_meets_its_end_first():
    found = blocks(info(64, chunks=(1, 16, 128)), Region.of(info(64), "10:"), 1 << 30)
    assert [(b.start, b.stop) for b in found] == [(10, 32), (32, 64)]


@pytest.mark.parametrize(
    ("given", "read"), [("uint8", "uint8"), ("uint16", "uint16"), ("int16", "float32"), ("float64", "float32")]
)
def test_counts_are_read_as_they_are_or_as_float32(given, read):
    assert counts_dtype(info(dtype=given)).name == read
