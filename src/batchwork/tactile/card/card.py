"""``README.md`` of a data set, in the form that hubs of data sets read."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np

from batchwork.errors import ConfigError, FileFormatError
from batchwork.io.atomic import write_text
from batchwork.tactile.card.checksums import CARD, block_of
from batchwork.tactile.results.observations import Column, observe
from batchwork.tactile.results.opening import Snapshot
from batchwork.tactile.results.results import Results
from batchwork.tactile.results.splits import PARTS, part_of
from batchwork.tactile.yaml_text import yaml_text

UNKNOWN: Final = "unknown"
MARK: Final = "batchwork-card"
_FEW = 12
_ABOUT_SPLITS = (
    "The repetitions of a condition stay together, and a condition stays where it is when the sweep grows. "
    "`split_samples` of `batchwork.tactile.results.splits` divides like this by default "
    f"({', '.join(f'{share:g} {part}' for part, share in PARTS.items())}; seed 0), and `stimuli.parquet` has a column "
    "`split`."
)
_ABOUT_FILES = f"`batchwork tactile card --check` or `sha256sum --check {CARD}` compares them."
_FRONT = re.compile(r"---\n(.*?)^---$", re.DOTALL | re.MULTILINE)


def write_card(folder: Path, programs: Mapping[str, str], licence: str | None = None) -> Path:
    """Write the card of a folder; nobody may be recording there.

    Parameters
    ----------
    folder : Path
    programs : mapping of str to str
        Programs and libraries that have made the samples → versions; empty if that is not known.
    licence : str or None
        Of the data; None keeps that of the card that is there.

    Returns
    -------
    Path
        Of the card.

    Raises
    ------
    NotABatchError, FileFormatError
        If the folder holds no sweep.
    BatchError
        If nothing is done yet.
    ConfigError
        If there is a README.md that is no card.
    """
    snapshot = Snapshot.take(folder)
    snapshot.check_not_empty()
    path = folder / CARD
    kept = _licence_of(path)
    write_text(path, "\n\n".join(_parts(snapshot, programs, licence or kept)) + "\n")
    return path


def _parts(snapshot: Snapshot, programs: Mapping[str, str], licence: str) -> Iterator[str]:
    results, name = snapshot.results, snapshot.folder.absolute().name
    front = {"license": licence, "pretty_name": name, "tags": ["touch", "spikes", "simulation"], MARK: 1}
    yield f"---\n{yaml_text(front)}---\n\n# {name}"
    yield "Simulated spikes of tactile afferents that respond to stimuli on the skin."
    yield from snapshot.told()
    splits = _splits(results)
    yield _table(("", ""), _facts(snapshot, sum(conditions for conditions, _ in splits.values())))
    yield "## Parameters\n\nA sample is one stimulus with one set of parameters and one repetition."
    yield _table(("stimulus", "samples", "parameter", "values"), _parameters(results))
    yield f"## Splits\n\n{_ABOUT_SPLITS}"
    yield _table(("part", "conditions", "samples"), ((part, *map(str, sizes)) for part, sizes in splits.items()))
    yield f"## Licence\n\n{licence}" + "; set it with `--licence`" * (licence == UNKNOWN)
    yield f"## How it was made\n\nThis card was written by {results.about['program']}; the samples were made with"
    yield _table(("program", "version"), programs.items() or [("not recorded", "the folder has no ledger")])
    yield f"``` yaml\n{yaml_text(snapshot.configuration.plain())}```"
    yield f"## Files\n\n{_ABOUT_FILES}\n\n{block_of(snapshot.folder)}"


def _facts(snapshot: Snapshot, conditions: int) -> Iterator[tuple[str, str]]:
    configuration, results = snapshot.configuration, snapshot.results
    clock = configuration.pipeline.clock
    yield "samples", f"{len(results.samples)} of {conditions} conditions"
    yield "neurons", ", ".join(f"{name} {count}" for name, count in results.layout.neurons.items())
    yield "duration", f"{clock.duration_ms:g} ms in {clock.steps} steps of {clock.dt_ms:g} ms"
    yield "seed", str(configuration.pipeline.seed)
    yield "fingerprint of pipeline and neurons", f"`{configuration.fingerprint}`"


def _parameters(results: Results) -> Iterator[tuple[str, str, str, str]]:
    for kind, observations in observe(results).types.items():
        for name, column in observations.columns.items():
            if told := _values(column):
                yield kind, str(len(observations)), name, told


def _values(column: Column) -> str:
    """List values if they are few, else say between which they lie; nothing if there is none."""
    found = np.unique(column.values[~np.isnan(column.values)]).tolist()
    if len(found) > _FEW:
        between = "" if column.words else f" from {found[0]:g} to {found[-1]:g}"
        return f"{len(found)} values{between}"
    return ", ".join(column.words[int(value)] if column.words else f"{value:g}" for value in found)


def _splits(results: Results) -> dict[str, tuple[int, int]]:
    """Count conditions and samples of each part."""
    conditions, samples = Counter[str](), Counter[str]()
    for _, group in groupby(results.samples, lambda sample: (sample.type, sample.parameters)):
        members = list(group)
        part = part_of(members[0].condition)
        conditions[part] += 1
        samples[part] += len(members)
    return {part: (conditions[part], samples[part]) for part in PARTS}


def _licence_of(path: Path) -> str:
    """Read the licence from the card that is there.

    Raises
    ------
    ConfigError
        If what is there is no card.
    """
    if not path.exists():
        return UNKNOWN
    front = _front_of(path)
    if MARK not in front:
        raise ConfigError(f"{path}: was not written by this command and is left as it is; rename it, and try again")
    return str(front.get("license") or UNKNOWN)


def _front_of(path: Path) -> Mapping[str, Any]:  # values of several types, as YAML has them
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        match = _FRONT.match(path.read_text(encoding="utf-8"))
        found = YAML(typ="safe").load(match[1]) if match else {}
    except (UnicodeDecodeError, YAMLError):
        raise FileFormatError(f"{path}: its head cannot be read; mend or remove it, and try again") from None
    return found if isinstance(found, dict) else {}


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
