import h5py
import pytest
import tifffile

from batchwork.tomo.formats.completeness import how_complete, is_complete

from .conftest import ANGLES, COLUMNS, ROWS, counts, held_open, write_theta

DATA = counts()["data"]


def why_not(path, **options):
    found = how_complete(path, **options)
    assert found.is_complete == is_complete(path, **options) == (found.reason == "")
    return found.reason


def set_aside(path, written, *, name="data", chunks=(1, ROWS, COLUMNS)):
    """Make space for all frames, and write the first ones."""
    values = counts()[name]
    with h5py.File(path, "a") as file:
        stack = file.create_dataset(f"exchange/{name}", values.shape, "u2", chunks=chunks)
        stack[:written] = values[:written]
    return path


def test_a_whole_scan(write_scan, write_nxtomo, write_tiffs):
    for path in (write_scan(), write_nxtomo(), write_tiffs()):
        assert why_not(path) == ""
        assert how_complete(path).written == how_complete(path).planned == ANGLES


@pytest.mark.parametrize("written", [0, 1, 33, ANGLES - 1])
@pytest.mark.parametrize("chunks", [(1, ROWS, COLUMNS), (1, 2, COLUMNS), None])
def test_space_that_was_set_aside(write_scan, written, chunks):
    path = set_aside(write_scan(data=None), written, chunks=chunks)
    assert f"{written} of {ANGLES} projections" in why_not(path)
    assert how_complete(path).written == written


def test_the_last_frame_makes_it_whole(write_scan):
    assert why_not(set_aside(write_scan(data=None), ANGLES)) == ""


def test_frames_that_are_half_written(write_scan):
    path = set_aside(write_scan(data=None), 59, chunks=(1, 2, COLUMNS))
    with h5py.File(path, "a") as file:
        file["exchange/data"][59, :2] = 6000
    assert "59 of 60" in why_not(path)


def test_fewer_frames_than_angles(write_scan, write_tiffs, write_nxtomo):
    for path in (write_scan(data=DATA[:20]), write_tiffs(data=DATA[:20])):
        assert "20 of 60 projections" in why_not(path)
    path = write_nxtomo()
    with h5py.File(path, "a") as file:
        frames = file["entry1/tomo_entry/data/data"][:40]
        del file["entry1/tomo_entry/data/data"]
        file["entry1/tomo_entry/data/data"] = frames
    assert "35 of 60" in why_not(path)


def test_without_angles_the_number_that_is_announced_counts(write_scan):
    path = write_scan(theta=None, data=DATA[:20])
    assert why_not(path) == ""
    with h5py.File(path, "a") as file:
        file["process/acquisition/rotation/num_angles"] = [ANGLES]
    assert "20 of 60" in why_not(path)


def test_without_angles_a_folder_of_pictures_promises_nothing(write_tiffs, tmp_path):
    path = write_tiffs(theta=None)
    assert "how many projections" in why_not(path)
    assert why_not(path, theta=write_theta(tmp_path / "t.txt", counts()["theta"])) == ""


def test_flats_that_are_not_written_yet(write_scan):
    path = set_aside(write_scan(data_white=None), 3, name="data_white")
    assert "3 of 5 frames of /exchange/data_white" in why_not(path)


def test_missing_flats_are_a_matter_of_soundness(write_scan):
    assert why_not(write_scan(data_white=None, data_dark=None)) == ""


def test_no_projections(write_scan, tmp_path):
    assert "/exchange/data" in why_not(write_scan(data=None))
    assert "no such file" in why_not(tmp_path / "gone.h5")
    assert "directory" in why_not(tmp_path)


def test_a_file_that_is_held_by_its_writer(write_scan):
    path = write_scan()
    with held_open(path):
        assert "open for writing" in why_not(path)
        assert how_complete(path).written == ANGLES
    assert why_not(path) == ""


def test_a_file_that_lets_readers_in(tmp_path):
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w", libver="latest") as file:
        for name, values in counts().items():
            file[f"exchange/{name}"] = values
    assert why_not(path) == ""
    with held_open(path, "file.swmr_mode = True", options=", libver='latest'"):
        assert "open for writing" in why_not(path)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_copy_that_is_still_under_way(write_scan, tmp_path, share):
    path = write_scan()
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert "cut off" in why_not(path)
    stack = tmp_path / "scan.tif"
    tifffile.imwrite(stack, DATA, photometric="minisblack")
    write_theta(tmp_path / "theta.txt", counts()["theta"])
    assert why_not(stack) == ""
    stack.write_bytes(stack.read_bytes()[: int(stack.stat().st_size * share)])
    assert why_not(stack)


def test_another_kind_of_file(tmp_path):
    (tmp_path / "notes.h5").write_text("not a scan")
    assert "not an HDF5 file" in why_not(tmp_path / "notes.h5")


def test_real_scans(test_data):
    assert why_not(test_data / "tomo" / "tooth.h5") == ""
    assert how_complete(test_data / "tomo" / "k11" / "k11-18014.nxs").planned == 3001


def test_frames_of_zeros_inside_are_no_end(write_scan):
    data = DATA.copy()
    data[[7, 29, 30, 44]] = 0
    assert why_not(write_scan(data=data)) == ""
