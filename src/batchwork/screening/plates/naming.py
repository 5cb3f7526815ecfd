"""How the files of a plate are named, and the items that they make."""

import glob
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchwork.io.fingerprints import fingerprint
from batchwork.io.naming import natural_key
from batchwork.screening.plates.errors import NamingError
from batchwork.screening.plates.wells import Place, place_of

_SUFFIXES = (".tif", ".tiff")


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way to name the files of a plate.

    Attributes
    ----------
    name : str
    pattern : str
        A regular expression for the whole name, with the groups `well`, or `row` and `column` as numbers from 1,
        and `site`; `channels`, names between commas, of files that hold them all, or `channel` of files that hold
        one. `sequence` tells the later of two images of one site.
    glob : str
        Finds such files.
    """

    name: str
    pattern: str
    glob: str = "*.tif*"

    @property
    def splits(self) -> bool:
        """Whether each channel is a file of its own."""
        return "(?P<channel>" in self.pattern


ASSAY = Scheme(
    "assay",
    r"^Well(?P<well>[A-Z]{1,2}\d{2})_Point(?P<point>[A-Z]{1,2}\d{2})_(?P<site>\d+)"
    r"_Channel(?P<channels>[^/]+)_Seq(?P<sequence>\d+)\.tiff?$",
    "Well*_Point*_Channel*_Seq*.tif*",
)
OPERETTA = Scheme(
    "operetta",
    r"^r(?P<row>\d+)c(?P<column>\d+)f(?P<site>\d+)p\d+-ch(?P<channel>\d+)(?:sk\d+)?(?:fk\d+)?(?:fl\d+)?\.tiff?$",
)
IMAGEXPRESS = Scheme(
    "imagexpress",
    r"^(?:.*_)?(?P<well>[A-Z]{1,2}\d{1,2})_s(?P<site>\d+)_w(?P<channel>\d+)(?:[0-9A-F-]{36})?\.tiff?$",
)
SCHEMES = {scheme.name: scheme for scheme in (ASSAY, OPERETTA, IMAGEXPRESS)}


@dataclass(frozen=True, slots=True)
class SiteFiles:
    """What the name of one site's file, or of its files, tells."""

    key: str
    well: str
    site: int
    sequence: int
    channels: tuple[str, ...]
    files: tuple[Path, ...]
    """One, or one for each channel."""

    def row(self) -> dict[str, object]:
        """Describe as an item of a batch; files of single channels with what tells when they change."""
        row: dict[str, object] = {
            "key": self.key, "source": str(self.files[0]), "well": self.well, "site": str(self.site),
            "sequence": str(self.sequence), "channels": ",".join(self.channels),
        }  # fmt: skip
        if len(self.files) > 1 or len(self.channels) == 1:
            row["planes"] = {c: _token(path) for c, path in zip(self.channels, self.files, strict=True)}
        return row


def _token(path: Path) -> list[object]:
    found = fingerprint(str(path))
    return [str(path), *(found[:2] if found else (0, 0))]


@dataclass(frozen=True, slots=True)
class PlateFolder:
    """The images of a plate, as they are named.

    Attributes
    ----------
    path : Path
        Absolute.
    scheme : Scheme
    sites : tuple of SiteFiles
        In natural order.
    others : tuple of str
        TIFF files that are named otherwise and left out.
    """

    path: Path
    scheme: Scheme
    sites: tuple[SiteFiles, ...]
    others: tuple[str, ...]

    @property
    def channels(self) -> list[str]:
        """Every channel of any site, in the order in which they appear."""
        return list(dict.fromkeys(channel for site in self.sites for channel in site.channels))

    @property
    def pattern(self) -> str:
        """A glob for the files."""
        return f"{glob.escape(str(self.path))}/{self.scheme.glob}"


def open_folder(folder: Path, naming: str = "") -> PlateFolder:
    """List the images of a plate.

    Parameters
    ----------
    folder : Path
    naming : str
        Name of a scheme, or a pattern as `Scheme` has it; by default the first scheme that any file follows.

    Raises
    ------
    NamingError
        If the folder cannot be listed, holds no TIFF files, or none is named as a plate's are.
    """
    path = Path(os.path.abspath(folder.expanduser()))  # noqa: PTH100 - `..` goes, links stay
    names = _names(path)
    for scheme in _candidates(naming):
        found = [_read(scheme, path, name) for name in names]
        if any(found):
            others = tuple(name for name, site in zip(names, found, strict=True) if site is None)
            return PlateFolder(path, scheme, _joined(scheme, [site for site in found if site]), others)
    raise NamingError(
        f"{path}: none of its {len(names)} TIFF files, such as '{names[0]}', is named as a plate's are "
        f"({naming or ', '.join(SCHEMES)}); give --naming with a pattern that has the groups well and site"
    )


def _names(path: Path) -> list[str]:
    try:
        names = [entry.name for entry in os.scandir(path) if entry.name.lower().endswith(_SUFFIXES)]
    except OSError as error:
        raise NamingError(f"{path}: cannot be listed: {error.strerror}") from None
    if not names:
        raise NamingError(f"{path}: there are no TIFF files in it")
    return sorted((name for name in names if not name.startswith(".")), key=natural_key)


def _candidates(naming: str) -> Sequence[Scheme]:
    if not naming:
        return tuple(SCHEMES.values())
    if naming in SCHEMES:
        return (SCHEMES[naming],)
    try:
        groups = re.compile(naming).groupindex
    except re.error as error:
        raise NamingError(f"--naming: '{naming}' is neither {', '.join(SCHEMES)} nor a pattern: {error}") from None
    if "site" not in groups or not ("well" in groups or {"row", "column"} <= set(groups)):
        raise NamingError(
            f"--naming: '{naming}' is none of {', '.join(SCHEMES)}, and as a pattern it needs the groups site and well"
        )
    return (Scheme("pattern", naming),)


def _read(scheme: Scheme, folder: Path, name: str) -> SiteFiles | None:
    match = re.search(scheme.pattern, name)
    if match is None:
        return None
    told = match.groupdict()
    place = _place(told)
    if place is None:
        return None
    channels = (told["channel"],) if told.get("channel") else tuple((told.get("channels") or "").split(","))
    site, sequence = int(told["site"]), int(told.get("sequence") or 0)
    key = f"{place.name}_{site:04d}" if scheme.splits else name
    return SiteFiles(key, place.name, site, sequence, tuple(c for c in channels if c), (folder / name,))


def _place(told: Mapping[str, str | None]) -> Place | None:
    if told.get("well"):
        return place_of(str(told["well"]))
    row, column = int(str(told["row"])), int(str(told["column"]))
    return Place(row - 1, column - 1) if row > 0 and column > 0 else None


def _joined(scheme: Scheme, found: Sequence[SiteFiles]) -> tuple[SiteFiles, ...]:
    """Put the files of one site together."""
    if not scheme.splits:
        return tuple(found)
    sites: dict[str, list[SiteFiles]] = {}
    for part in found:
        sites.setdefault(part.key, []).append(part)
    return tuple(_one(parts) for parts in sites.values())


def _one(parts: Sequence[SiteFiles]) -> SiteFiles:
    first = parts[0]
    by_channel = {part.channels[0]: part.files[0] for part in parts}
    channels = tuple(sorted(by_channel, key=natural_key))
    files = tuple(by_channel[channel] for channel in channels)
    return SiteFiles(first.key, first.well, first.site, first.sequence, channels, files)
