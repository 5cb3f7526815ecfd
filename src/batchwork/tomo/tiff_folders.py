"""Scans that are folders: a TIFF for each projection, with flats, darks and angles inside."""

from contextlib import suppress
from pathlib import Path

from batchwork.io.naming import natural_key

_OTHER_KINDS = ("flat", "dark")
"""How the names of files and folders begin that are no projections."""
_RESULTS = "_rec"
"""How the names of volumes end, which are folders of TIFFs too."""


def is_tiff_folder(path: Path) -> bool:
    """Say whether a folder is one scan: it holds two TIFFs or more, of one frame each, and nothing is amiss.

    Files of which each is a stack are scans themselves.
    """
    from batchwork.tomo.formats.errors import ScanDefect
    from batchwork.tomo.formats.tiff_frames import tiff_files
    from batchwork.tomo.formats.tiff_pages import find_pages

    with suppress(OSError, ScanDefect):
        if path.is_dir() and not path.name.lower().startswith(_OTHER_KINDS) and not path.name.endswith(_RESULTS):
            frames = [file for file in tiff_files(path) if not file.name.lower().startswith(_OTHER_KINDS)][:2]
            return len(frames) > 1 and all(len(find_pages(file)) == 1 for file in frames)
    return False


def tiff_folders(parent: Path) -> list[Path]:
    """List the folders in a folder that are scans, in natural order."""
    with suppress(OSError):
        found = [path for path in parent.iterdir() if not path.name.startswith(".") and is_tiff_folder(path)]
        return sorted(found, key=lambda path: natural_key(path.name))
    return []
