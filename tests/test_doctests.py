"""The examples in docstrings run."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import batchwork

SOURCE = Path(batchwork.__file__).parent


def _modules_with_examples() -> list[str]:
    files = [path for path in SOURCE.rglob("*.py") if ">>>" in path.read_text("utf-8")]
    return sorted(".".join(("batchwork", *path.relative_to(SOURCE).with_suffix("").parts)) for path in files)


@pytest.mark.parametrize("name", _modules_with_examples())
def test_examples(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = doctest.testmod(import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
