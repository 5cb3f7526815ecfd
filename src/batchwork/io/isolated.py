"""Functions of a file, called in a child process, so that a file that crashes a library ends only the child.

Run as ``python -m batchwork.io.isolated MODULE:FUNCTION ARGUMENTS`` the module is that child: it reads paths, one
JSON text a line, and answers each with a line of JSON.
"""

import importlib
import json
import os
import runpy
import select
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, Self

_MODULE = "batchwork.io.isolated"
_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function said of a file.

    Attributes
    ----------
    path : Path
    value : object
        Plain JSON data; None if there is no answer.
    died : str
        How the child ended that had no answer; "" if it had one.
    """

    path: Path
    value: object
    died: str = ""


class _Child:
    """The process that looks into files."""

    def __init__(self, command: tuple[str, ...], patience: float | None) -> None:
        self._undo = ExitStack()
        self._patience = patience
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

    def ask(self, path: Path) -> Answer:
        """Have one file looked into."""
        if self._process.stdin is None or self._process.stdout is None:
            return Answer(path, None, "it has no pipes")
        try:
            self._process.stdin.write(json.dumps(str(path)) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return Answer(path, None, self._how_it_ended())
        if not select.select([self._process.stdout], [], [], self._patience)[0]:
            return Answer(path, None, f"no answer in {self._patience:g} s")
        answer = self._process.stdout.readline()
        return Answer(path, json.loads(answer)) if answer.endswith("\n") else Answer(path, None, self._how_it_ended())

    def _how_it_ended(self) -> str:
        """Describe the child's death: its last words, or how it ended."""
        code = self._process.wait()
        self._errors.seek(0)
        words = self._errors.read().strip().splitlines()
        return words[-1] if words else f"signal {-code}" if code < 0 else f"exit code {code}"


def ask(
    function: str,
    paths: Iterable[Path],
    *,
    given: Mapping[str, object] = _NOTHING,
    patience: float | None = None,
    command: tuple[str, ...] | None = None,
) -> Iterator[Answer]:
    """Ask a function about files one by one; whatever is in the files, this process survives.

    Parameters
    ----------
    function : str
        ``module:name`` or ``file.py:name`` of a function that takes a path and gives plain JSON data.
    paths : iterable of Path
    given : mapping, optional
        More arguments of the function, by name: plain JSON data.
    patience : float, optional
        Seconds to wait for each answer; without limit by default.
    command : tuple of str, optional
        What runs the child; this module by default.

    Yields
    ------
    Answer
        In the order of the paths.
    """
    run = command or (sys.executable, "-P", "-m", _MODULE, function, json.dumps(dict(given)))
    with ExitStack() as undo:
        child: _Child | None = None
        for path in paths:
            child = child or undo.enter_context(_Child(run, patience))
            answer = child.ask(path)
            if answer.died:
                undo.close()
                child = None
            yield answer


def main() -> None:
    """Answer paths on standard input until the input ends; what the function prints goes to standard error."""
    module, _, name = sys.argv[1].rpartition(":")
    loaded = runpy.run_path(module) if module.endswith(".py") else vars(importlib.import_module(module))
    function: Callable[..., object] = loaded[name]
    given = json.loads(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(function(Path(json.loads(line)), **given)) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
