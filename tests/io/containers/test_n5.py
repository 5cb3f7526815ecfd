"""N5 as the specification has it, and as other programs write it."""

import bz2
import gzip
import json
import lzma
import struct
import threading
import zlib

import numpy as np
import pytest

from batchwork.errors import ContainerError
from batchwork.io import open_file

IMAGE = np.arange(15, dtype=np.uint16).reshape(3, 5)


def foreign(folder, metadata, blocks):
    """Write a dataset as the specification says, by hand: blocks are (path, bytes)."""
    folder.mkdir(parents=True)
    (folder.parent / "attributes.json").write_text('{"n5": "2.5.1"}')
    (folder / "attributes.json").write_text(json.dumps(metadata))
    for path, content in blocks:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def metadata(compression, **others):
    shape = {"dimensions": [5, 3], "blockSize": [4, 2], "dataType": "uint16"}
    return {**shape, "compression": compression, **others}


def block(rows, columns, packed=lambda data: data, mode=0):
    """Give a block: header with the fastest dimension first, then big-endian numbers."""
    part = IMAGE[rows, columns]
    header = struct.pack(">HHII", mode, 2, part.shape[1], part.shape[0])
    header += struct.pack(">I", part.size) if mode else b""
    return header + packed(part.astype(">u2").tobytes())


def blocks(packed, mode=0):
    """Give the four blocks of the image, in folders x/y."""
    top, bottom, left, right = slice(0, 2), slice(2, 3), slice(0, 4), slice(4, 5)
    places = {"0/0": (top, left), "1/0": (top, right), "0/1": (bottom, left), "1/1": (bottom, right)}
    return [(path, block(*place, packed, mode)) for path, place in places.items()]


@pytest.mark.parametrize(
    ("compression", "packed"),
    [
        ({"type": "raw"}, bytes),
        ({"type": "gzip", "level": -1}, gzip.compress),
        ({"type": "gzip", "useZlib": True}, zlib.compress),
        ({"type": "bzip2", "blockSize": 9}, bz2.compress),
        ({"type": "xz", "preset": 6}, lzma.compress),
    ],
)
@pytest.mark.parametrize("mode", [0, 1])
def test_what_other_programs_wrote_is_read(tmp_path, compression, packed, mode):
    foreign(tmp_path / "a.n5" / "x", metadata(compression), blocks(packed, mode))
    with open_file(tmp_path / "a.n5", "r") as f:
        assert f["x"].shape == (3, 5)
        assert f["x"].chunks == (2, 4)
        assert (f["x"][:] == IMAGE).all()
        assert f["x"].compression == compression["type"]


def test_metadata_of_the_first_versions_is_read(tmp_path):
    old = metadata(None, compressionType="gzip")
    del old["compression"]
    foreign(tmp_path / "a.n5" / "x", old, blocks(gzip.compress))
    with open_file(tmp_path / "a.n5", "r") as f:
        assert (f["x"][:] == IMAGE).all()


def test_blocks_at_the_edge_may_be_whole(tmp_path):
    whole = struct.pack(">HHII", 0, 2, 4, 2) + np.full((2, 4), 7, ">u2").tobytes()
    foreign(tmp_path / "a.n5" / "x", metadata({"type": "raw"}), [("1/1", whole)])
    with open_file(tmp_path / "a.n5", "a") as f:
        expected = np.zeros((3, 5))
        expected[2, 4] = 7
        assert (f["x"][:] == expected).all()
        f["x"][2, 4] = 8
        assert f["x"][2, 4] == 8


def test_what_we_write_is_what_the_specification_says(tmp_path):
    with open_file(tmp_path / "a.n5", "w") as f:
        f.create_dataset("g/x", data=IMAGE, chunks=(2, 4))
        f["g/x"].attrs["resolution"] = (0.65, 0.65)
    assert json.loads((tmp_path / "a.n5" / "attributes.json").read_text()) == {"n5": "2.0.0"}
    written = json.loads((tmp_path / "a.n5" / "g" / "x" / "attributes.json").read_text())
    assert written == metadata({"type": "raw"}, resolution=[0.65, 0.65])
    for path, content in blocks(bytes):
        assert (tmp_path / "a.n5" / "g" / "x" / path).read_bytes() == content


def test_gzip_blocks_are_gzip(tmp_path):
    with open_file(tmp_path / "a.n5", "w") as f:
        f.create_dataset("x", data=IMAGE, chunks=(3, 5), compression="gzip", compression_opts=1)
    content = (tmp_path / "a.n5" / "x" / "0" / "0").read_bytes()
    assert content[:12] == struct.pack(">HHII", 0, 2, 5, 3)
    assert gzip.decompress(content[12:]) == IMAGE.astype(">u2").tobytes()
    assert json.loads((tmp_path / "a.n5" / "x" / "attributes.json").read_text())["compression"]["level"] == 1


@pytest.mark.parametrize("name", [None, "raw", "gzip", "zlib", "bzip2", "xz", "zstd", "blosc"])
def test_every_compressor_gives_back_what_it_took(tmp_path, name):
    with open_file(tmp_path / "a.n5", "w") as f:
        f.create_dataset("x", data=IMAGE, chunks=(2, 2), compression=name)
    with open_file(tmp_path / "a.n5", "r") as f:
        assert (f["x"][:] == IMAGE).all()


