"""The command line of TomoLog."""

import re
from dataclasses import dataclass
from pathlib import Path

from batchwork.errors import TaskError
from batchwork.tomo.page_content import PageContent
from batchwork.tomo.tomolog.contrast import Shown

MIDDLE = -1
"""TomoLog's word for the middle of the volume."""
_AS_IT_IS = PageContent()
_PLAIN_NUMBER = re.compile(r"-\d+")


class UploadFailed(TaskError):
    """TomoLog did not publish a scan; the text says what it said."""


class TomologMissing(TaskError):
    """There is no program of this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TomologOptions:
    """What the user chose for TomoLog.

    Attributes
    ----------
    program : str
        Its name or path.
    beamline, cloud, presentation_url : str
        Empty leaves them to TomoLog's own configuration, as an empty note does.
    content : PageContent
    extra : tuple of str
        More words for its command line.
    """

    program: str = "tomolog"
    beamline: str = ""
    cloud: str = ""
    presentation_url: str = ""
    content: PageContent = _AS_IT_IS
    extra: tuple[str, ...] = ()


def words_for(scan: Path, options: TomologOptions, shown: Shown) -> list[str]:
    """Give the words of the command for one scan, the program first.

    Parameters
    ----------
    scan : Path
    options : TomologOptions
    shown : Shown
        What is in its volume.
    """
    x, y, z = options.content.cuts
    if z is None and shown.first > 0:  # of a volume that begins higher up TomoLog looks for the middle too low
        z = shown.middle
    told: dict[str, object] = {
        "beamline": options.beamline,
        "file-name": scan,
        "cloud": options.cloud,
        "presentation-url": options.presentation_url,
        "idx": MIDDLE if x is None else x,
        "idy": MIDDLE if y is None else y,
        "idz": MIDDLE if z is None else z,
        "note": options.content.note,
        "min": f"{shown.low:.7g}",
        "max": f"{shown.high:.7g}",
    }
    flags = [word for name, value in told.items() if value != "" for word in _flag(name, str(value))]
    return [options.program, "run", *flags, *options.extra]


def _flag(name: str, value: str) -> list[str]:
    """Write an option; a value that looks like an option itself is tied to it."""
    if value.startswith("-") and not _PLAIN_NUMBER.fullmatch(value):
        return [f"--{name}={value}"]
    return [f"--{name}", value]


def require_found(scan: Path, volume: Path) -> None:
    """See that a volume is where TomoLog looks for it, and in a form that it reads.

    Raises
    ------
    UploadFailed
        If it is not.
    """
    place = scan.parent.with_name(f"{scan.parent.name}_rec") / f"{scan.stem}_rec"
    if not volume.is_dir() or volume.suffix:
        raise UploadFailed(f"{volume}: TomoLog reads volumes of TIFFs only; reconstruct with --format tiff")
    if volume.resolve() != place.resolve():
        raise UploadFailed(f"{volume}: TomoLog looks for the volume of {scan.name} in {place}; keep the results there")
