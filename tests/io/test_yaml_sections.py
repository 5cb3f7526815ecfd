"""Sections that pydantic checks."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import pytest
from pydantic import ConfigDict, Field

from batchwork.errors import ConfigError
from batchwork.io.yaml_marks import read_document
from batchwork.io.yaml_sections import Problems, checked


@dataclass(frozen=True, slots=True)
class Size:
    """Two numbers."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    width: Annotated[int, Field(strict=True, ge=1)]
    height: Annotated[int, Field(strict=True, ge=1)] = 3


@pytest.fixture
def document(tmp_path):
    file = tmp_path / "a.yml"

    def read(text):
        file.write_text(text)
        return read_document(file)

    return read


def test_a_section_becomes_its_dataclass(document):
    read = document("size: {width: 2}\n")
    assert checked(Size, read.data["size"], read, ("size",)) == Size(2, 3)


def test_all_defects_are_told_in_the_order_of_the_file(document):
    read = document("size:\n  width: 0\n  hight: 1\n  height: x\n")
    problems = Problems(read)
    problems.add((), "something of the whole")
    assert problems.section(Size, read.data["size"], ("size",)) is None
    with pytest.raises(ConfigError) as caught:
        problems.tell()
    lines = [line.removeprefix(read.name) for line in str(caught.value).splitlines()]
    assert lines == [
        ":1:1: something of the whole",
        ":2:10: size.width: Input should be greater than or equal to 1, got 0",
        ":3:3: size.hight: unknown key; did you mean 'height'?",
        ":4:11: size.height: Input should be a valid integer, got 'x'",
    ]


def test_a_missing_key_and_a_section_that_is_none(document):
    read = document("size: {}\n")
    with pytest.raises(ConfigError, match=r"a\.yml:1:1: size: the key 'width' is missing"):
        checked(Size, read.data["size"], read, ("size",))
    read = document("size: 7\n")
    with pytest.raises(ConfigError, match=r"a\.yml:1:7: size: write it as NAME: VALUE, got 7"):
        checked(Size, read.data["size"], read, ("size",))


def test_without_problems_nothing_is_raised(document):
    Problems(document("a: 1\n")).tell()


def test_only_keys_that_can_be_written_are_known(document):
    read = document("size: {colour: red}\n")
    with pytest.raises(ConfigError, match=r"size\.colour: unknown key; known: height, width$"):
        checked(Size, read.data["size"], read, ("size",))
