"""Running TomoLog for one scan, and telling whether it has published it."""

import os
import re
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from typing import IO

import psutil

from batchwork.tomo.tomolog.command import TomologMissing, UploadFailed

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LOOK_S = 0.2
"""Between looks whether a program has ended."""
_AFTER_END_S = 2.0
"""For the rest of the output of a program that has ended; programs it has left behind may hold the pipe."""

_FAILURES = (
    r"Traceback \(most recent call last\)",
    r"[Aa]n error occurred",
    r"\b[Nn]ot implemented yet",
    r"Set --presentation-url",
    r"File Name does not exist",
    r"does not contain any file",
    r"Missing command selection",
    r"Reconstructions for .* are missing",
    r"Skipping reconstruction",
    r"^(?:\S+ \S+ - )?(?:ERROR|CRITICAL)\b",
    r"(?:^|\s)(?:HttpError|RefreshError|ConnectionError)\b",
)
"""What TomoLog says where it gives up; it often ends with exit code 0 all the same."""
_FAILURE = re.compile("|".join(_FAILURES))


@dataclass(slots=True)
class _Output:
    """What a program prints, shown line by line and kept."""

    stream: IO[bytes]
    lines: list[str] = field(default_factory=list)
    _rest: bytes = b""
    ended: bool = False

    def hear(self, seconds: float) -> None:
        """Wait for more, but no longer than this."""
        if not select.select([self.stream], [], [], seconds)[0]:
            return
        more = os.read(self.stream.fileno(), 1 << 16)
        self.ended = not more
        *whole, self._rest = (self._rest + more).split(b"\n")
        for line in (*whole, self._rest) if self.ended and self._rest else whole:
            plain = _COLOURS.sub("", line.decode("utf-8", "replace")).rstrip()
            print(plain, flush=True)  # noqa: T201 - goes to the task's log
            self.lines.append(plain)


def run_tomolog(words: Sequence[str], *, time_limit_s: float) -> list[str]:
    """Run TomoLog to its end.

    It runs in a folder of its own, as it leaves pictures of fixed names where it stands.

    Parameters
    ----------
    words : sequence of str
        The command, the program first.
    time_limit_s : float
        After which it is ended, with all programs that it has started.

    Returns
    -------
    list of str
        What it printed, without colours.

    Raises
    ------
    TomologMissing
        If there is no such program.
    UploadFailed
        If it ends with an exit code other than 0 or by a signal, takes too long, or says that it has failed.
    """
    program = which(words[0])
    if program is None:
        raise TomologMissing(
            f"there is no program '{words[0]}'; install TomoLog (tomolog-cli), "
            "or say where it is with --tomolog-program"
        )
    with tempfile.TemporaryDirectory(prefix="tomolog-") as folder:
        lines, code = _run([str(Path(program).absolute()), *words[1:]], Path(folder), time_limit_s)
    if code is None:
        raise UploadFailed(f"tomolog had not ended after {time_limit_s:g} s and was ended{_last(lines)}")
    if code < 0:
        raise UploadFailed(f"tomolog was ended by {_signal(-code)}{_last(lines)}")
    if code > 0:
        raise UploadFailed(f"tomolog ended with exit code {code}{_last(lines)}")
    told = failure_in(lines)
    if told is not None:
        raise UploadFailed(f"tomolog says: {told}")
    return lines


def _run(words: list[str], folder: Path, time_limit_s: float) -> tuple[list[str], int | None]:
    """Run a program and give what it printed and its exit code, None if it took too long."""
    try:
        process = subprocess.Popen(
            words, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    except OSError as error:
        raise TomologMissing(f"{words[0]}: cannot be run: {error.strerror}") from None
    with process:
        try:
            return _follow(process, time.monotonic() + time_limit_s)
        finally:
            _end_all(process)


def _follow(process: subprocess.Popen[bytes], end: float) -> tuple[list[str], int | None]:
    """Listen to a program until it is over or its time is."""
    if process.stdout is None:
        return [], process.wait()
    output, over = _Output(process.stdout), end
    while time.monotonic() < over and not (output.ended and process.poll() is not None):
        if output.ended:
            time.sleep(_LOOK_S)
        else:
            output.hear(_LOOK_S)
        if process.poll() is not None:
            over = min(over, time.monotonic() + _AFTER_END_S) if over == end else over
    return output.lines, process.poll()


def _end_all(process: subprocess.Popen[bytes]) -> None:
    """End a program that is still there, and those that it has started; they stay in our process group."""
    with suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid)
        for member in (*family.children(recursive=True), family):
            with suppress(psutil.NoSuchProcess):
                member.kill()
    process.wait()


def _signal(number: int) -> str:
    with suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"


def failure_in(lines: Sequence[str]) -> str | None:
    """Give the line by which TomoLog says that it has failed; None if there is none.

    Of a traceback it is the last line, which names the error.
    """
    for number, line in enumerate(lines):
        if _FAILURE.search(line):
            return next((later for later in reversed(lines[number:]) if later.strip()), line) if _opens(line) else line
    return None


def _opens(line: str) -> bool:
    return line.startswith("Traceback")


def _last(lines: Sequence[str]) -> str:
    """Give the last words, as the end of a sentence."""
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f": {last}" if last else ""
