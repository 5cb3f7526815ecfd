import struct
import zlib

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
    assert zlib.decompress(found[b"IDAT"]) == b"\x00\x00\x01\x02\x00\x03\x04\x05"


@pytest.mark.parametrize(("width", "height"), [(0, 4), (2, 3), (4, 0), (-2, -2)])
def test_sizes_that_do_not_fit_are_refused(width, height):
    with pytest.raises(ValueError, match="4 pixels"):
        encode_grey(bytes(4), width, height)


def test_colours_come_back_as_red_green_and_blue():
    found = chunks(encode_rgb(bytes(range(12)), 2, 2))
    assert struct.unpack(">II5B", found[b"IHDR"]) == (2, 2, 8, 2, 0, 0, 0)
    assert zlib.decompress(found[b"IDAT"]) == b"\x00" + bytes(range(6)) + b"\x00" + bytes(range(6, 12))
    with pytest.raises(ValueError, match="2 x 2"):
        encode_rgb(bytes(4), 2, 2)