def test_the_formats_own_entries_are_no_attributes(tmp_path):
    with open_file(tmp_path / "a.n5", "a") as f:
        x = f.create_dataset("x", data=IMAGE)
        x.attrs.update({"Color": "Red", "range": np.array([1, 2])}, alpha=np.float32(0.5))
        assert dict(x.attrs) == {"Color": "Red", "range": [1, 2], "alpha": 0.5}
        assert len(f.attrs) == 0
        for key in ("dimensions", "n5"):
            with pytest.raises(ContainerError, match=f"'{key}' is the format's own"):
                x.attrs[key] = 1
        del x.attrs["Color"]
        assert "Color" not in x.attrs
        with pytest.raises(KeyError):
            del x.attrs["Color"]
        with pytest.raises(TypeError, match="an attribute of type object cannot be stored"):
            x.attrs["odd"] = object()
        assert f["x"].shape == (3, 5)
    with open_file(tmp_path / "a.n5", "r") as f, pytest.raises(ContainerError, match="reading only"):
        f["x"].attrs["y"] = 1


def test_attributes_that_several_threads_set_are_all_kept(tmp_path):
    with open_file(tmp_path / "a.n5", "a") as f:
        threads = [threading.Thread(target=f.attrs.update, args=({f"k{n}": n},)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert dict(f.attrs) == {f"k{n}": n for n in range(20)}


def test_a_damaged_block_is_named(tmp_path):
    with open_file(tmp_path / "a.n5", "a") as f:
        f.create_dataset("x", data=IMAGE, chunks=(2, 4), compression="gzip")
        path = tmp_path / "a.n5" / "x" / "1" / "0"
        for content in (b"", path.read_bytes()[:-5], b"\x00\x07" + path.read_bytes()[2:], b"x" * 40):
            path.write_bytes(content)
            assert f["x"][0, 0] == 0
            with pytest.raises(ContainerError, match=r"x/1/0: this block is cut off or damaged"):
                f["x"][:]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{not json", "is not JSON"),
        ("[1]", "holds no attributes"),
        (json.dumps(metadata({"type": "raw"}) | {"dataType": "object"}), "cannot be used"),
        (json.dumps(metadata({"type": "raw"}) | {"blockSize": [0, 2]}), "cannot be used"),
        (json.dumps(metadata({"type": "raw"}) | {"blockSize": [2]}), "cannot be used"),
        (json.dumps(metadata({"type": "raw"}) | {"dimensions": "five"}), "is no dataset of N5"),
        (json.dumps(metadata({"type": "lz4"})), "compression 'lz4' is not read"),
    ],
)
def test_metadata_that_cannot_be_used_is_told(tmp_path, text, told):
    foreign(tmp_path / "a.n5" / "x", {}, [])
    (tmp_path / "a.n5" / "x" / "attributes.json").write_text(text)
    with open_file(tmp_path / "a.n5", "r") as f, pytest.raises(ContainerError, match=told):
        f["x"]


def test_what_n5_cannot_hold_is_told(tmp_path):
    with open_file(tmp_path / "a.n5", "a") as f:
        with pytest.raises(ContainerError, match="N5 holds whole numbers, float32 and float64, not complex128"):
            f["x"] = np.zeros(3, complex)
        with pytest.raises(ContainerError, match="N5 holds no single numbers"):
            f["x"] = 3
        f["mask"] = np.array([True, False])
        assert f["mask"][:].tolist() == [1, 0]
        assert list(f) == ["mask"]


def test_a_dataset_is_not_opened_as_a_container(tmp_path):
    with open_file(tmp_path / "a.n5", "a") as f:
        f["x.n5"] = IMAGE
    with pytest.raises(ContainerError, match="is a dataset of N5; open the container above it"):
        open_file(tmp_path / "a.n5" / "x.n5", "r")


@pytest.mark.parametrize(
    ("selection", "told"),
    [
        (np.s_[::-1], "the step -1 is not above 0"),
        (np.s_[3], r"index 3 is outside 0 … 2"),
        (np.s_[0, 0, 0], "3 indices for an array of 2 dimensions"),
        ([0, 1], "neither a whole number nor a slice"),
        (np.s_[..., 0, ...], "3 indices"),
    ],
)
def test_selections_that_make_no_sense(tmp_path, selection, told):
    with open_file(tmp_path / "a.n5", "a") as f:
        f["x"] = IMAGE
        with pytest.raises(IndexError, match=told):
            f["x"][selection]


def test_a_dataset_is_an_array_for_numpy(tmp_path):
    with open_file(tmp_path / "a.n5", "a") as f:
        f["x"] = IMAGE
        x = f["x"]
        assert np.asarray(x).sum() == IMAGE.sum()
        assert np.asarray(x, np.float32).dtype == np.float32
        assert (len(x), x.ndim, x.size) == (3, 2, 15)
        assert "uint16" in repr(x)
        with pytest.raises(ValueError, match="makes a copy"):
            np.array(x, copy=False)
