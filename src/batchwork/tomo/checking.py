"""Checking scans in a child process, so that a file that crashes the HDF5 library ends only the child.

Run as ``python -m batchwork.tomo.checking`` the module is that child: it reads paths, one JSON text a
line, and answers each with a line of findings.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Self

from batchwork.tomo.formats.errors import DamagedFile
from batchwork.tomo.formats.findings import Finding

_MODULE = "batchwork.tomo.checking"


@dataclass(frozen=True, slots=True)
class Checked:
    """A scan and what was found in it."""

    path: Path
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether it can be used as it is."""
        return not any(finding.is_error for finding in self.findings)


class _Child:
    """The process that looks into files."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._undo = ExitStack()
        errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed with the child
        self._errors: IO[str] = self._undo.enter_context(errors)
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True, encoding="utf-8"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        with suppress(BrokenPipeError):
            self._process.communicate()
        self._undo.close()

    def ask(self, path: Path) -> tuple[Finding, ...] | None:
        """Have one file looked into; None if the child did not survive it."""
        if self._process.stdin is None or self._process.stdout is None:
            return None
        try:
            self._process.stdin.write(json.dumps(str(path)) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return None
        answer = self._process.stdout.readline()
        return tuple(Finding(**plain) for plain in json.loads(answer)) if answer.endswith("\n") else None

    def how_it_ended(self) -> str:
        """Describe the child's death: its last words, or how it ended."""
        code = self._process.wait()
        self._errors.seek(0)
        words = self._errors.read().strip().splitlines()
        return words[-1] if words else f"signal {-code}" if code < 0 else f"exit code {code}"


def check_scans(paths: Iterable[Path], command: tuple[str, ...] | None = None) -> Iterator[Checked]:
    """Check scans one by one; whatever is in the files, this process survives.

    Parameters
    ----------
    paths : iterable of Path
        The scans.
    command : tuple of str, optional
        What runs the child; this module by default.

    Yields
    ------
    Checked
        In the order of the paths.
    """
    run = command or (sys.executable, "-P", "-m", _MODULE)
    with ExitStack() as undo:
        child = undo.enter_context(_Child(run))
        for path in paths:
            findings = child.ask(path)
            if findings is None:
                text = f"looking into it crashed the HDF5 library ({child.how_it_ended()})"
                findings = (Finding.of(DamagedFile.at(path, text)),)
                child = undo.enter_context(_Child(run))
            yield Checked(path, findings)


def main() -> None:
    """Answer paths on standard input with findings on standard output until the input ends."""
    from batchwork.tomo.formats.validate import check_scan

    for line in sys.stdin:
        findings = check_scan(Path(json.loads(line)))
        sys.stdout.write(json.dumps([asdict(finding) for finding in findings]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
