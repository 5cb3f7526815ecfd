"""What a run tells while it goes on: one stream for terminal, page and other processes."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["start", "plan", "task", "progress", "note", "edit", "end"]


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One thing that happened in a run.

    Attributes
    ----------
    kind : str
        ``start`` (run, pid), ``plan`` (to_run, up_to_date), ``task`` (key, step, state,
        class, message, done, of), ``progress`` (key, step, done, of), ``note`` (text),
        ``edit`` (what), ``end`` (outcome, exit_code, counts).
    detail : mapping
        Plain JSON data.
    at : float
        Seconds since 1970.
    """

    kind: Kind
    detail: Mapping[str, object]
    at: float = field(default_factory=time.time)

    def plain(self) -> dict[str, object]:
        """Give the event as JSON data."""
        return {"kind": self.kind, "at": self.at, **self.detail}

    @classmethod
    def from_plain(cls, plain: Mapping[str, object]) -> "RunEvent":
        """Make an event again from its JSON data."""
        detail = {name: value for name, value in plain.items() if name not in {"kind", "at"}}
        return cls(plain["kind"], detail, float(str(plain["at"])))  # type: ignore[arg-type]


Listener: TypeAlias = Callable[[RunEvent], None]
"""Called with every event of a run, in the run's own thread; must return quickly."""
