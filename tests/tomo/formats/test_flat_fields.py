import h5py
import numpy as np
import pytest

from batchwork.tomo.formats import open_scan
from batchwork.tomo.formats.flat_fields import groups_at

from .conftest import ANGLES, COLUMNS, DARKS, FLATS, ROWS, counts

WHITE = counts()["data_white"]


def positions(path, **options):
    with open_scan(path, **options) as scan:
        return scan.flat_fields().positions.tolist()


def say(path, **entries):
    """Write what TomoScan writes of its flats."""
    with h5py.File(path, "a") as file:
        for name, value in entries.items():
            file[f"process/acquisition/flat_fields/{name}"] = value
    return path


def test_halves_of_a_file_that_does_not_say_when(write_scan):
    with open_scan(write_scan()) as scan:
        fields = scan.flat_fields(slice(1, 3), slice(4, 20))
    assert fields.positions.tolist() == [0, ANGLES]
    assert fields.frames.dtype == np.float32
    half = FLATS // 2
    for frame, part in zip(fields.frames, (WHITE[:half], WHITE[half:]), strict=True):
        np.testing.assert_allclose(frame, part[:, 1:3, 4:20].mean(0), rtol=1e-6)


def test_a_single_flat_is_one_group(write_scan):
    assert positions(write_scan(data_white=WHITE[:1])) == [0]


@pytest.mark.parametrize(
    ("mode", "expected"), [("Start", [0]), (b"End", [ANGLES]), ("Both", [0, ANGLES]), ("None", [0]), ("?", [0, ANGLES])]
)
def test_mode_of_the_acquisition(write_scan, mode, expected):
    assert positions(say(write_scan(), flat_field_mode=mode)) == expected


def test_number_of_flats_taken_each_time(write_scan):
    path = say(write_scan(), flat_field_mode=[b"Both"], num_flat_fields=[4])
    with open_scan(path) as scan:
        np.testing.assert_allclose(scan.flat_fields().frames[1], WHITE[4], rtol=1e-6)
    path = say(write_scan("all.h5"), flat_field_mode="Both", num_flat_fields=FLATS)
    assert positions(path) == [0, ANGLES]


def test_after_a_scan_that_was_broken_off(write_scan):
    assert positions(write_scan(data=counts()["data"][:20]), accept_short=True) == [0, 20]


def test_by_image_key(write_nxtomo):
    with open_scan(write_nxtomo()) as scan:
        fields = scan.flat_fields(slice(2, 4))
    assert fields.positions.tolist() == [0, ANGLES]
    np.testing.assert_allclose(fields.frames[0], WHITE[:2, 2:4].mean(0), rtol=1e-6)
    np.testing.assert_allclose(fields.frames[1], WHITE[2:, 2:4].mean(0), rtol=1e-6)


def test_flats_between_the_projections(write_nxtomo):
    path = write_nxtomo()
    with h5py.File(path, "a") as file:
        key = file["entry1/tomo_entry/instrument/detector/image_key"]
        values = np.repeat([1, 2, 1, 0, 1, 0], [1, DARKS, 1, 25, 2, ANGLES - 25 + 1])
        assert values.size == key.size
        key[:] = values
        frames = file["entry1/tomo_entry/data/data"][()]
        file["entry1/tomo_entry/data/rotation_angle"][...] = np.arange(key.size) * 3.0
    with open_scan(path) as scan:
        fields = scan.flat_fields()
    assert fields.positions.tolist() == [0, 25]
    np.testing.assert_allclose(fields.frames[0], frames[[0, DARKS + 1]].mean(0), rtol=1e-6)
    np.testing.assert_allclose(fields.frames[1], frames[DARKS + 27 : DARKS + 29].mean(0), rtol=1e-6)


def test_dark_field(write_scan):
    with open_scan(write_scan()) as scan:
        dark = scan.dark_field(slice(0, 2), slice(3, 9))
    assert dark.dtype == np.float32
    np.testing.assert_allclose(dark, counts()["data_dark"][:, :2, 3:9].mean(0), rtol=1e-6)


def test_large_counts_are_averaged_without_loss(write_scan):
    white = np.full((FLATS, ROWS, COLUMNS), 2**24 + 1, np.uint32)
    with open_scan(write_scan(data_white=white)) as scan:
        assert (scan.flat_fields().frames == np.float32(2**24 + 1)).all()


def test_groups_take_every_frame_once():
    groups = groups_at(np.array([0, 0, 7, 7, 7, 9]))
    assert [(g.position, g.frames.start, g.frames.stop) for g in groups] == [(0, 0, 2), (7, 2, 5), (9, 5, 6)]
    assert groups_at(np.array([], np.int64)) == ()


def test_the_flats_of_k11_were_taken_before_and_after(test_data):
    with open_scan(test_data / "tomo" / "k11" / "k11-18014.nxs") as scan:
        fields = scan.flat_fields()
    assert fields.positions.tolist() == [0, 3001]
    assert fields.frames.mean((1, 2)) == pytest.approx([44974.65, 45659.95], abs=0.01)
