"""The files that the name of a scorer stands for: results depend on what is in them. Light to import."""

from collections.abc import Mapping
from pathlib import Path

NETWORK = "net:"
"""Begins the name of a network that was trained into a folder."""
CHECKPOINT = "tomocor:"
"""Begins the name of a checkpoint of the reference program."""

_SHIPPED = Path(__file__).parent / "kernels" / "scorers"
_WITH_SHIPPED = ("net", "consensus")


def scorer_files(params: Mapping[str, object]) -> dict[str, list[Path]]:
    """Give the files that a parameter `scorer` stands for, which need not be there."""
    found = _files_of(str(params.get("scorer", "")))
    return {"scorer": found} if found else {}


def _files_of(scorer: str) -> list[Path]:
    if scorer in _WITH_SHIPPED:
        return _halves(_SHIPPED)
    if scorer.startswith(NETWORK):
        return _halves(Path(scorer.removeprefix(NETWORK)))
    if scorer.startswith(CHECKPOINT):
        return [Path(scorer.removeprefix(CHECKPOINT))]
    module = scorer.rpartition(":")[0]
    return [Path(module)] if module.endswith(".py") else []


def _halves(folder: Path) -> list[Path]:
    """List both halves of a network; what training keeps beside them does not count."""
    return sorted(folder.glob("*.onnx"))


def found_from_anywhere(scorer: str) -> str:
    """Make the path in the name of a scorer absolute.

    Raises
    ------
    FileNotFoundError
        If a checkpoint or network is not there; the text says what to write.
    """
    for kind, is_there, what in ((NETWORK, Path.is_dir, "network"), (CHECKPOINT, Path.is_file, "checkpoint")):
        if scorer.startswith(kind):
            path = Path(scorer.removeprefix(kind))
            if not is_there(path):
                place = "DIR" if kind == NETWORK else "FILE"
                raise FileNotFoundError(f"there is no {what} '{path}'; write {kind}{place}")
            return f"{kind}{path.absolute()}"
    module, colon, name = scorer.rpartition(":")
    return f"{Path(module).absolute()}{colon}{name}" if module.endswith(".py") else scorer
