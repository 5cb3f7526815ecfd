"""Parameters, read from signatures and docstrings."""

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from batchwork.engine.parameters import REQUIRED, Parameter, bind, read_parameters, resolve
from batchwork.errors import DeclarationError, ParameterError


class Shape(Enum):
    DISC = "disc"
    SQUARE = "square"


def blur(
    source: Path,
    output: Path,
    *,
    sigma: float = 2.0,
    radius_px: int,
    mode: Literal["wrap", "edge"] = "edge",
    shape: Shape = Shape.DISC,
    level: Annotated[float, Field(gt=0)] | None = None,
    low: int = 0,
    high: int = 9,
    anything=None,
) -> None:
    """Blur. low in counts, high in counts per second. sigma in mm.

    Parameters
    ----------
    sigma : float, pixels
        Width of the kernel.
        More about it.
    mode : str
        What lies outside.
    low, high : int
        Limits.

    Returns
    -------
    level : not a parameter
        Really.
    """


def known() -> dict[str, Parameter]:
    return {p.name: p for p in read_parameters(blur)}


def test_names_defaults_units_and_meanings():
    found = known()
    assert list(found) == ["sigma", "radius_px", "mode", "shape", "level", "low", "high", "anything"]
    assert found["sigma"] == Parameter("sigma", float, 2.0, "pixels", "Width of the kernel.")
    assert found["radius_px"] == Parameter("radius_px", int, REQUIRED, "", "")
    assert (found["low"].unit, found["low"].help) == ("counts", "Limits.")
    assert (found["high"].unit, found["high"].help) == ("counts per second", "Limits.")
    assert (found["level"].unit, found["level"].help) == ("", "")


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("sigma", 3, 3.0),
        ("sigma", "1e-3", 0.001),
        ("radius_px", "4", 4),
        ("radius_px", 4.0, 4),
        ("mode", "wrap", "wrap"),
        ("shape", "square", Shape.SQUARE),
        ("level", None, None),
        ("level", 0.5, 0.5),
        ("anything", [1, "a"], [1, "a"]),
    ],
)
def test_values_are_turned_into_their_type(name, given, value):
    assert known()[name].convert(given) == value


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("sigma", "wide", "parameter 'sigma': Input should be a valid number, .*, got 'wide'"),
        ("radius_px", 1.5, "parameter 'radius_px': Input should be a valid integer, got a number with a fractional"),
        ("radius_px", None, "parameter 'radius_px': Input should be a valid integer, got None"),
        ("mode", "wrp", "parameter 'mode': Input should be 'wrap' or 'edge', got 'wrp'"),
        ("shape", "ball", "parameter 'shape': Input should be 'disc' or 'square', got 'ball'"),
        ("level", 0, "parameter 'level': Input should be greater than 0, got 0"),
        ("sigma", [1], "parameter 'sigma': Input should be a valid number, got \\[1\\]"),
    ],
)
def test_values_that_do_not_fit(name, given, told):
    with pytest.raises(ParameterError, match=told):
        known()[name].convert(given)


@pytest.mark.parametrize(
    ("name", "word", "value"),
    [
        ("sigma", "3", 3.0),
        ("mode", "wrap", "wrap"),
        ("mode", '"wrap"', "wrap"),
        ("level", "null", None),
        ("anything", "[1, 2]", [1, 2]),
        ("anything", "[1, 2", "[1, 2"),
        ("shape", "disc", Shape.DISC),
    ],
)
def test_words_of_the_command_line(name, word, value):
    assert known()[name].parse(word) == value


def test_a_text_that_looks_like_a_number_stays_a_text():
    label = Parameter("label", str, "", "", "")
    assert [label.parse(word) for word in ("3", "true", "x")] == ["3", "true", "x"]


def test_resolving_fills_in_defaults_as_plain_data():
    assert resolve("blur", read_parameters(blur), {"radius_px": "3", "shape": "square"}) == {
        "sigma": 2.0,
        "radius_px": 3,
        "mode": "edge",
        "shape": "square",
        "level": None,
        "low": 0,
        "high": 9,
        "anything": None,
    }
    assert resolve("blur", read_parameters(blur), {"radius_px": 1})["shape"] == "disc"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "step 'blur' needs a value for its parameter 'radius_px'"),
        ({"sgma": 1}, "step 'blur' has no parameter 'sgma'; did you mean 'sigma'?"),
        ({"source": "x"}, "step 'blur' has no parameter 'source'"),
        ({"radius_px": "x"}, "step 'blur', parameter 'radius_px': Input should be a valid integer"),
    ],
)
def test_what_does_not_resolve(given, told):
    with pytest.raises(ParameterError) as caught:
        resolve("blur", read_parameters(blur), given)
    assert told in str(caught.value)


