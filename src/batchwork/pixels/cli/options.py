"""The options of prediction, under ilastik's names, with dashes or underscores."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])  # Any: click decorates functions of every shape

_MANY = ("--raw_data", "--raw-data", "--prediction_mask", "--prediction-mask")


def both(name: str, **given: Any) -> Callable[[F], F]:  # Any: what click takes
    """Make an option that can be written with underscores, as in ilastik, or with dashes."""
    spellings = dict.fromkeys((f"--{name}", f"--{name.replace('_', '-')}"))
    return click.option(*spellings, name, **given)


class IlastikCommand(click.Command):
    """Takes several words after ``--raw_data`` and after ``--prediction_mask``, as ilastik does."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeat the option before each of its words."""
        if any(word.partition("=")[0] in _MANY[:2] for word in args):
            args = _repeated(args)
        return super().parse_args(ctx, args)


def _repeated(args: Sequence[str]) -> list[str]:
    found: list[str] = []
    current = ""
    for word in args:
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            current = name if name in _MANY else ""
            found += [name, value] if current and equals else [] if current else [word]
        else:
            found += [current, word] if current else [word]
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked of one prediction."""

    project: Path
    files: tuple[str, ...]
    raw_data: tuple[str, ...]
    prediction_mask: tuple[str, ...]
    export_source: str | None
    output_format: str | None
    output_filename_format: str | None
    output_internal_path: str | None
    output_axis_order: str | None
    export_dtype: str | None
    cutout_subregion: tuple[str, ...]
    pipeline_result_drange: str | None
    export_drange: str | None
    input_axes: str | None
    ignore_training_axistags: bool
    stack_along: str
    batch: Path | None
    memory: str | None

    @property
    def words(self) -> tuple[str, ...]:
        """The images: those of ``--raw_data``, or else the files named without an option."""
        return self.raw_data or self.files


_OPTIONS = [
    click.argument("files", metavar="FILE...", nargs=-1),
    both("project", required=True, type=click.Path(path_type=Path), metavar="P.ilp", help="The project."),
    both("raw_data", multiple=True, metavar="FILE...", help="The images, as ilastik names them."),
    both("prediction_mask", multiple=True, metavar="FILE", help="Masks: one for all images, or one for each."),
    both("export_source", metavar="NAME", help='Probabilities, "Simple Segmentation", Uncertainty, Features, Labels.'),
    both("output_format", metavar="NAME", help="hdf5, numpy, tiff, png, multi-scale OME-Zarr, png sequence, …"),
    both("output_filename_format", metavar="TEMPLATE", help="With {dataset_dir} {nickname} {result_type} {x_start} …"),
    both("output_internal_path", metavar="PATH", help="Of the result in its file."),
    both("output_axis_order", metavar="AXES", help="Such as tzyxc."),
    both("export_dtype", metavar="TYPE", help="uint8, uint16, …, float32."),
    both("cutout_subregion", multiple=True, metavar="REGION", help="[(0,0,None),(50,60,None)]; repeatable."),
    both("pipeline_result_drange", metavar="RANGE", help="Values (LEAST,LARGEST) that are stretched to …"),
    both("export_drange", metavar="RANGE", help="… these."),
    both("input_axes", metavar="AXES", help="Of the images, such as zyxc; of masks behind a comma."),
    both("ignore_training_axistags", is_flag=True, help="Take no axes from the project."),
    both("stack_along", type=click.Choice(["z", "t", "c"]), default="z", show_default=True, help="For stacks."),
    both("batch", type=click.Path(path_type=Path), metavar="DIR", help="Holds the ledger; around all results."),
    both("memory", metavar="4GB", help="For the blocks of all images that are worked on at once."),
]
_IGNORED = [
    both("headless", is_flag=True, hidden=True, expose_value=False),
    both("readonly", is_flag=True, hidden=True, expose_value=False),
    both("preconvert_stacks", is_flag=True, hidden=True, expose_value=False),
    both("logfile", hidden=True, expose_value=False),
]
"""Accepted so that a command line of ilastik's runs with another program's name."""

_NAMES = Asked.__dataclass_fields__


def prediction_options(function: F) -> F:
    """Add the options; the function gets them as one argument `asked`."""
    from functools import wraps

    @wraps(function)
    def wrapped(**given: object) -> object:
        own = {name: given.pop(name) for name in _NAMES}
        return function(asked=Asked(**own), **given)  # type: ignore[arg-type]  # click has made them

    decorated: Any = wrapped  # Any: grows into a command
    for decorator in reversed([*_OPTIONS, *_IGNORED]):
        decorated = decorator(decorated)
    return decorated  # type: ignore[no-any-return]  # as above
