"""Checksums of a folder's files, in the card's last block.

The lines of the block are those of ``sha256sum``, so that ``sha256sum --check README.md`` compares them too.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from batchwork.errors import FileFormatError, NotABatchError

CARD: Final = "README.md"
OPENING: Final = "``` sha256"
CLOSING: Final = "```"
_LINE = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<name>.+)")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A folder beside its card.

    Attributes
    ----------
    folder : Path
    same, changed, missing, unlisted : tuple of str
        Names of files, relative to the folder.
    """

    folder: Path
    same: tuple[str, ...]
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    unlisted: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether all that the card names is there and unchanged."""
        return not (self.changed or self.missing)

    def told(self) -> list[str]:
        """Say it, a line for each file that is not as the card says."""
        total = len(self.same) + len(self.changed) + len(self.missing)
        summary = f"{len(self.same)} of {total} files are as {self.folder / CARD} says"
        return [
            *(f"{self.folder / name}: is not as it was when {CARD} was written" for name in self.changed),
            *(f"{self.folder / name}: is in {CARD}, but not here" for name in self.missing),
            *(f"{self.folder / name}: is not in {CARD}" for name in self.unlisted),
            f"✓ {summary}" if self.is_good else summary,
        ]


def files_of(folder: Path) -> Iterator[str]:
    """Name the files of a folder, relative to it, but for the card and what is hidden."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and name != Path(CARD) and not any(part.startswith(".") for part in name.parts):
            yield name.as_posix()


def checksum(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def block_of(folder: Path) -> str:
    """Write the block with the checksums of all files."""
    lines = [f"{checksum(folder / name)}  {name}" for name in files_of(folder)]
    return "\n".join([OPENING, *lines, CLOSING])


def read_checksums(path: Path) -> dict[str, str]:
    """Read the checksums of a card: name → SHA-256.

    Raises
    ------
    NotABatchError
        If there is no card.
    FileFormatError
        If it has no checksums, or a line is none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise NotABatchError(f"{path}: is not there; batchwork tactile card writes it") from None
    except UnicodeDecodeError:
        raise FileFormatError(f"{path}: is no text in UTF-8") from None
    if OPENING not in lines:
        raise FileFormatError(f"{path}: has no checksums; batchwork tactile card writes them")
    found: dict[str, str] = {}
    for number, line in enumerate(lines[lines.index(OPENING) + 1 :], lines.index(OPENING) + 2):
        if line == CLOSING:
            return found
        found |= _parsed(line, f"{path}:{number}")
    raise FileFormatError(f"{path}: is cut off; its checksums have no end")


def compare(folder: Path) -> Comparison:
    """Compare a folder with its card; only what the card names is read.

    Raises
    ------
    NotABatchError, FileFormatError
        As for `read_checksums`.
    """
    told = read_checksums(folder / CARD)
    there = [name for name in told if (folder / name).is_file()]
    same = tuple(name for name in there if checksum(folder / name) == told[name])
    return Comparison(
        folder,
        same,
        changed=tuple(name for name in there if name not in same),
        missing=tuple(name for name in told if name not in there),
        unlisted=tuple(name for name in files_of(folder) if name not in told),
    )


def _parsed(line: str, where: str) -> Mapping[str, str]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise FileFormatError(f"{where}: is no checksum followed by two spaces and the name of a file")
    name = Path(match["name"])
    if name.is_absolute() or ".." in name.parts:
        raise FileFormatError(f"{where}: names a file outside the folder")
    return {match["name"]: match["digest"]}
