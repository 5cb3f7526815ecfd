"""The documentation's programs and sessions run as they stand.

Of each page, in order and in one empty folder: a block with a title is written to the file of
that name, and a ``console`` block is run; what stands below each ``$`` has to be what the
command prints, where ``…`` stands for anything.
"""

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
_BLOCK = re.compile(r"^``` ?(?P<head>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_SECONDS = 240
"""Most that a command takes, compiled kernels and simulated twins of a plate included."""
_PROGRESS = re.compile(r"^\d+ of \d+ tasks.*\n?", re.MULTILINE)
"""Lines that a slow machine has and a fast one has not."""
_TITLE = re.compile(r'title="([^"]+)"')
_BACKGROUND: list[int] = []
"""Process groups of commands that end in an ampersand."""
PAGES = sorted(path.name for path in DOCS.glob("*.md") if "``` console" in path.read_text(encoding="utf-8"))


@dataclass
class Command:
    """One command of a session, and what it prints."""

    line: str
    expected: list[str] = field(default_factory=list)


def commands(session: str) -> list[Command]:
    """Split a session at its prompts."""
    found: list[Command] = []
    for line in session.splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:]))
        else:
            found[-1].expected.append(line)
    return found


@pytest.fixture(autouse=True)
def _nothing_stays():
    """End what a page has started in the background, should it fail before it ends that itself."""
    yield
    while _BACKGROUND:
        with suppress(ProcessLookupError):
            os.killpg(_BACKGROUND.pop(), signal.SIGKILL)


def run(line: str, folder: Path) -> str:
    """Run a command as in a terminal, and give what it prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1", "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(
        ["bash", "-c", line],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    if line.endswith("&"):
        _BACKGROUND.append(process.pid)
    try:
        printed, _ = process.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        printed, _ = process.communicate()
        pytest.fail(f"$ {line}\n{printed}\n--- did not end in {_SECONDS} s")
    assert "Traceback" not in printed, printed
    return _PROGRESS.sub("", printed).rstrip()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", PAGES)
def test_sessions_of_page(page, tmp_path, compare_pictures):
    for block in _BLOCK.finditer((DOCS / page).read_text(encoding="utf-8")):
        title = _TITLE.search(block["head"])
        if title:
            (tmp_path / title.group(1)).write_text(block["body"], encoding="utf-8")
        elif block["head"] == "console":
            for command in commands(block["body"]):
                printed = run(command.line, tmp_path)
                expected = "\n".join(command.expected).rstrip()
                pattern = re.escape(expected).replace("…", ".*?")
                assert re.fullmatch(pattern, printed, re.DOTALL), (
                    f"$ {command.line}\n{printed}\n--- expected\n{expected}"
                )
    compare_pictures(page, tmp_path)


def test_every_page_is_in_the_menu_and_every_link_has_its_page():
    pages = {path.name for path in DOCS.glob("*.md")}
    menu = (DOCS.parent / "mkdocs.yml").read_text(encoding="utf-8")
    assert set(re.findall(r": (\w[\w-]*\.md)$", menu, re.MULTILINE)) == pages
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)", (DOCS / page).read_text(encoding="utf-8")):
            assert target.startswith("https://") or (DOCS / target).exists(), f"{page}: {target}"


def test_pictures_are_shown_and_small():
    shown = "".join(path.read_text(encoding="utf-8") for path in DOCS.glob("*.md"))
    for path in (DOCS / "pictures").iterdir():
        assert f"pictures/{path.name}" in shown, path.name
        assert path.stat().st_size < 200_000, path.name


@pytest.mark.parametrize(
    ("room", "page"),
    [
        ("jobs", "reference.md"),
        ("io", "reference.md"),
        ("testing", "reference.md"),
        ("pixels", "reference-pixels.md"),
        ("screening", "reference-screening.md"),
    ],
)
def test_reference_names_what_a_room_offers(room, page):
    text = (DOCS / page).read_text(encoding="utf-8")
    told = set(re.findall(rf"^::: batchwork\.{room}\.(\w+)$", text, re.MULTILINE)) - {"kernels"}
    assert told == set(import_module(f"batchwork.{room}").__all__)


@pytest.mark.parametrize("room", ["pixels", "screening", "tactile", "tomo"])
def test_reference_shows_the_kernels_of_each_instrument(room):
    text = (DOCS / f"reference-{room}.md").read_text(encoding="utf-8")
    assert f"::: batchwork.{room}.kernels\n    options:\n      show_submodules: true" in text


def test_reference_names_what_is_public():
    import batchwork as bw

    text = (DOCS / "reference.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^::: batchwork\.(\w+)$", text, re.MULTILINE)) - {"errors"} == set(bw.__all__)
