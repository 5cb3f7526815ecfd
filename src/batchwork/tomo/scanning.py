"""Opening a scan with the files that belong to it, once it is known to be sound."""

from pathlib import Path

from batchwork.tomo.formats.reader import open_scan
from batchwork.tomo.formats.scan import Scan
from batchwork.tomo.formats.validate import require_sound
from batchwork.tomo.preprocessing import Preprocessing


def open_sound(path: Path, settings: Preprocessing) -> Scan:
    """Check a scan and open it; what is worth a warning is printed.

    Raises
    ------
    ScanDefect
        The gravest thing that is wrong with it.
    """
    s = settings
    findings = require_sound(path, flats=s.flats, darks=s.darks, theta=s.theta, accept_short=s.accept_short)
    for finding in findings:
        print(f"{finding.severity}: {finding.message}")  # noqa: T201 - goes to the task's log
    return open_scan(path, flats=s.flats, darks=s.darks, theta=s.theta, accept_short=s.accept_short)
