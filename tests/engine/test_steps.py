"""Declaring steps."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import batchwork as bw
from batchwork.engine.steps import MAIN_OUTPUT, Resources, parse_bytes
from batchwork.errors import ConfigError, DeclarationError


@bw.step(outputs="{stem}.txt", version="2", reads="cor", resources=Resources(cpus=2, memory="1.5 GiB"), timeout=3)
def upper(source: Path, output: Path, cor: float | None, *, times: int = 1) -> None:
    """Write a text in capitals.

    More about it.
    """
    output.write_text(source.read_text().upper() * times)


def test_a_step_is_its_function_and_its_declaration(tmp_path):
    assert (upper.name, upper.version, upper.over, upper.is_group) == ("upper", "2", "item", False)
    assert upper.outputs == {MAIN_OUTPUT: "{stem}.txt"}
    assert (upper.reads, upper.writes) == (("cor",), ())
    assert upper.arguments == {"source": False, "output": False, "cor": True}
    assert [p.name for p in upper.parameters] == ["times"]
    assert upper.summary == "Write a text in capitals."
    assert upper.__doc__.startswith("Write a text in capitals.")
    assert upper.resources.memory_bytes == 3 << 29
    assert upper.timeout == 3
    (tmp_path / "in").write_text("a")
    upper(tmp_path / "in", tmp_path / "out", None, times=2)
    assert (tmp_path / "out").read_text() == "AA"


def test_the_shortest_declaration():
    @bw.step
    def look(source: Path) -> None: ...

    assert (look.name, look.version, look.outputs, look.summary) == ("look", "1", {}, "")
    assert look.resources == Resources()


def test_a_name_that_python_cannot_have():
    @bw.step(name="try", outputs={"a": "a/", "b": "{stem}.b"})
    def attempt(source: Path, output: dict[str, Path]) -> None: ...

    assert attempt.name == "try"
    assert attempt.outputs == {"a": "a/", "b": "{stem}.b"}


@pytest.mark.parametrize(
    ("words", "arguments", "told"),
    [
        ({"outputs": "/abs"}, "output", "must lie below the batch's folder"),
        ({"outputs": "{stem"}, "output", "template '{stem'"),
        ({"outputs": "{}"}, "output", "is not a name in braces"),
        ({"outputs": "x"}, "", "declares outputs but has no argument 'output'"),
        ({}, "output", "has an argument 'output' but declares no outputs"),
        ({"outputs": "x", "over": "series"}, "output", "is the same for every group; use {group}"),
        ({"over": "series", "writes": ("a",)}, "", "runs over groups and cannot write item values"),
        ({"missing": "ignore"}, "", "missing is 'leave' or 'block', not 'ignore'"),
        ({"reads": ("cor",)}, "", "takes or reads 'cor', which is none of its arguments"),
        ({"takes": {"stack": "try"}}, "", "takes or reads 'stack', which is none of its arguments"),
    ],
)
def test_declarations_that_contradict_themselves(words, arguments, told):
    made: dict[str, object] = {}
    exec(f"def s({arguments}): ...", made)  # noqa: S102 - functions with the arguments of the case
    with pytest.raises(DeclarationError) as caught:
        bw.step(**words)(made["s"])  # type: ignore[call-overload]
    assert told in str(caught.value)
    assert isinstance(caught.value, TypeError | ConfigError)


@pytest.mark.parametrize("template", ["{group}.txt", "{series}.txt", "{group}/"])
def test_a_group_s_output_names_the_group(template):
    @bw.step(outputs=template, over="series")
    def join(sources: list[Path], output: Path) -> None: ...

    assert join.is_group


@pytest.mark.parametrize(
    ("written", "size"),
    [(7, 7), ("7", 7), ("7 B", 7), ("1kB", 1000), ("2GiB", 2 << 30), ("1.5 mib", 3 << 19), ("1 TB", 10**12)],
)
def test_sizes(written, size):
    assert parse_bytes(written) == size


@pytest.mark.parametrize("written", ["", "B", "lots", "-1GB", "1XB", "1 2", "inf", "nan", "1e3", 1.5, None, True, [1]])
def test_what_is_no_size(written):
    with pytest.raises(DeclarationError, match="is not a size; write for example 2GiB or 500MB"):
        parse_bytes(written)


@given(
    st.integers(0, 10**6),
    st.sampled_from(["B", "kB", "MB", "GB", "KiB", "MiB", "GiB", "TiB"]),
    st.text(" ", max_size=2),
)
def test_sizes_grow_with_their_unit(number, unit, blank):
    assert parse_bytes(f"{number}{blank}{unit}") == number * parse_bytes(f"1{unit}")
