"""From a scan and its volume to a page of TomoLog."""

import shlex
from pathlib import Path

from batchwork.io.turns import turn
from batchwork.tomo.tomolog.command import TomologOptions, require_found, words_for
from batchwork.tomo.tomolog.contrast import look_into
from batchwork.tomo.tomolog.running import run_tomolog


def upload(scan: Path, volume: Path, options: TomologOptions, *, time_limit_s: float) -> str:
    """Publish a scan; other uploads of this user on this machine are waited for.

    Returns
    -------
    str
        The command and what it printed.

    Raises
    ------
    TomologMissing, UploadFailed, FileFormatError
    """
    require_found(scan, volume)
    words = words_for(scan, options, look_into(volume, options.content.low, options.content.high))
    command = shlex.join(words)
    print(command, flush=True)  # noqa: T201 - goes to the task's log
    with turn("tomolog"):
        lines = run_tomolog(words, time_limit_s=time_limit_s)
    return "\n".join([command, *lines, ""])
