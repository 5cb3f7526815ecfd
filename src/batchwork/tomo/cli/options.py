"""Options for the parameters of the steps; what has none here is set with ``-p STEP.NAME=VALUE``."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from batchwork.tomo import kinds
from batchwork.tomo.scorer_files import found_from_anywhere
from batchwork.tomo.workflow import flow

F = TypeVar("F", bound=Callable[..., Any])  # Any: click decorates functions of every shape


def _path(name: str, help_: str) -> Any:  # Any: click's decorators are generic in what they decorate
    kind = click.Path(exists=True, path_type=Path, resolve_path=True)
    return click.option(f"--{name}", name, type=kind, metavar="FILE", help=help_)


def _found_from_anywhere(_context: click.Context, _option: click.Parameter, scorer: str | None) -> str | None:
    """Make the path of a scorer's files absolute, as tasks run elsewhere, and see that they are there."""
    try:
        return scorer and found_from_anywhere(scorer)
    except FileNotFoundError as missing:
        raise click.BadParameter(str(missing)) from None


def _program(_context: click.Context, _option: click.Parameter, program: str | None) -> str | None:
    """Make the path of a program absolute; a name alone is looked for where programs are."""
    return str(Path(program).absolute()) if program and "/" in program else program


_OPTIONS: Mapping[str, Any] = {  # Any: as above
    "fallback_cor": click.option(
        "--cor",
        "fallback_cor",
        type=float,
        metavar="C",
        help="Centre of rotation of scans that have none of their own.",
    ),
    "width": click.option(
        "--width",
        type=click.FloatRange(min=0, min_open=True),
        help="Try so many columns to either side; 50 by default.",
    ),
    "step": click.option(
        "--step",
        type=click.FloatRange(min=0, min_open=True),
        help="Columns from one candidate to the next; 0.5 by default.",
    ),
    "row": click.option(
        "--row",
        type=click.FloatRange(0, 1),
        multiple=True,
        help="Height of the row that is tried, as a share of the detector; 0.5 by default; repeatable.",
    ),
    "scorer": click.option(
        "--scorer",
        metavar="NAME",
        callback=_found_from_anywhere,
        help="What judges the candidates; consensus by default; net:DIR is a network, tomocor:FILE a checkpoint.",
    ),
    "accept_doubtful": click.option(
        "--accept-doubtful", is_flag=True, default=None, help="Let doubtful centres count."
    ),
    "filter": click.option(
        "--filter", type=click.Choice(get_args(kinds.FilterName)), help="Window on the ramp; parzen by default."
    ),
    "algorithm": click.option(
        "--algorithm",
        type=click.Choice(get_args(kinds.Algorithm)),
        help="Filtered back projection, the default, or an iteration for few angles.",
    ),
    "iterations": click.option("--iterations", type=click.IntRange(min=1), help="Of sirt and sirt-tv; 100 by default."),
    "tv": click.option("--tv", type=click.FloatRange(min=0), help="Smoothing by sirt-tv; 0.005 by default."),
    "stripe": click.option(
        "--stripe",
        type=click.Choice(get_args(kinds.StripeName)),
        help="Removal of stripes, which make rings; none by default.",
    ),
    "zinger_threshold": click.option(
        "--zinger-threshold", type=click.FloatRange(min=0, min_open=True), help="Remove spikes of so many counts."
    ),
    "phase": click.option(
        "--phase", type=click.Choice(get_args(kinds.PhaseName)), help="Phase retrieval; none by default."
    ),
    "energy_kev": click.option("--energy-kev", type=float, help="Photon energy, for the phase."),
    "distance_mm": click.option("--distance-mm", type=float, help="From sample to detector, for the phase."),
    "delta_beta": click.option("--delta-beta", type=float, help="Ratio of refraction and absorption, for the phase."),
    "pixel_size_um": click.option("--pixel-size-um", type=float, help="At the sample; by default as the scan says."),
    "spectrum": click.option(
        "--spectrum", metavar="BEAM", help="tube:KV, bending-magnet:KEV or a file, to undo beam hardening."
    ),
    "sample": click.option("--sample", metavar="MATERIAL", help="Of the sample, for the spectrum; SiO2@2.65 in g/cm³."),
    "beam_filters": click.option(
        "--beam-filter", "beam_filters", multiple=True, metavar="MATERIAL:MM", help="Before the sample; repeatable."
    ),
    "scintillator": click.option("--scintillator", metavar="MATERIAL:MM", help="Of the detector, for the spectrum."),
    "reference_kev": click.option("--reference-kev", type=float, help="Energy of the values, for the spectrum."),
    "rotation_deg": click.option("--rotation-deg", type=float, help="Rotate the projections, to level the axis."),
    "blocked": click.option(
        "--blocked", multiple=True, metavar="A:B", help="Leave out the angles from A to B degrees; repeatable."
    ),
    "file_type": click.option(
        "--file-type",
        type=click.Choice(get_args(kinds.FileType)),
        help="double_fov: 360 degrees with the axis at the side.",
    ),
    "flats": _path("flats", "Flat frames, where the scan has none: HDF5 or TIFF."),
    "darks": _path("darks", "Dark frames, where the scan has none: HDF5 or TIFF."),
    "theta": _path("theta", "Angles in degrees, where the scan has none: a text file, one a line."),
    "rows": click.option("--rows", metavar="A:B", help="Part of the detector's rows, unbinned."),
    "columns": click.option("--columns", metavar="A:B", help="Part of its columns, unbinned; COR stays as it is."),
    "binning": click.option("--binning", type=click.IntRange(0, 3), help="Average blocks of 2^N pixels squared."),
    "units": click.option(
        "--units", type=click.Choice(get_args(kinds.Units)), help="Of the values; 1/pixel by default."
    ),
    "format": click.option(
        "--format",
        type=click.Choice(get_args(kinds.VolumeFormat)),
        help="A TIFF for each slice, the default, or one file.",
    ),
    "dtype": click.option(
        "--dtype", type=click.Choice(get_args(kinds.VolumeType)), help="Of the values on disk; float32 by default."
    ),
    "circle": click.option(
        "--circle",
        type=click.FloatRange(0, 1, min_open=True),
        help="Set what lies outside a circle of this share of the width to 0.",
    ),
    "accept_short": click.option(
        "--accept-short", is_flag=True, default=None, help="Take scans that were broken off, with the angles present."
    ),
    "low": click.option(
        "--min", "low", type=float, help="Value of black on pages, of 0 in whole numbers; by default a percentile."
    ),
    "high": click.option(
        "--max",
        "high",
        type=float,
        help="Value of white on pages, of the largest whole number; by default a percentile.",
    ),
    "note": click.option("--note", help="Words to stand on the page."),
    "presentation_url": click.option(
        "--presentation-url", metavar="URL", help="Google Slides that TomoLog adds to; else as its configuration says."
    ),
    "beamline": click.option("--beamline", metavar="NAME", help="For TomoLog: 2-bm, 7-bm or 32-id."),
    "cloud": click.option("--cloud", metavar="NAME", help="Where TomoLog puts the pictures: imgur, aps."),
    "program": click.option(
        "--tomolog-program", "program", metavar="FILE", callback=_program, help="TomoLog's name or path."
    ),
}
_ONLY_OF = {"row": "try"}
"""Options whose parameter has a namesake in another step that means something else."""


def phase_options(*phases: str) -> Callable[[F], F]:
    """Add the options of some steps; the function gets them by the names of the parameters."""
    return options_named(*(name for name in _OPTIONS if any(name in _names(phase) for phase in phases)))


def options_named(*names: str) -> Callable[[F], F]:
    """Add the options of some parameters."""

    def decorate(function: F) -> F:
        for name in reversed(names):
            function = _OPTIONS[name](function)
        return function

    return decorate


def params_of(phases: Iterable[str], given: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Give step → the parameters that the user gave and that it has."""
    told = {
        name: list(v) if isinstance(v, tuple) else str(v) if isinstance(v, Path) else v for name, v in given.items()
    }
    return {
        phase: {name: value for name, value in told.items() if value not in (None, []) and name in _names(phase)}
        for phase in phases
    }


def _names(phase: str) -> set[str]:
    names = {parameter.name for parameter in flow[phase].parameters}
    return {name for name in names if _ONLY_OF.get(name, phase) == phase}
