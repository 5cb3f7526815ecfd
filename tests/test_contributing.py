"""What CONTRIBUTING.md names is there."""

import re
from pathlib import Path

import pytest

import batchwork

PROJECT = Path(__file__).resolve().parent.parent
SOURCE = Path(batchwork.__file__).parent
TEXT = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
_TREE = next(block for block in TEXT.split("```") if block.startswith("\nsrc/batchwork/"))
_WORDS = set(re.findall(r"`([^`\n]+)`", "".join(TEXT.split("```")[::2])))
PATHS = sorted(word for word in _WORDS if re.fullmatch(r"[\w./-]+(/|\.(py|md|j2|toml|yml))", word))
NAMES = sorted(
    name for word in _WORDS for name in re.findall(r"^([A-Za-z_]\w*[A-Z_]\w*|[A-Z][a-z]+)\b", word) if "/" not in word
)


@pytest.fixture(scope="module")
def code():
    return {path: path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")}


def is_there(path):
    if "/" not in path.rstrip("/"):
        return any(SOURCE.rglob(path.rstrip("/"))) or (PROJECT / path).exists()
    return any((folder / path).exists() for folder in (SOURCE, PROJECT, *SOURCE.iterdir()))


@pytest.mark.parametrize("path", PATHS)
def test_each_path_is_there(path):
    assert is_there(path)


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_in_the_code(name, code):
    is_word = re.compile(rf"\b{re.escape(name)}\b")
    if not name.startswith("BATCHWORK_"):
        assert any(is_word.search(text) for text in code.values())


@pytest.mark.parametrize("room", re.findall(r"^  (\w+(?:/|\.py)) ", _TREE, re.MULTILINE))
def test_each_room_of_the_tree_is_there(room):
    assert (SOURCE / room).exists()


def test_there_is_no_room_that_the_tree_leaves_out():
    told = set(re.findall(r"^  (\w+)/ ", _TREE, re.MULTILINE))
    assert {path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists()} - told == set()