def test_schemas_tell_unit_meaning_and_default():
    assert known()["sigma"].schema() == {
        "type": "number",
        "description": "Width of the kernel.",
        "x-unit": "pixels",
        "default": 2.0,
    }
    assert "default" not in known()["radius_px"].schema()
    assert known()["shape"].schema()["default"] == "disc"
    assert known()["mode"].schema()["enum"] == ["wrap", "edge"]


def no_type(source: Path, *, image: np.ndarray = None) -> None: ...


def odd_default(source: Path, *, thing=object()) -> None: ...  # noqa: B008 - the case


def test_a_type_that_no_file_can_hold():
    with pytest.raises(DeclarationError, match=r"parameter 'image': .* cannot be written in a configuration file"):
        read_parameters(no_type)[0].convert([1])


def test_a_default_that_no_ledger_can_hold():
    with pytest.raises(DeclarationError, match=r"parameter 'thing': <object object at .*> cannot be stored as JSON"):
        resolve("odd", read_parameters(odd_default), {})


def many(source: Path, *files: Path) -> None: ...


def loose(source: Path, **others: int) -> None: ...


def by_place(source: Path, /, output: Path) -> None: ...


def unresolved(source: "Nowhere", *, sigma: float = 1) -> None: ...  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (many, r"step 'many': '\*files' cannot be bound"),
        (loose, r"step 'loose': '\*others' cannot be bound"),
        (by_place, "step 'by_place': 'source' is bound by name; take the '/' out"),
        (unresolved, "step 'unresolved': its annotations do not resolve: name 'Nowhere' is not defined"),
    ],
)
def test_functions_that_cannot_be_steps(function, told):
    with pytest.raises(DeclarationError, match=told):
        read_parameters(function)


@given(st.floats(allow_nan=False), st.integers(-(2**53), 2**53), st.sampled_from(Shape))
def test_plain_values_come_back(sigma, radius_px, shape):
    for name, value in {"sigma": sigma, "radius_px": radius_px, "shape": shape}.items():
        parameter = known()[name]
        assert parameter.convert(parameter.plain(value)) == value


def test_units_are_told_from_the_other_words_of_a_type():
    def measure(*, a: float = 1, b: str = "x", c=(1, 2), d: float = 1) -> None:
        """Measure.

        Parameters
        ----------
        a : float, optional
            The a.
        b : {'x', 'y'}
            The b.
        c : (ny, nx) array, 1/cm
            The c.
        d : float, mm, default 3
            The d.
        """

    told = {p.name: (p.unit, p.help) for p in read_parameters(measure)}
    assert told == {"a": ("", "The a."), "b": ("", "The b."), "c": ("1/cm", "The c."), "d": ("mm", "The d.")}


def test_a_default_left_out_equals_the_default_written():
    """Else writing it out would make everything stale."""

    def blur_by(*, sigma: float = 2) -> None: ...

    parameters = read_parameters(blur_by)
    assert repr(resolve("blur_by", parameters, {})) == repr(resolve("blur_by", parameters, {"sigma": 2}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """How it is lit.

    Attributes
    ----------
    power : float, W
        Of the lamp.
    """

    power: float = 5.0
    colours: tuple[str, ...] = ("red",)


def shine(source: Path, *, light: Light = Light(), times: int = 1) -> None:
    """Shine."""


def test_the_fields_of_a_dataclass_are_parameters_that_steps_can_share():
    parameters = read_parameters(shine)
    assert [(p.name, p.default, p.unit, p.help) for p in parameters] == [
        ("power", 5.0, "W", "Of the lamp."),
        ("colours", ("red",), "", ""),
        ("times", 1, "", ""),
    ]
    plain = resolve("shine", parameters, {"power": 7, "colours": ["blue", "green"]})
    assert plain == {"power": 7.0, "colours": ["blue", "green"], "times": 1}
    assert bind(shine, parameters, plain) == {"light": Light(power=7.0, colours=("blue", "green")), "times": 1}
    with pytest.raises(ParameterError, match="power"):
        resolve("shine", parameters, {"power": "much"})


def test_the_defaults_are_those_of_the_argument():
    def dim(*, light: Light = Light(power=0.5)) -> None: ...

    assert [p.default for p in read_parameters(dim)] == [0.5, ("red",)]


def test_a_dataclass_may_have_required_fields():
    @dataclass(frozen=True)
    class Lamp:
        power: float
        hours: int = 8
        colours: list[str] = field(default_factory=lambda: ["red"])

    def burn(*, lamp) -> None: ...

    burn.__annotations__["lamp"] = Lamp
    parameters = read_parameters(burn)
    assert [(p.name, p.default) for p in parameters] == [("power", REQUIRED), ("hours", 8), ("colours", ["red"])]
    with pytest.raises(ParameterError, match="'power'"):
        resolve("burn", parameters, {"hours": 3})


def test_names_that_collide_are_refused():
    def twice(*, light: Light = Light(), power: float = 1.0) -> None: ...

    with pytest.raises(DeclarationError, match="two parameters named 'power'"):
        read_parameters(twice)
