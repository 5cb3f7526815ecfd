"""``stimuli.csv``: a row for each sample."""

import csv
from collections.abc import Iterator
from pathlib import Path

from batchwork.tactile.results.layout import Record
from batchwork.tactile.results.results import Results

_MS_PER_S = 1000


def rows(results: Results) -> Iterator[Record]:
    """Give the samples' parameters, with ``NAME_spikes`` (count) and ``NAME_rate_hz`` (mean of the neurons)."""
    seconds = results.about["duration_ms"] / _MS_PER_S
    for sample, response in results.responses():
        row = {name: _cell(value) for name, value in sample.record().items()}
        for name, events in response.events.items():
            row[f"{name}_spikes"] = len(events)
            row[f"{name}_rate_hz"] = round(len(events) / events.neurons / seconds, 6)
        yield row


def write_csv(results: Results, path: Path) -> None:
    """Write the table; parameters that a stimulus has not are empty.

    Raises
    ------
    OSError
        If the disk is full or may not be written to.
    """
    names = dict.fromkeys(name for row in rows(results) for name in row)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(names))
        writer.writeheader()
        writer.writerows(rows(results))


def _cell(value: object) -> object:
    """Write lists of numbers with spaces between."""
    return " ".join(map(str, value)) if isinstance(value, tuple | list) else value
