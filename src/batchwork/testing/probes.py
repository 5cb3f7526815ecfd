"""Steps that the conformance suite has a backend run; each shows one thing about its surroundings."""

import os
import signal
import subprocess
import time
from pathlib import Path

import batchwork as bw


@bw.step(outputs="{key}.out", writes=("pid",))
def write(output: Path, key: str, *, text: str = "text") -> dict[str, int]:
    """Write a text and give back the process number."""
    print(f"writing {key}", flush=True)
    output.write_text(f"{key}: {text}", encoding="utf-8")
    return {"pid": os.getpid()}


@bw.step(outputs="{key}.out")
def pause(output: Path, key: str) -> None:
    """Sleep for as many seconds as the key says after its dash."""
    time.sleep(float(key.partition("-")[2]))
    output.write_text(key, encoding="utf-8")


@bw.step(outputs="{key}.out")
def tell_progress(output: Path, key: str) -> None:
    """Say how far it is, a little apart."""
    for done in range(1, 5):
        bw.progress(done, 4)
        time.sleep(0.15)
    output.write_text(key, encoding="utf-8")


@bw.step
def fail(key: str) -> None:
    """Raise what the key says."""
    print(f"failing {key}", flush=True)
    if key == "skip":
        raise bw.Skip("not wanted")
    raise LookupError(key)


@bw.step(outputs="{key}.out")
def forget(output: Path, key: str) -> None:
    """Leave the output out."""


@bw.step(outputs="{key}.out")
def die(output: Path, key: str) -> None:
    """Kill the own process if the key says so."""
    output.write_text("half", encoding="utf-8")
    print(f"last words of {key}", flush=True)
    if key.startswith("die"):
        os.kill(os.getpid(), signal.SIGKILL)


@bw.step(outputs="{key}.out")
def hang(output: Path, key: str) -> None:
    """Start a program, note its number and both hang."""
    child = subprocess.Popen(["sleep", "600"])
    output.with_name(f"{key}.pid").write_text(f"{os.getpid()} {child.pid}", encoding="utf-8")
    bw.progress(0, 1)
    time.sleep(600)


@bw.step(outputs="{key}.out")
def eat(output: Path, key: str, *, megabytes: int = 150) -> None:
    """Hold memory for a moment."""
    eaten = b"x" * (megabytes * 1_000_000)
    time.sleep(0.6)
    output.write_text(f"{key} {len(eaten)}", encoding="utf-8")


@bw.step(writes=("environment",))
def look_around(key: str) -> dict[str, dict[str, str]]:
    """Give back the environment."""
    time.sleep(0.05)
    return {"environment": {"key": key, **os.environ}}
