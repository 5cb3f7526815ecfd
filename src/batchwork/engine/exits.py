"""Exit codes of every command."""

DONE = 0
"""All done or up to date."""
FAILED = 1
"""Some items failed."""
USAGE = 2
"""Wrong usage or configuration."""
INTERRUPTED = 130
"""Interrupted; can be resumed."""
