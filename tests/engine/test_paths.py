"""Where outputs stand, and that none stands inside the directory of another."""

from pathlib import Path

import pytest

from batchwork.engine.definition import Definition
from batchwork.engine.items import files
from batchwork.engine.paths import Layout, name_fields
from batchwork.engine.preparing import log_path
from batchwork.engine.steps import step
from batchwork.engine.workflow import Workflow
from batchwork.errors import OutputCollisionError


@step(outputs="{stem}/")
def folder(source: Path, output: Path) -> None:
    (output / source.name).write_text("x")


@step(outputs="{parent}/{stem}.txt")
def file(source: Path, output: Path) -> None:
    output.write_text(source.name)


def layout(tmp_path):
    return Layout(Definition(Workflow("w", [folder, file]), files(tmp_path / "*.h5"), tmp_path / "out"))


@pytest.mark.parametrize("turned", [False, True])
def test_a_file_inside_anothers_directory_is_refused(tmp_path, turned):
    made = layout(tmp_path)
    claims = [({"": "a"}, "folder", "a.h5"), ({"": "a/deep/b.txt"}, "file", "a/deep/b.h5")]
    first, second = reversed(claims) if turned else claims
    made.claim(*first)
    with pytest.raises(OutputCollisionError, match=r"a\.h5"):
        made.claim(*second)


def test_neighbours_do_not_collide(tmp_path):
    made = layout(tmp_path)
    made.claim({"": "a/b"}, "folder", "a/b.h5")
    made.claim({"": "a/b.txt"}, "file", "a/b.h5")
    made.claim({"": "a/c.txt"}, "file", "a/c.h5")
    made.claim({"": "ab.txt"}, "file", "ab.h5")
    with pytest.raises(OutputCollisionError, match=r"'a/c\.txt'"):
        made.claim({"": "a/c.txt"}, "folder", "a/b.h5")


def test_claiming_again_what_is_ones_own_is_no_collision(tmp_path):
    made = layout(tmp_path)
    for _ in range(2):
        made.claim({"": "a"}, "folder", "a.h5")
    with pytest.raises(OutputCollisionError, match=r"'b\.h5'"):
        made.claim({"": "a"}, "folder", "b.h5")


def test_keys_without_a_file_keep_their_dots():
    assert name_fields("x.1", is_file=False)["stem"] == "x.1"
    assert name_fields("d/x.1", is_file=True) == {"stem": "x", "name": "x.1", "parent": "d", "key": "d/x.1"}


@pytest.mark.parametrize("key", ["../../etc/passwd", "..", "k" * 300, "a//b", "ordinary/key.h5", "é" * 150])
def test_a_log_stays_in_its_folder_whatever_the_key(tmp_path, key):
    path = log_path(tmp_path, "step", key, 3)
    assert path.resolve().is_relative_to(tmp_path / "logs" / "step")
    assert len(path.name.encode()) < 255
    path.parent.mkdir(parents=True)
    path.write_text("kept")
