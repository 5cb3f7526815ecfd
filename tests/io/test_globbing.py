"""Finding files by patterns."""

import os
from pathlib import Path

import pytest

from batchwork.io.globbing import find, fixed_part

TREE = [
    "a_1.tif",
    "a_2.tif",
    "note.txt",
    ".hidden.tif",
    ".git/a_9.tif",
    "day1/b_1.tif",
    "day1/deep/c_1.tif",
    "day2/b_2.TIF",
    "day2/image.zarr/0",
    "results/a_1.tif",
    "scan[1].tif",
    "scan1.tif",
    "run.v2/x.tif",
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in TREE:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def matches(tree: Path, pattern: str, skip: Path | None = None) -> list[str]:
    folder, parts = fixed_part(str(tree / pattern))
    return sorted({os.path.relpath(entry.path, tree) for entry in find(folder, parts, skip)})


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.tif", ["a_1.tif", "a_2.tif", "scan1.tif", "scan[1].tif"]),
        ("a_?.tif", ["a_1.tif", "a_2.tif"]),
        ("a_[2-9].tif", ["a_2.tif"]),
        ("a_[!1].tif", ["a_2.tif"]),
        ("a_1.tif", ["a_1.tif"]),
        ("none.tif", []),
        ("none/*.tif", []),
        ("a_1.tif/*", []),
        ("day*/*.tif", ["day1/b_1.tif"]),
        ("*/*.zarr", ["day2/image.zarr"]),
        ("day2/*.zarr", ["day2/image.zarr"]),
        ("day2/image.zarr", ["day2/image.zarr"]),
        ("day2", ["day2/b_2.TIF"]),
        ("day2/", ["day2/b_2.TIF"]),
        ("day2/*", ["day2/b_2.TIF"]),
        ("day1/**/*.tif", ["day1/b_1.tif", "day1/deep/c_1.tif"]),
        ("day1/**", ["day1/b_1.tif", "day1/deep/c_1.tif"]),
        ("**/deep/*", ["day1/deep/c_1.tif"]),
        ("**/[bc]_*.tif", ["day1/b_1.tif", "day1/deep/c_1.tif"]),
        ("**/**/c_1.tif", ["day1/deep/c_1.tif"]),
        (".*.tif", [".hidden.tif"]),
        (".git/*", [".git/a_9.tif"]),
        (".g*/*.tif", [".git/a_9.tif"]),
        ("scan[1].tif", ["scan[1].tif"]),
        ("scan[[]1].tif", ["scan[1].tif"]),
        ("scan[12].tif", ["scan1.tif"]),
        ("run.v2/*", ["run.v2/x.tif"]),
        ("run.v2", ["run.v2"]),
    ],
)
def test_patterns(tree, pattern, found):
    assert matches(tree, pattern) == found


def test_the_output_folder_is_left_out(tree):
    every = matches(tree, "**/*.tif")
    assert "results/a_1.tif" in every
    assert matches(tree, "**/*.tif", tree / "results") == [p for p in every if p != "results/a_1.tif"]
    assert matches(tree, "*/*.tif", tree / "results") == ["day1/b_1.tif", "run.v2/x.tif"]
    assert matches(tree, "*.v2", tree / "run.v2") == []
    assert matches(tree, "results/*.tif", tree / "results") == []


def test_the_output_folder_is_left_out_by_whatever_way_it_is_reached(tree):
    (tree / "link").symlink_to(tree)
    assert "results/a_1.tif" not in matches(tree, "day1/../**/*.tif", tree / "results")
    assert "link/results/a_1.tif" not in matches(tree, "link/*/*.tif", tree / "results")
    assert "link/day1/b_1.tif" in matches(tree, "link/*/*.tif", tree / "results")


def test_links_in_a_circle_end(tree):
    (tree / "day1" / "up").symlink_to(tree)
    assert "day1/deep/c_1.tif" in matches(tree, "**/*.tif")


def test_relative_patterns(tree, monkeypatch):
    monkeypatch.chdir(tree)
    assert fixed_part("*.tif") == (Path(), ["*.tif"])
    assert fixed_part("day1") == (Path("day1"), ["*"])
    assert fixed_part(".") == (Path(), ["*"])
    assert fixed_part("/") == (Path("/"), ["*"])
    assert fixed_part("a_1.tif") == (Path(), ["a_1.tif"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list everything")
def test_a_folder_that_may_not_be_listed_is_told(tree):
    (tree / "day1").chmod(0)
    with pytest.raises(PermissionError):
        matches(tree, "day*/*")
    (tree / "day1").chmod(0o755)


def test_links_to_nothing_and_to_themselves_are_no_files(tmp_path):
    (tmp_path / "a.tif").touch()
    (tmp_path / "gone.tif").symlink_to("nowhere")
    (tmp_path / "loop.tif").symlink_to("loop.tif")
    (tmp_path / "good.tif").symlink_to("a.tif")
    assert sorted(entry.name for entry in find(tmp_path, ["*.tif"])) == ["a.tif", "good.tif"]
    assert list(find(tmp_path, ["loop.tif", "*"])) == []


def test_a_folder_with_brackets_in_its_name_stands_for_its_files(tmp_path):
    (tmp_path / "run[1]").mkdir()
    assert fixed_part(str(tmp_path / "run[1]")) == (tmp_path / "run[1]", ["*"])
