"""Pictures that a page can hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from batchwork.extras import needs_extra
from batchwork.io.pages import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI: Final = 110
NAMES: Final = {"sa": "SA", "ra": "RA", "sa2": "SA II"}
"""Of the populations."""
COLOURS: Final = {"sa": "#2f6db3", "ra": "#c8642b", "sa2": "#3b8f5a"}
OTHER_COLOUR: Final = "#6b7684"
_MOST_TICKS = 12
_STEEP_AFTER = 40
_STYLE: Final[dict[str, Any]] = {
    "font.size": 10.0,
    "axes.titlesize": 11.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "figure.facecolor": "white",
}
_UNITS = {
    "sigma": "mm", "center_x": "mm", "center_y": "mm", "wavelength": "mm", "spacing": "mm", "width": "mm",
    "radius": "mm", "step_time": "ms", "t_pre": "ms", "t_ramp": "ms", "t_plateau": "ms", "t_post": "ms",
}  # fmt: skip


@contextmanager
def style() -> Iterator[None]:
    """Draw in the house's way, whatever the user's own settings of matplotlib are.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    with needs_extra("report", "The report"):
        from matplotlib.style import context
    with context(["default", _STYLE]):
        yield


def panels(count: int, height: float, width: float = 11.0) -> "tuple[Figure, list[Axes]]":
    """Make a figure of panels side by side; inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, list(figure.subplots(1, count, squeeze=False)[0])


def picture(title: str, caption: str, figure: "Figure") -> Picture:
    """Finish a figure."""
    room = BytesIO()
    figure.savefig(room, format="png", dpi=DPI, metadata={"Software": None})
    return Picture.of(title, caption, room.getvalue())


def name_of(population: str) -> str:
    """Write a population's name for people."""
    return NAMES.get(population, population)


def label_of(parameter: str) -> str:
    """Write a parameter's name with its unit."""
    return f"{parameter} ({_UNITS[parameter]})" if parameter in _UNITS else parameter


def name_ticks(axis_of: "Axes", along: str, labels: tuple[str, ...]) -> None:
    """Name the steps of an axis, 0, 1, …; not more of them than can be read."""
    stride = -(-len(labels) // _MOST_TICKS)
    places, shown = range(0, len(labels), stride), labels[::stride]
    if along == "x":
        is_long = sum(map(len, shown)) > _STEEP_AFTER
        axis_of.set_xticks(places, shown, rotation=40 if is_long else 0, ha="right" if is_long else "center")
    else:
        axis_of.set_yticks(places, shown)
