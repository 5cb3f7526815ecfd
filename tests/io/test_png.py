import struct
import zlib

import imageio.v3 as iio
import numpy as np
import pytest

from batchwork.io.png import encode_grey, encode_rgb, write_grey


def chunks(content):
    """The chunks of a PNG, their check sums verified."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    at, found = 8, {}
    while at < len(content):
        (size,) = struct.unpack(">I", content[at : at + 4])
        kind, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
        assert struct.unpack(">I", content[at + 8 + size : at + 12 + size]) == (zlib.crc32(kind + data),)
        found[kind] = data
        at += 12 + size
    return found


def test_pixels_come_back_in_rows_from_the_top(tmp_path):
    write_grey(tmp_path / "a.png", bytes(range(6)), 3, 2)
    found = chunks((tmp_path / "a.png").read_bytes())
    assert list(found) == [b"IHDR", b"IDAT", b"IEND"]
    assert struct.unpack(">II5B", found[b"IHDR"]) == (3, 2, 8, 0, 0, 0, 0)
    assert iio.imread(tmp_path / "a.png").tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(("width", "height"), [(0, 4), (2, 3), (4, 0), (-2, -2)])
def test_sizes_that_do_not_fit_are_refused(width, height):
    with pytest.raises(ValueError, match="4 pixels"):
        encode_grey(bytes(4), width, height)


def test_colours_come_back_as_red_green_and_blue():
    pixels = np.random.default_rng(3).integers(0, 256, (5, 7, 3), np.uint8)
    content = encode_rgb(pixels.tobytes(), 7, 5)
    assert struct.unpack(">II5B", chunks(content)[b"IHDR"]) == (7, 5, 8, 2, 0, 0, 0)
    np.testing.assert_array_equal(iio.imread(content), pixels)
    with pytest.raises(ValueError, match="2 x 2"):
        encode_rgb(bytes(4), 2, 2)
