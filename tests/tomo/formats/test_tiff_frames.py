import zlib

import numpy as np
import pytest
import tifffile

from batchwork.tomo.formats import errors
from batchwork.tomo.formats.frame_set import FrameSet
from batchwork.tomo.formats.tiff_frames import TiffFrames, is_tiff

STACK = np.random.default_rng(0).integers(0, 60000, (9, 40, 65)).astype(np.uint16)
LAYOUTS = [
    {},
    {"metadata": None},
    {"rowsperstrip": 7},
    {"byteorder": ">"},
    {"bigtiff": True},
    {"imagej": True},
    {"truncate": True},
    {"compression": "zlib"},
    {"compression": "zlib", "rowsperstrip": 7, "predictor": True},
    {"tile": (16, 16)},
    {"tile": (16, 32), "compression": "zlib"},
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_blocks_of_any_layout(tmp_path, layout):
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, STACK, photometric="minisblack", **layout)
    frames = FrameSet.whole(TiffFrames.at(path))
    assert frames.source.shape == STACK.shape
    assert not frames.unwritten().any()
    for rows in (slice(0, 40), slice(5, 9), slice(13, 30), slice(39, 40)):
        for columns in (slice(None), slice(3, 60), slice(17, 19)):
            expected = STACK[:, rows, columns]
            np.testing.assert_array_equal(frames.read(rows, columns), expected)
            out = np.empty(expected.shape, np.float32)
            np.testing.assert_array_equal(frames.read(rows, columns, out=out), expected)
    np.testing.assert_array_equal(frames.frame(4, slice(3, 11)), STACK[4, 3:11])


@pytest.mark.parametrize("count", [3, 4])
def test_three_frames_that_were_taken_for_colours(tmp_path, count):
    stack = STACK[:count]
    tifffile.imwrite(tmp_path / "stack.tif", stack, photometric="rgb", planarconfig="separate")
    frames = FrameSet.whole(TiffFrames.at(tmp_path / "stack.tif"))
    np.testing.assert_array_equal(frames.read(slice(3, 11)), stack[:, 3:11])


@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "f4", "f8"])
def test_types(tmp_path, dtype):
    stack = STACK.astype(dtype)
    tifffile.imwrite(tmp_path / "stack.tif", stack, photometric="minisblack")
    frames = FrameSet.whole(TiffFrames.at(tmp_path / "stack.tif"))
    assert frames.source.dtype == dtype
    np.testing.assert_array_equal(frames.read(slice(3, 8)), stack[:, 3:8])


def test_rows_that_are_unpacked_together(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", STACK, photometric="minisblack", compression="zlib", rowsperstrip=8)
    tifffile.imwrite(tmp_path / "b.tif", STACK, photometric="minisblack")
    packed, plain = (TiffFrames.at(tmp_path / name) for name in ("a.tif", "b.tif"))
    assert (packed.packed, packed.chunks) == (True, (1, 8, 65))
    assert (plain.packed, plain.chunks) == (False, None)


@pytest.mark.parametrize("program", [{"imagej": True, "metadata": {"axes": "ZYX"}}, {}])
def test_frames_beyond_the_end_of_the_file(tmp_path, program):
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, STACK, photometric="minisblack", truncate=True, **program)
    path.write_bytes(path.read_bytes()[: -40 * 65 * 2 - 1])
    frames = FrameSet.whole(TiffFrames.at(path))
    assert frames.unwritten().tolist() == [False] * 7 + [True] * 2
    np.testing.assert_array_equal(frames.frame(6), STACK[6])
    with pytest.raises(errors.TruncatedFile):
        frames.frame(7)


def test_files_are_taken_in_natural_order(tmp_path):
    for number in range(9):
        tifffile.imwrite(tmp_path / f"p_{number + 2}.tif", STACK[number])
    frames = FrameSet.whole(TiffFrames.at(tmp_path))
    np.testing.assert_array_equal(frames.read(slice(0, 40)), STACK)


def test_chosen_frames_of_several_files(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", STACK[:4], photometric="minisblack")
    tifffile.imwrite(tmp_path / "b.tif", STACK[4:], photometric="minisblack")
    mask = np.arange(9) % 3 != 1
    frames = FrameSet.chosen(TiffFrames.at(tmp_path), mask)
    np.testing.assert_array_equal(frames.read(slice(2, 5)), STACK[mask, 2:5])


def test_a_strip_that_is_damaged(tmp_path):
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, STACK, photometric="minisblack", compression="zlib")
    with tifffile.TiffFile(path) as file:
        start, size = file.pages[2].dataoffsets[0], file.pages[2].databytecounts[0]
    with path.open("r+b") as stream:
        stream.seek(start)
        stream.write(b"\xff" * size)
    frames = FrameSet.whole(TiffFrames.at(path))
    with pytest.raises(errors.DamagedFile, match="cannot be unpacked"):
        frames.read(slice(0, 40))


def test_a_strip_that_unpacks_to_too_little(tmp_path):
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, STACK, photometric="minisblack", compression="zlib")
    with tifffile.TiffFile(path) as file:
        start, size = file.pages[2].dataoffsets[0], file.pages[2].databytecounts[0]
    with path.open("r+b") as stream:
        stream.seek(start)
        stream.write(zlib.compress(bytes(10)).ljust(size, b"\0"))
    with pytest.raises(errors.DamagedFile):
        FrameSet.whole(TiffFrames.at(path)).read(slice(0, 40))


@pytest.mark.parametrize(("tag", "value"), [("RowsPerStrip", 0), ("RowsPerStrip", 9), ("ImageLength", 90)])
def test_a_layout_that_does_not_hold_together(tmp_path, tag, value):
    path = tmp_path / "frame.tif"
    tifffile.imwrite(path, STACK[0], photometric="minisblack", compression="zlib", rowsperstrip=10, metadata=None)
    with tifffile.TiffFile(path) as file:
        where = file.pages[0].tags[tag].valueoffset
    with path.open("r+b") as stream:
        stream.seek(where)
        stream.write(value.to_bytes(2, "little"))
    with pytest.raises(errors.DamagedFile):
        FrameSet.whole(TiffFrames.at(path)).read(slice(0, 90))


def test_a_packing_that_needs_a_library(tmp_path):
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, STACK[:1], photometric="minisblack", compression="zlib")
    with tifffile.TiffFile(path) as file:
        where = file.pages[0].tags["Compression"].valueoffset
    with path.open("r+b") as stream:
        stream.seek(where)
        stream.write((34712).to_bytes(2, "little"))  # JPEG 2000
    frames = FrameSet.whole(TiffFrames.at(path))
    with pytest.raises((errors.MissingFilterPlugin, errors.DamagedFile), match="cannot be unpacked"):
        frames.read(slice(0, 40))


def test_many_files_do_not_stay_open(tmp_path):
    import resource

    for number in range(60):
        tifffile.imwrite(tmp_path / f"{number}.tif", STACK[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (40, hard))
    try:
        assert FrameSet.whole(TiffFrames.at(tmp_path)).read(slice(0, 1)).shape == (60, 1, 65)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_what_is_a_tiff(tmp_path):
    assert is_tiff(tmp_path / "a.TIF")
    assert is_tiff(tmp_path / "a b.tiff")
    assert not is_tiff(tmp_path / "a.h5")
    assert not is_tiff(tmp_path)
    tifffile.imwrite(tmp_path / "a.tif", STACK[0])
    assert is_tiff(tmp_path)
