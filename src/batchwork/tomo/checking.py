"""Looking into scans in a child process, so that a file that crashes the HDF5 library ends only the child."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from batchwork.io import isolated
from batchwork.tomo.formats.errors import DamagedFile, ScanDefect
from batchwork.tomo.formats.findings import Finding

NOTHING: Mapping[str, Path | None] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Checked:
    """A scan and what was found in it."""

    path: Path
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether it can be used as it is."""
        return not any(finding.is_error for finding in self.findings)


def check_scans(paths: Iterable[Path], *, beside: Mapping[str, Path | None] = NOTHING) -> Iterator[Checked]:
    """Check scans one by one; whatever is in the files, this process survives.

    Parameters
    ----------
    paths : iterable of Path
    beside : mapping, optional
        ``flats``, ``darks`` and ``theta``: other files that have them.

    Yields
    ------
    Checked
        In the order of the paths.
    """
    given = {name: str(path.absolute()) for name, path in beside.items() if path is not None}
    for answer in isolated.ask(f"{__name__}:plain_findings", paths, given=given):
        found: Any = answer.value  # Any: JSON data
        if answer.died:
            defect = DamagedFile.at(answer.path, f"looking into it crashed the HDF5 library ({answer.died})")
            yield Checked(answer.path, (Finding.of(defect),))
        else:
            yield Checked(answer.path, tuple(Finding(**plain) for plain in found))


def plain_findings(path: Path, **beside: str) -> list[dict[str, object]]:
    """Give the findings of one scan as JSON data; `beside` names other files that have what it lacks."""
    from batchwork.tomo.formats.validate import check_scan

    flats, darks, theta = (Path(beside[name]) if name in beside else None for name in ("flats", "darks", "theta"))
    return [asdict(finding) for finding in check_scan(path, flats=flats, darks=darks, theta=theta)]


def weigh(path: Path) -> int | None:
    """Give the bytes of a scan's projections, by their shape; None if they cannot be found."""
    from batchwork.tomo.formats.reader import data_nbytes

    try:
        return data_nbytes(path)
    except ScanDefect:
        return None


def is_complete(path: Path) -> bool:
    """Say whether a scan has been recorded to its end, by what is on disk and not by the length of its arrays."""
    from batchwork.tomo.formats.completeness import is_complete as has_ended

    return has_ended(path)
