"""Files and names: containers, atomic writing, fingerprints, templates, file systems."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchwork.io.containers.opening import open_file

__all__ = ["open_file"]


def __getattr__(name: str) -> object:
    """Load the container formats when one is first asked for, so that this package stays light."""
    if name != "open_file":
        raise AttributeError(f"module 'batchwork.io' has no attribute '{name}'")
    from batchwork.io.containers.opening import open_file

    return open_file
