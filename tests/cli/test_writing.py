"""Places that cannot be written are named."""

import errno
from pathlib import Path

import pytest

from batchwork.cli.writing import writing_to
from batchwork.errors import ConfigError, DiskSpaceError


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), OSError("9 requested and 1 written")]
)
def test_a_full_disk(error):
    with (
        pytest.raises(DiskSpaceError, match=r"^out/scans: the disk is full; free some space"),
        writing_to(Path("out/scans")),
    ):
        raise error


def test_another_reason(tmp_path):
    (tmp_path / "file").touch()
    place = tmp_path / "file" / "scans"
    with pytest.raises(ConfigError, match=rf"^{place}: cannot be written: Not a directory"), writing_to(place):
        place.mkdir()
