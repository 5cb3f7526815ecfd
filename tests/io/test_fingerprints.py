"""What tells whether a file or directory is still the same."""

import os
from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from batchwork.io.fingerprints import Fingerprint, content_hash, fingerprint


def test_of_a_file(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    os.utime(path, ns=(1, 7))
    assert fingerprint(path) == fingerprint(str(path)) == Fingerprint(5, 7)
    assert fingerprint(path).token() == "5:7"


def test_of_a_directory(tmp_path):
    folder = tmp_path / "a.zarr"
    (folder / "deep" / "er").mkdir(parents=True)
    for i, name in enumerate(["x", "deep/y", "deep/er/.z"]):
        (folder / name).write_bytes(b"1" * 10**i)
        os.utime(folder / name, ns=(1, 100 + i))
    for below in (folder / "deep" / "er", folder / "deep", folder):
        os.utime(below, ns=(1, 50))
    assert fingerprint(folder) == Fingerprint(111, 102, 3)
    assert fingerprint(folder).token() == "111:102:3"
    (folder / "deep" / "y").unlink()
    os.utime(folder / "deep", ns=(1, 103))
    assert fingerprint(folder) == Fingerprint(101, 103, 2)
    assert fingerprint(tmp_path / "a.zarr" / "deep" / "er" / ".z") == Fingerprint(100, 102)


def test_an_empty_directory_is_no_empty_file(tmp_path):
    (tmp_path / "folder").mkdir()
    os.utime(tmp_path / "folder", ns=(1, 7))
    assert fingerprint(tmp_path / "folder").token() == "0:7:0"


def test_what_is_not_there(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("none", "file/below", "link"):
        assert fingerprint(tmp_path / name) is None


def test_links(tmp_path):
    (tmp_path / "real").write_text("text")
    (tmp_path / "link").symlink_to("real")
    assert fingerprint(tmp_path / "link") == fingerprint(tmp_path / "real")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "itself").symlink_to(tmp_path / "folder")
    assert fingerprint(tmp_path / "folder").files == 1


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_hashes_tell_contents_apart(tmp_path_factory, a, b):
    folder = tmp_path_factory.mktemp("hash")
    (folder / "a").write_bytes(a)
    (folder / "b").write_bytes(b)
    assert (content_hash(folder / "a") == content_hash(folder / "b")) == (a == b)


def test_the_hash_of_a_large_file(tmp_path):
    path = tmp_path / "big"
    path.write_bytes(bytes(range(256)) * 5000)
    assert content_hash(path) == blake2b(path.read_bytes(), digest_size=16).hexdigest()


def test_a_link_to_itself_is_not_there(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    assert fingerprint(tmp_path / "loop") is None


def test_a_renamed_file_inside_a_directory_counts_as_a_change(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a").write_text("x")
    os.utime(tmp_path / "d", ns=(10**18, 10**18))
    before = fingerprint(tmp_path / "d")
    (tmp_path / "d" / "a").rename(tmp_path / "d" / "b")
    assert fingerprint(tmp_path / "d") != before
