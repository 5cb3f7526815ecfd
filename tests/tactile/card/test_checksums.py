"""Checksums in a card, written, read and compared."""

import hashlib
import shutil
import subprocess

import pytest

from batchwork.errors import FileFormatError, NotABatchError
from batchwork.tactile.card.checksums import CARD, block_of, compare, files_of, read_checksums


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "events").mkdir()
    (tmp_path / ".batchwork").mkdir()
    for name, content in {
        "b.pt": b"b",
        "events/a b.h5": b"a",
        ".batchwork/ledger": b"x",
        "events/.c.partial": b"y",
    }.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / CARD).write_text(f"# Data\n\n{block_of(tmp_path)}\n")
    return tmp_path


def test_all_files_are_named_but_for_the_card_and_what_is_hidden(folder):
    assert list(files_of(folder)) == ["b.pt", "events/a b.h5"]
    assert read_checksums(folder / CARD) == {
        "b.pt": hashlib.sha256(b"b").hexdigest(),
        "events/a b.h5": hashlib.sha256(b"a").hexdigest(),
    }


def test_an_untouched_folder_is_as_its_card_says(folder):
    comparison = compare(folder)
    assert comparison.is_good
    assert comparison.told() == [f"✓ 2 of 2 files are as {folder / CARD} says"]


def test_each_file_that_is_not_as_it_was_is_named(folder):
    (folder / "b.pt").write_bytes(b"B")
    (folder / "events/a b.h5").unlink()
    (folder / "new.csv").touch()
    comparison = compare(folder)
    assert not comparison.is_good
    assert comparison.told() == [
        f"{folder}/b.pt: is not as it was when README.md was written",
        f"{folder}/events/a b.h5: is in README.md, but not here",
        f"{folder}/new.csv: is not in README.md",
        f"0 of 2 files are as {folder}/README.md says",
    ]


def test_a_file_more_is_told_and_no_damage(folder):
    (folder / "new.csv").touch()
    assert compare(folder).is_good
    assert "new.csv: is not in README.md" in compare(folder).told()[0]


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
def test_sha256sum_compares_the_same(folder):
    command = ["sha256sum", "--check", "--quiet", CARD]
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0
    (folder / "b.pt").write_bytes(b"B")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "b.pt: FAILED" in done.stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# Data\n", "has no checksums; batchwork tactile card writes them"),
        ("``` sha256\n", "is cut off; its checksums have no end"),
        ("# Data\n``` sha256\nabc  b.pt\n```\n", "README.md:3: is no checksum followed by two spaces and the name"),
        (f"``` sha256\n{'a' * 64}  ../b.pt\n```\n", "README.md:2: names a file outside the folder"),
        (f"``` sha256\n{'a' * 64}  /etc/passwd\n```\n", "README.md:2: names a file outside the folder"),
    ],
)
def test_cards_that_cannot_be_used(tmp_path, text, told):
    (tmp_path / CARD).write_text(text)
    with pytest.raises(FileFormatError, match=told):
        compare(tmp_path)


def test_a_folder_without_a_card(tmp_path):
    with pytest.raises(NotABatchError, match=r"README\.md: is not there; batchwork tactile card writes it"):
        compare(tmp_path)
    (tmp_path / CARD).write_bytes(b"\xff\xfe")
    with pytest.raises(FileFormatError, match="is no text in UTF-8"):
        compare(tmp_path)
