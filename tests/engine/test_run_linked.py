"""Steps that are linked otherwise than by the names of their arguments, and steps with other defaults."""

import pytest
from tests.engine.test_workflow import attempt

import batchwork as bw
from batchwork.engine.workflow import Binding
from batchwork.errors import DeclarationError, ParameterError

LINKED = '''
@bw.step(outputs={"big": "{stem}.big", "small": "{stem}.small"})
def split(source: Path, output: dict[str, Path]) -> None:
    """Both cases."""
    note("split")
    output["big"].write_text(source.read_text().upper())
    output["small"].write_text(source.read_text().lower())

@bw.step(outputs="{stem}.count")
def count(source: Path, output: Path, *, letter: str = "a") -> None:
    """Count a letter."""
    note("count")
    output.write_text(str(source.read_text().count(letter)))

@bw.step(outputs="{stem}.pair", takes={"first": "split.small", "second": "split.big"})
def pair(first: Path, second: Path, output: Path) -> None:
    """Put both side by side."""
    output.write_text(first.read_text() + second.read_text())

@bw.step(outputs="all.txt", over="batch", takes={"small": "split.small", "big": "split.big"})
def collect(small: list[Path], big: list[Path], output: Path) -> None:
    """All of them."""
    output.write_text(" ".join(p.read_text() for p in (*small, *big)))

flow = bw.Workflow("linked", [split, count.taking(source="split.big").preset(letter="A"), pair, collect])
'''


def test_one_of_several_outputs_is_taken_by_its_name(folder):
    folder.put(a="Aba", b="aaAb")
    assert folder.batch(LINKED).run().counts == {"done": 2}
    made = folder.outputs()
    assert {made["a.count"], made["b.count"]} == {"2", "3"}, "the capitals were counted"
    assert made["a.pair"] == "abaABA"
    assert made["all.txt"] == "aba aaab ABA AAAB"
    assert not folder.batch(LINKED).plan().tasks


def test_a_changed_item_runs_what_is_linked_to_it(folder):
    folder.put(a="Aba", b="aaAb")
    folder.batch(LINKED).run()
    folder.put(a="bab")
    before = folder.ran()
    folder.batch(LINKED).run()
    assert folder.ran() - before == {"split": 1, "count": 1}
    assert folder.outputs()["all.txt"] == "bab aaab BAB AAAB"


def test_a_preset_is_a_default(folder):
    folder.put(a="aBBb")
    folder.batch(LINKED, params={"count": {"letter": "B"}}).run()
    assert folder.outputs()["a.count"] == "3"


def test_the_original_stays_as_it_is():
    moved = attempt.taking(source="earlier")
    assert moved.takes == {"source": "earlier"}
    assert attempt.takes == {}
    assert moved(*[None] * 2) is None


def test_an_output_that_is_none():
    @bw.step(outputs={"one": "{stem}.1", "two": "{stem}.2"})
    def made(output: dict) -> None: ...

    flow = bw.Workflow("parts", [made, attempt.taking(source="made.two")])
    assert flow.bindings["try"][0] == Binding("source", "step", "made", part="two")
    with pytest.raises(DeclarationError, match=r"'try' takes 'made\.tow', which is no output; did you mean 'two'\?"):
        bw.Workflow("parts", [made, attempt.taking(source="made.tow")])


def test_an_argument_or_parameter_that_is_none():
    with pytest.raises(DeclarationError, match="takes or reads 'sauce'"):
        attempt.taking(sauce="earlier")

    @bw.step(outputs="{stem}.x")
    def sized(output: str, *, size: int = 1) -> None: ...

    with pytest.raises(ParameterError, match=r"'sized' has no parameter 'sice'; did you mean 'size'\?"):
        sized.preset(sice=2)
    with pytest.raises(ParameterError, match="valid integer"):
        sized.preset(size="big")
