import os

import h5py
import pytest

from batchwork.tomo.formats import errors, open_scan, read_metadata
from batchwork.tomo.formats.validate import check_scan

from .conftest import ANGLES, COLUMNS, ROWS, counts, found, held_open


def test_missing_file(tmp_path):
    assert found(tmp_path / "no.h5") == {"MissingFile": "error"}


def test_directory(tmp_path):
    assert found(tmp_path) == {"UnreadableFile": "error"}


@pytest.mark.timeout(20)
def test_a_pipe_that_nobody_fills(tmp_path):
    path = tmp_path / "scan.h5"
    os.mkfifo(path)
    assert found(path) == {"UnreadableFile": "error"}


def test_a_link_to_itself(tmp_path):
    path = tmp_path / "scan.h5"
    path.symlink_to(path)
    assert found(path) == {"UnreadableFile": "error"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission(write_scan):
    path = write_scan()
    path.chmod(0)
    assert found(path) == {"UnreadableFile": "error"}


@pytest.mark.parametrize("share", [0.0, 1e-4, 0.01, 0.5, 0.99])
def test_truncated_file(write_scan, share):
    path = write_scan()
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert found(path) == {"TruncatedFile": "error"}


def test_file_whose_end_was_never_transferred(write_scan):
    path = write_scan()
    content = path.read_bytes()
    path.write_bytes(content[:600] + bytes(len(content) - 600))
    assert found(path) == {"DamagedFile": "error"}


def test_damaged_chunk(write_scan):
    path = write_scan(data=None)
    with h5py.File(path, "a") as file:
        data = file.create_dataset(
            "exchange/data", data=counts()["data"], chunks=(1, ROWS, COLUMNS), compression="gzip"
        )
        where = data.id.get_chunk_info(0)
    with path.open("r+b") as stream:
        stream.seek(where.byte_offset)
        stream.write(b"\xff" * where.size)
    assert found(path)["DamagedFile"] == "error"


def test_file_of_another_kind(tmp_path):
    path = tmp_path / "notes.h5"
    path.write_text("not a scan")
    assert found(path) == {"NotHdf5File": "error"}


def test_hdf5_without_a_scan(tmp_path):
    path = tmp_path / "table.h5"
    with h5py.File(path, "w") as file:
        file["table/values"] = [1, 2]
    assert found(path) == {"NotATomographyFile": "error"}


def test_file_that_another_process_holds(write_scan):
    path = write_scan()
    with held_open(path):
        assert found(path) == {"LockedFile": "error"}
    assert found(path) == {}


def test_file_whose_writer_died(tmp_path):
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file["exchange/data"] = counts()["data"]
    with held_open(path, options=", libver='latest'"):
        pass
    assert found(path) == {"LockedFile": "error"}
    assert "h5clear" in check_scan(path)[0].message


def test_acquisition_in_progress(write_scan):
    path = write_scan(data=counts()["data"][:20])
    with held_open(path):
        assert found(path) == {"AcquisitionInProgress": "error"}
    assert found(path) == {"AbortedScan": "error"}


def test_acquisition_in_progress_in_space_set_aside(write_scan):
    path = write_scan(data=None)
    shape, chunks = (ANGLES, ROWS, COLUMNS), (1, ROWS, COLUMNS)
    fill = f"data = file.create_dataset('exchange/data', {shape}, 'u2', chunks={chunks})\ndata[:9] = 6000"
    with held_open(path, fill):
        assert check_scan(path)[0].message.count("9 of 60 frames are written") == 1
        assert found(path) == {"AcquisitionInProgress": "error"}


def test_acquisition_that_lets_readers_in(tmp_path):
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w", libver="latest") as file:
        for name, values in (counts() | {"data": counts()["data"][:20]}).items():
            file[f"exchange/{name}"] = values
    with held_open(path, "file.swmr_mode = True", options=", libver='latest'"):
        assert found(path) == {"AcquisitionInProgress": "error"}
        assert read_metadata(path).is_short
        with pytest.raises(errors.LockedFile):
            open_scan(path)


@pytest.mark.parametrize("name", ["data", "data_white"])
def test_broken_external_link(write_scan, name):
    path = write_scan(**{name: None})
    with h5py.File(path, "a") as file:
        file[f"exchange/{name}"] = h5py.ExternalLink("elsewhere.h5", "/raw")
    assert found(path) == {"BrokenExternalLink": "error"}
    assert "/raw of elsewhere.h5" in check_scan(path)[0].message


def test_virtual_dataset_without_its_source(write_scan):
    path = write_scan(data=None)
    layout = h5py.VirtualLayout((ANGLES, ROWS, COLUMNS), "u2")
    layout[:] = h5py.VirtualSource("part_0.h5", "data", (ANGLES, ROWS, COLUMNS))
    with h5py.File(path, "a") as file:
        file.create_virtual_dataset("exchange/data", layout)
    assert found(path) == {"BrokenExternalLink": "error"}
    assert "part_0.h5" in check_scan(path)[0].message


def test_external_link_that_resolves(write_scan):
    path = write_scan(data=None)
    with h5py.File(path, "a") as file:
        file["exchange/data"] = h5py.ExternalLink(write_scan("raw.h5").name, "/exchange/data")
    assert found(path) == {}


def test_missing_filter_plugin(write_scan, monkeypatch):
    path = write_scan(data=None)
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((1, ROWS, COLUMNS))
    plist.set_filter(32008, h5py.h5z.FLAG_OPTIONAL, (0, 2))
    with h5py.File(path, "a") as file:
        space = h5py.h5s.create_simple((ANGLES, ROWS, COLUMNS))
        h5py.h5d.create(file["exchange"].id, b"data", h5py.h5t.STD_U16LE, space, plist)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert found(path) == {"MissingFilterPlugin": "error"}
    message = check_scan(path)[0].message
    assert "32008 (bitshuffle)" in message
    assert "pip install hdf5plugin" in message
