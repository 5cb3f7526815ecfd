"""Outputs that appear whole or not at all."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.io import atomic
from batchwork.io.atomic import discard, leftovers, partial_path, publish, write_text

OWNER = "0123456789abcdef"


def make(path: Path, kind: str, text: str) -> None:
    """Make a file or a directory that holds a text, or nothing."""
    if kind == "file":
        path.write_text(text)
    elif kind == "directory":
        (path / "sub").mkdir(parents=True)
        (path / "sub" / "content").write_text(text)
    elif kind == "link":
        other = path.with_name("elsewhere")
        make(other, "directory", text)
        path.symlink_to(other)


def text_of(path: Path) -> str:
    return path.read_text() if path.is_file() else (path / "sub" / "content").read_text()


@pytest.mark.parametrize("before", ["nothing", "file", "directory", "link"])
@pytest.mark.parametrize("after", ["file", "directory"])
def test_publishing_replaces_what_stands_there(tmp_path, before, after):
    final = tmp_path / "out.dat"
    make(final, before, "old")
    partial = Path(partial_path(str(final), OWNER, "1.1"))
    make(partial, after, "new")
    publish(str(partial), str(final))
    assert text_of(final) == "new"
    assert not final.is_symlink()
    assert final.is_dir() == (after == "directory")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["elsewhere"] * (before == "link") + ["out.dat"]
    if before == "link":
        assert text_of(tmp_path / "elsewhere") == "old", "what a link leads to is somebody else's"


@pytest.mark.parametrize("before", ["nothing", "file", "directory"])
def test_what_cannot_be_published_leaves_the_old_one(tmp_path, before):
    final = tmp_path / "out.dat"
    make(final, before, "old")
    with pytest.raises(FileNotFoundError):
        publish(str(tmp_path / "never written"), str(final))
    assert before == "nothing" or text_of(final) == "old"
    assert len(list(tmp_path.iterdir())) == (before != "nothing")


def test_a_directory_that_is_replaced_is_never_missing(tmp_path, monkeypatch):
    final, partial = tmp_path / "out", tmp_path / "new"
    make(final, "directory", "old")
    make(partial, "directory", "new")
    if not atomic._exchange(str(final), str(final)):
        pytest.skip("this file system cannot exchange two paths")
    rename, missing = os.rename, []

    def looking(source, target):
        rename(source, target)
        missing.append(not final.exists())

    monkeypatch.setattr(atomic.os, "rename", looking)
    publish(str(partial), str(final))
    assert not any(missing)
    assert text_of(final) == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_without_an_exchange_a_directory_is_put_aside_first(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic, "_exchange", lambda *_: False)
    final, partial = tmp_path / "out", tmp_path / "new"
    make(final, "directory", "old")
    make(partial, "directory", "new")
    publish(str(partial), str(final))
    assert text_of(final) == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_the_old_one_comes_back_when_the_exchange_fails(tmp_path, monkeypatch):
    final, partial = tmp_path / "out", tmp_path / "new"
    make(final, "directory", "old")
    make(partial, "directory", "new")
    rename = os.rename

    def failing(source, target):
        if source == str(partial):
            raise PermissionError("no")
        rename(source, target)

    monkeypatch.setattr(atomic, "_exchange", lambda *_: False)
    monkeypatch.setattr(atomic.os, "rename", failing)
    with pytest.raises(OSError, match="not empty"):
        publish(str(partial), str(final))
    assert text_of(final) == "old"
    assert text_of(partial) == "new"


names = st.text(st.characters(codec="utf-8", exclude_characters="/\x00"), min_size=1, max_size=255).filter(
    lambda name: len(name.encode()) <= 255 and name not in {".", ".."}
)


@given(
    names, st.from_regex(r"[0-9a-f]{8,32}", fullmatch=True), st.from_regex(r"[0-9]{1,9}\.[0-9]{1,6}", fullmatch=True)
)
def test_partial_names_are_hidden_fit_a_file_system_and_are_known_again(name, owner, attempt):
    path = partial_path(f"/out/{name}", owner, attempt)
    folder, made = os.path.split(path)
    assert folder == "/out"
    assert made.startswith(".")
    assert len(os.fsencode(made)) <= 251
    assert atomic._PARTIAL.match(made)["owner"] == owner


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("x.tif", ".partial.x.tif"),
        ("x.tar.gz", ".partial.x.tar.gz"),
        ("n" * 245 + ".tar.gz", ".tar.gz"),
        ("ü" * 120 + ".tif", ".tif"),
        ("v1." + "n" * 240 + ".tif", ".tif"),
    ],
)
def test_partial_names_end_in_the_output_s_own_suffix(tmp_path, name, end):
    path = Path(partial_path(str(tmp_path / name), OWNER, "12.1"))
    assert path.name.endswith(end)
    path.mkdir()
    (tmp_path / name).mkdir()
    (tmp_path / name / "old").touch()
    publish(str(path), str(tmp_path / name))
    assert list(tmp_path.iterdir()) == [tmp_path / name]


def test_long_names_do_not_meet(tmp_path):
    a, b = (partial_path(str(tmp_path / ("n" * 250 + end)), OWNER, "1") for end in ("1.a", "2.a"))
    assert a != b


def test_names_that_are_no_utf_8(tmp_path):
    name = os.fsdecode(b"\xff" * 250 + b".tif")
    path = partial_path(str(tmp_path / name), OWNER, "1")
    Path(path).touch()
    publish(path, str(tmp_path / name))
    assert list(tmp_path.iterdir()) == [tmp_path / name]


def test_leftovers_are_those_of_the_owner(tmp_path):
    mine = [partial_path(str(tmp_path / name), OWNER, "3.2") for name in ("a.tif", "n" * 255)]
    for path in mine:
        Path(path).mkdir()
    for name in (f".{'f' * 16}-3.2.partial.a.tif", ".hidden", "a.tif", f".{OWNER}-x", "partial.a"):
        (tmp_path / name).touch()
    assert sorted(leftovers(str(tmp_path), OWNER)) == sorted(mine)
    assert list(leftovers(str(tmp_path / "none"), OWNER)) == []
    assert list(leftovers(str(tmp_path / "a.tif"), OWNER)) == []


def test_discarding(tmp_path):
    for kind in ("file", "directory", "link"):
        make(tmp_path / kind, kind, "x")
        discard(tmp_path / kind)
        assert not os.path.lexists(tmp_path / kind)
    discard(tmp_path / "nothing")
    assert text_of(tmp_path / "elsewhere") == "x"


def test_writing_a_text(tmp_path):
    path = tmp_path / "a.json"
    write_text(path, "ä")
    write_text(path, "ö\n")
    assert path.read_bytes() == "ö\n".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_a_text_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    path = tmp_path / "taken"
    (path / "x").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        write_text(path, "text")
    assert list(tmp_path.iterdir()) == [path]


def test_a_text_is_whole_or_old_when_the_disk_is_full(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    write_text(path, "old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
