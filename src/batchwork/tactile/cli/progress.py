"""A bar that fills as stimuli are done."""

import sys
import time
from contextlib import suppress

import click

from batchwork.engine.events import RunEvent

_SECONDS = 0.1
_WIDTH = 20


class Bar:
    """Shows how many stimuli are done, on standard error: as a line that is written over on a terminal.

    Parameters
    ----------
    total : int
        Stimuli of the sweep.
    done : int
        Those that were done before.
    quiet : bool
        Show failures only.
    """

    def __init__(self, total: int, done: int, *, quiet: bool) -> None:
        self._total, self._before, self._done = total, done, done
        self._quiet, self._terminal = quiet, sys.stderr.isatty()
        self._start = time.monotonic()
        self._shown = 0.0

    def __call__(self, event: RunEvent) -> None:
        """Show one event of a run."""
        if event.kind == "note":
            self._tell(f"{event.detail['text']}\n")
        elif event.kind == "task" and event.detail["step"] == "simulate":
            self._done = min(self._done + (event.detail["state"] == "done"), self._total)
            if self._terminal and time.monotonic() - self._shown > _SECONDS:
                self._show("\r")
        elif event.kind == "end":
            self._show("\r" if self._terminal else "")
            self._tell("" if self._quiet else "\n")

    def _show(self, start: str) -> None:
        if self._quiet:
            return
        self._shown = time.monotonic()
        spent, new = self._shown - self._start, self._done - self._before
        left = spent / new * (self._total - self._done) if new else 0.0
        part = self._done / self._total
        pace = f"{new / spent:.1f}stimulus/s" if spent > 0 else ""
        bar = f"{'█' * int(_WIDTH * part):<{_WIDTH}}"
        times = f"{_minutes(spent)}<{_minutes(left)}"
        self._tell(f"{start}Progress: {100 * part:3.0f}%|{bar}| {self._done}/{self._total} [{times}, {pace}]")

    def _tell(self, text: str) -> None:
        with suppress(OSError, ValueError):
            click.echo(text, err=True, nl=False)


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:02}:{rest:02}"
