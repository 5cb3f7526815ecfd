"""Graphs of steps: what each argument is bound to, and what cannot be bound."""

from pathlib import Path

import pytest

import batchwork as bw
from batchwork.engine.workflow import Binding
from batchwork.errors import DeclarationError


@bw.step(outputs="{stem}/", name="try")
def attempt(source: Path, output: Path) -> None: ...


@bw.step(takes={"stack": "try"}, writes=("cor",))
def infer(stack: Path, well: str, index: int) -> None: ...


@bw.step(outputs="{stem}.vol", reads=("cor",))
def full(source: Path | None, output: Path, cor: float | None) -> None: ...


@bw.step(outputs="{group}.txt", over="series", reads=("cor",))
def join(full: list[Path], sources: list[Path], cor: list[float], output: Path, group: str, series: str) -> None: ...


@bw.step(outputs="all.txt", over="batch")
def every(join: list[Path], full: list[Path], output: Path) -> None: ...


@bw.step(outputs="{stem}.last")
def after(join: Path, every: Path, output: Path) -> None: ...


flow = bw.Workflow("demo-1_a", [attempt, infer, full, join, every, after])


def test_bindings():
    assert flow.bindings["try"] == (Binding("source", "source", ""), Binding("output", "output", ""))
    assert flow.bindings["full"][0] == Binding("source", "source", "", optional=True)
    assert flow.bindings["infer"] == (
        Binding("stack", "step", "try"),
        Binding("well", "attribute", "well"),
        Binding("index", "attribute", "index"),
    )
    assert flow.bindings["full"][2] == Binding("cor", "value", "cor", optional=True)
    kinds = {b.argument: (b.kind, b.many) for b in flow.bindings["join"]}
    assert kinds == {
        "full": ("step", True),
        "sources": ("sources", True),
        "cor": ("value", True),
        "output": ("output", False),
        "group": ("attribute", False),
        "series": ("attribute", False),
    }
    assert {b.argument: b.many for b in flow.bindings["every"]} == {"join": True, "full": True, "output": False}
    assert {b.argument: b.many for b in flow.bindings["after"]} == {"join": False, "every": False, "output": False}


def test_the_graph():
    assert flow.values == ("cor",)
    assert flow["join"] is join
    assert flow.inputs_of("every") == ("join", "full")
    assert flow.waits_for("full") == ("infer",), "it reads what infer writes"
    assert flow.waits_for("join") == ("full", "infer")
    assert [[step.name for step in layer] for layer in flow.strata()] == [
        ["try", "infer", "full"],
        ["join"],
        ["every"],
        ["after"],
    ]


def test_an_unknown_step():
    with pytest.raises(DeclarationError, match=r"workflow 'demo-1_a' has no step 'ful'; did you mean 'full'\?"):
        flow["ful"]


@pytest.mark.parametrize("name", ["", "a b", "a/b", "../x", "a.b", "-", "_"])
def test_names_that_no_folder_should_have(name):
    with pytest.raises(DeclarationError, match="use letters, digits, - and _"):
        bw.Workflow(name, [attempt])


def test_no_steps_and_two_of_one_name():
    with pytest.raises(DeclarationError, match="workflow 'w' has no steps"):
        bw.Workflow("w", [])
    with pytest.raises(DeclarationError, match="two steps named 'try'"):
        bw.Workflow("w", [attempt, attempt])


def made(code: str, **words: object) -> "bw.Step[..., object]":
    """Declare a step of a function given by its arguments."""
    space: dict[str, object] = {}
    exec(f"def s({code}): ...", space)  # noqa: S102 - functions with the arguments of the case
    return bw.step(**words)(space["s"])  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (lambda: made("sources"), "step 's' over 'item': its argument is 'source', not 'sources'"),
        (lambda: made("source", over="series"), "step 's' over 'series': its argument is 'sources', not 'source'"),
        (lambda: made("late"), "step 's' takes 'late', which does not come before it"),
        (lambda: made("a", takes={"a": "late"}), "step 's' takes 'late', which is no step before it"),
        (lambda: made("a", takes={"a": "tyr"}), "which is no step before it; did you mean 'try'?"),
        (lambda: made("silent"), "step 's' takes 'silent', which declares no outputs"),
        (lambda: made("well", over="series"), "step 's': argument 'well' is bound to nothing; known: "),
        (lambda: made("sourcs", over="series"), "argument 'sourcs' is bound to nothing; did you mean 'sources'?"),
        (lambda: made("plate", over="well"), "step 's' over 'well' cannot take 'plate', which runs over 'plates'"),
    ],
)
def test_arguments_that_cannot_be_bound(step, told):
    silent = made("source", name="silent")
    plate = made("sources, output", name="plate", over="plates", outputs="{group}")
    late = made("source, output", name="late", outputs="{stem}.l")
    with pytest.raises(DeclarationError) as caught:
        bw.Workflow("w", [attempt, silent, plate, step(), late])
    assert told in str(caught.value)


def test_a_workflow_cannot_be_changed():
    with pytest.raises(AttributeError):
        flow.name = "other"  # type: ignore[misc]


def test_what_reports_sort_by_is_a_value():
    assert bw.Workflow("w", [attempt, infer], worst="cor").worst == "cor"
    with pytest.raises(DeclarationError, match="worst= names 'core', which is no value"):
        bw.Workflow("w", [attempt, infer], worst="core")
