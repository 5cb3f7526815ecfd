"""The page of all commands and options says what they say themselves. ``BATCHWORK_WRITE_REFERENCE=1`` writes it."""

import os
from pathlib import Path

from tests.docs.command_reference import general_commands, page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference-commands.md"


def test_the_page_is_that_of_the_commands():
    if os.environ.get("BATCHWORK_WRITE_REFERENCE"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "BATCHWORK_WRITE_REFERENCE=1 writes it anew"


def test_every_general_command_is_told_on_the_page_of_commands():
    told = PAGE.with_name("commands.md").read_text(encoding="utf-8")
    assert [name for name in general_commands() if f"`batchwork {name}" not in told] == []
