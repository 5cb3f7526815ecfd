"""The program in a process of its own, and how a command ended."""

import json
import subprocess
import sys
from dataclasses import dataclass

PROGRAM = [sys.executable, "-c", "from batchwork.cli.main import main; main()"]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def text(self):
        return self.out + self.err

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def items(self):
        return {item["key"]: item for item in self.json["items"]}


def program(*words: object, code: int | None = 0, **more) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; none ever shows a traceback but `log`, that of a step on standard output."""
    more = {"timeout": 120, **more}
    done = subprocess.run([*PROGRAM, *map(str, words)], capture_output=True, text=True, check=False, **more)
    assert "Traceback" not in done.stderr, done.stdout + done.stderr
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done
