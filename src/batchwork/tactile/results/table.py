"""``stimuli.csv``: a row for each sample."""

import csv
from collections.abc import Iterator
from pathlib import Path

from batchwork.tactile.results.counting import spike_counts
from batchwork.tactile.results.layout import Record
from batchwork.tactile.results.results import Results

_MS_PER_S = 1000


def rows(results: Results) -> Iterator[Record]:
    """Give a row for each sample.

    Yields
    ------
    dict
        ``key``, ``condition``, the parameters, and for each population ``NAME_spikes`` (count) and ``NAME_rate_hz``
        (mean of its neurons).
    """
    seconds = results.about["duration_ms"] / _MS_PER_S
    for sample, counts in spike_counts(results):
        row: Record = {"key": sample.key, "condition": sample.condition, **sample.record()}
        for (name, neurons), spikes in zip(results.layout.neurons.items(), counts, strict=True):
            row[f"{name}_spikes"] = spikes
            row[f"{name}_rate_hz"] = round(spikes / neurons / seconds, 6)
        yield row


def columns(results: Results) -> list[str]:
    """Name what the rows have: key and condition, the parameters of all samples, and the spikes."""
    parameters = dict.fromkeys(name for sample in results.samples for name in sample.record())
    return [
        "key",
        "condition",
        *parameters,
        *(f"{name}_{what}" for name in results.layout.neurons for what in ("spikes", "rate_hz")),
    ]


def write_csv(results: Results, path: Path) -> None:
    """Write the table; parameters that a stimulus has not are empty.

    Raises
    ------
    OSError
        If the disk is full or may not be written to.
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns(results))
        writer.writeheader()
        writer.writerows({name: in_text(value) for name, value in row.items()} for row in rows(results))


def in_text(value: object) -> object:
    """Write lists of numbers with spaces between; what is one number or word stays."""
    return " ".join(map(str, value)) if isinstance(value, tuple | list) else value
