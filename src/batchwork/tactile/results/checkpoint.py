"""``checkpoint.pt``: how far a sweep is, for ``torch.load``.

It is written while the sweep runs, and holds plain data only, so that it is made without loading PyTorch: a zip archive
of one pickle, as ``torch.save`` writes it. What has been computed is in the shards; nothing depends on this file.
"""

import io
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path

NAME = "checkpoint.pt"
_ARCHIVE = "checkpoint"
_VERSION = b"3\n"
_PROTOCOL = 2  # the one that torch's safe loader reads


def write_checkpoint(path: Path, content: Mapping[str, object]) -> None:
    """Write a checkpoint, whole or not at all.

    Parameters
    ----------
    path : Path
    content : mapping
        Of dicts, lists, texts, numbers, booleans and None.

    Raises
    ------
    OSError
        If it cannot be written; the last one stays.
    """
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(f"{_ARCHIVE}/data.pkl", pickle.dumps(dict(content), protocol=_PROTOCOL))
        archive.writestr(f"{_ARCHIVE}/byteorder", b"little")
        archive.writestr(f"{_ARCHIVE}/version", _VERSION)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(data.getvalue())
    partial.replace(path)
