"""Showing a run as it goes: a progress line on a terminal, plain lines elsewhere."""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

import click

from batchwork.engine.events import RunEvent
from batchwork.engine.plans import Plan

_TERMINAL_SECONDS = 0.1
_LINES_SECONDS = 5.0
_SHOWN_FAILURES = 20


class Display:
    """Writes progress, warnings and failures to standard error."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._start = self._last = time.monotonic()
        self._done, self._of, self._failed, self._shown = 0, 0, 0, False
        self._parts: dict[tuple[object, object], float] = {}

    def __call__(self, event: RunEvent) -> None:
        """Show one event."""
        if event.kind == "note":
            self._line(str(event.detail["text"]))
        elif event.kind == "plan":
            self._of = int(str(event.detail["to_run"]))
        elif event.kind == "progress":
            self._progress(event.detail)
        elif event.kind == "task":
            self._task(event.detail)
        elif event.kind == "end":
            self._clear()

    def _progress(self, detail: Mapping[str, object]) -> None:
        """Count a running task in by the part of it that is done."""
        done, of = detail["done"], detail["of"]
        if isinstance(done, int | float) and isinstance(of, int | float) and of > 0:
            self._parts[detail["key"], detail["step"]] = min(done / of, 1.0)
            self._show_sometimes()

    def _task(self, detail: Mapping[str, object]) -> None:
        self._parts.pop((detail["key"], detail["step"]), None)
        self._done, self._of = int(str(detail["done"])), int(str(detail["of"]))
        if detail["state"] == "failed":
            self._failed += 1
            if self._failed <= _SHOWN_FAILURES:
                self._line(f"failed: {detail['key']}, step '{detail['step']}': {detail['class']}: {detail['message']}")
        self._show_sometimes()

    def _show_sometimes(self) -> None:
        now = time.monotonic()
        if not self._quiet and now - self._last >= (_TERMINAL_SECONDS if self._terminal else _LINES_SECONDS):
            self._last = now
            self._show(now)

    def _show(self, now: float) -> None:
        done = self._done + sum(self._parts.values())
        left = f", {_duration((now - self._start) / done * (self._of - done))} left" if done else ""
        failed = f", {self._failed} failed" if self._failed else ""
        text = f"{self._done} of {self._of} tasks{failed}{left}"
        if not self._terminal:
            _tell(text + "\n")
            return
        width = 24
        filled = int(width * done / max(self._of, 1))
        _tell(f"\r[{'█' * filled}{'·' * (width - filled)}] {text}\x1b[K")
        self._shown = True

    def _clear(self) -> None:
        if self._shown:
            _tell("\r\x1b[K")
            self._shown = False

    def _line(self, text: str) -> None:
        self._clear()
        _tell(printable(text) + "\n")


def _tell(text: str) -> None:
    """Write to standard error; that its reader has gone, or its disk is full, must not end the run."""
    with suppress(OSError, ValueError):
        click.echo(text, err=True, nl=False)


def printable(text: str) -> str:
    """Show control characters, as names of files may hold, by their escapes."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def show_plan(plan: Plan, *, as_json: bool) -> None:
    """Print a plan."""
    if as_json:
        click.echo(json.dumps(plan.plain()))
        return
    for line in plan.lines():
        click.echo(printable(line))
    for warning in plan.warnings:
        click.echo(f"warning: {printable(warning)}", err=True)


def table(rows: Sequence[Sequence[str]], header: Sequence[str]) -> list[str]:
    """Set rows in columns, as lines."""
    shown = [header, *([printable(cell) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in shown) for i in range(len(header))]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown]
