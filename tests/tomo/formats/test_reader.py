import stat

import h5py
import numpy as np
import pytest

from batchwork.errors import FileFormatError
from batchwork.tomo.formats import ScanDefect, data_nbytes, errors, open_scan, read_metadata

from .conftest import ANGLES, COLUMNS, DARKS, FLATS, ROWS, counts


def test_metadata_of_a_scan(write_scan):
    info = read_metadata(write_scan())
    assert (info.angles, info.rows, info.columns, info.nflat, info.ndark) == (
        ANGLES,
        ROWS,
        COLUMNS,
        FLATS,
        DARKS,
    )
    assert info.dtype == np.uint16
    assert info.kind == "dxchange"
    assert info.nbytes == ANGLES * ROWS * COLUMNS * 2
    assert info.chunks is None
    assert info.row_chunk == 1
    assert not info.is_short
    np.testing.assert_allclose(info.theta_rad, np.arange(ANGLES) * np.pi / ANGLES)
    assert not info.theta_rad.flags.writeable


def test_rows_that_are_unpacked_together(write_scan):
    path = write_scan(data=None)
    with h5py.File(path, "a") as file:
        file.create_dataset("exchange/data", data=counts()["data"], chunks=(8, 2, COLUMNS), compression="gzip")
    info = read_metadata(path)
    assert (info.chunks, info.compressed, info.row_chunk) == ((8, 2, COLUMNS), True, 2)


def test_block_of_rows_and_columns(write_scan):
    with open_scan(write_scan()) as scan:
        block = scan.projections(slice(1, 3), slice(4, 20))
        flats = scan.flats(slice(1, 3))
        whole = scan.projection(7)
    np.testing.assert_array_equal(block, counts()["data"][:, 1:3, 4:20])
    np.testing.assert_array_equal(flats, counts()["data_white"][:, 1:3])
    np.testing.assert_array_equal(whole, counts()["data"][7])


def test_reads_into_the_callers_buffer(write_scan):
    out = np.full((ANGLES, 2, COLUMNS), np.nan, np.float32)
    with open_scan(write_scan()) as scan:
        assert scan.projections(slice(2, 4), out=out) is out
    np.testing.assert_array_equal(out, counts()["data"][:, 2:4])


def test_flat_and_dark_are_means(write_scan):
    with open_scan(write_scan()) as scan:
        flat, dark = scan.flat_dark(slice(0, 2), slice(3, 9))
    assert flat.dtype == dark.dtype == np.float32
    np.testing.assert_allclose(flat, counts()["data_white"][:, :2, 3:9].mean(0), rtol=1e-6)
    np.testing.assert_allclose(dark, counts()["data_dark"][:, :2, 3:9].mean(0), rtol=1e-6)


def test_big_endian_counts_become_native(write_scan):
    path = write_scan(data=counts()["data"].astype(">u2"))
    with open_scan(path) as scan:
        block = scan.projections(slice(0, 1))
    assert block.dtype.isnative
    assert scan.info.dtype.isnative
    np.testing.assert_array_equal(block, counts()["data"][:, :1])


def test_radians_are_taken_where_the_file_says_so(write_scan):
    path = write_scan(theta=np.linspace(0, np.pi, ANGLES, endpoint=False))
    with h5py.File(path, "a") as file:
        file["exchange/theta"].attrs["units"] = b"radians"
    np.testing.assert_allclose(read_metadata(path).theta_rad, np.arange(ANGLES) * np.pi / ANGLES)


def test_size_counts_the_shape_not_the_disk(write_scan):
    path = write_scan(data=None, data_white=None)
    with h5py.File(path, "a") as file:
        file.create_dataset("exchange/data", (50, 8, 16), np.float32, chunks=(1, 8, 16), compression="gzip")
    assert data_nbytes(path) == 50 * 8 * 16 * 4


def test_size_needs_the_projections(write_scan, write_nxtomo):
    assert data_nbytes(write_nxtomo()) == ANGLES * ROWS * COLUMNS * 2
    with pytest.raises(errors.MissingDataset, match="/exchange/data"):
        data_nbytes(write_scan(data=None))
    with pytest.raises(errors.WrongShape):
        data_nbytes(write_scan(data=counts()["data"][0]))


def test_short_scan_is_refused_unless_accepted(write_scan):
    path = write_scan(data=counts()["data"][:20])
    with pytest.raises(errors.AbortedScan, match=r"20 of the 60 frames.*--accept-short"):
        open_scan(path)
    info = read_metadata(path)
    assert info.is_short
    assert (info.angles, info.theta_count, info.theta_rad.size) == (20, ANGLES, 20)
    with open_scan(path, accept_short=True) as scan:
        assert scan.projections(slice(0, 1)).shape == (20, 1, COLUMNS)


def test_names_with_spaces_and_unicode(write_scan):
    assert read_metadata(write_scan("zahn µ 日本 #1.h5")).angles == ANGLES


def test_read_only_file_in_a_read_only_folder(write_scan, tmp_path):
    path = write_scan()
    path.chmod(stat.S_IRUSR)
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        before = path.stat()
        with open_scan(path) as scan:
            scan.projections()
        assert path.stat().st_mtime_ns == before.st_mtime_ns
        assert list(tmp_path.iterdir()) == [path]
    finally:
        tmp_path.chmod(stat.S_IRWXU)


def test_an_open_scan_does_not_keep_a_writer_out(write_scan):
    path = write_scan()
    with open_scan(path), path.open("r+b") as stream:
        import fcntl

        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_the_file_is_closed_after_a_refusal(write_scan):
    path = write_scan(data_dark=None)
    with pytest.raises(errors.NoDarks):
        open_scan(path)
    with h5py.File(path, "a") as file:
        file["exchange/data_dark"] = counts()["data_dark"]
    assert read_metadata(path).ndark == DARKS


def test_pixel_size_at_the_sample(write_scan):
    path = write_scan()
    with h5py.File(path, "a") as file:
        size = file.create_dataset("measurement/instrument/detector/pixel_size", data=6.5)
        size.attrs["units"] = "microns"
        file["measurement/instrument/detection_system/objective/magnification"] = b"10x"
    assert read_metadata(path).pixel_size_um == pytest.approx(0.65)
    with h5py.File(path, "a") as file:
        file["measurement/instrument/detection_system/objective/resolution"] = [0.69]
        file["measurement/instrument/detection_system/objective/resolution"].attrs["units"] = "um"
    assert read_metadata(path).pixel_size_um == pytest.approx(0.69)


def test_pixel_size_without_unit_is_left_out(write_scan):
    path = write_scan()
    with h5py.File(path, "a") as file:
        file["measurement/instrument/detector/pixel_size"] = 6.5
    assert read_metadata(path).pixel_size_um is None


def test_defects_are_format_errors():
    assert issubclass(ScanDefect, FileFormatError)
    assert issubclass(ScanDefect, ValueError)


def test_the_tooth(test_data):
    with open_scan(test_data / "tomo" / "tooth.h5") as scan:
        info = scan.info
        flat, dark = scan.flat_dark()
        data = scan.projections()
    assert (info.angles, info.rows, info.columns, info.nflat, info.ndark) == (181, 2, 640, 10, 10)
    assert np.rad2deg(info.theta_rad[-1]) == pytest.approx(179.00552486)
    assert data.dtype == np.float32
    assert info.nbytes == data.nbytes
    assert 0.1 < ((data - dark) / (flat - dark)).min() < 1
