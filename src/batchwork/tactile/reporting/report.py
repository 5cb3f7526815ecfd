"""Writing the report of a sweep."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Final

from batchwork.errors import ParameterError, ReadOnlyBatchError, UnknownItemError
from batchwork.io.atomic import write_text
from batchwork.io.pages import Picture
from batchwork.tactile.building import network_of
from batchwork.tactile.reporting.axes import choose_axes
from batchwork.tactile.reporting.conditions import columns, statistics, write_statistics
from batchwork.tactile.reporting.figures import Drawn
from batchwork.tactile.reporting.page import MOST_ROWS, Page, Section
from batchwork.tactile.reporting.rasters import draw_sample, in_the_middle
from batchwork.tactile.results.durable import written_whole
from batchwork.tactile.results.observations import Observed, observe
from batchwork.tactile.results.opening import Snapshot
from batchwork.tactile.sweeps import Sample

FILE_NAME: Final = "sweep.html"
_PAGES = (".html", ".htm")
_MS_PER_S = 1000


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user wants to see.

    Attributes
    ----------
    x, y : str or None
        Parameters of the heat maps; None leaves the choice to the report.
    samples : sequence of str
        Keys of those to show one by one; none for the weakest, middle and strongest response.
    """

    x: str | None = None
    y: str | None = None
    samples: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Attributes
    ----------
    page, table : Path
        HTML and CSV.
    told : list of str
        What is missing from them, for the user.
    """

    page: Path
    table: Path
    told: list[str]


def write_page(folder: Path) -> Path:
    """Write the page of a sweep as `write_report` does by default, and give its path."""
    return write_report(folder).page


def write_report(folder: Path, choice: Choice = Choice(), file: Path | None = None) -> Written:
    """Write the page, and the statistics of all conditions beside it.

    The samples are read from the shards as they are at this moment; a run may go on meanwhile.

    Parameters
    ----------
    folder : Path
        Of the sweep.
    choice : Choice
    file : Path or None
        Where to write; None is ``sweep.html`` in the folder. The table has the same name and ends in ``.csv``.

    Raises
    ------
    NotABatchError, FileFormatError
        If the folder holds no sweep.
    BatchError
        If nothing is done yet.
    ParameterError, UnknownItemError
        If there is no such parameter or sample, or the page's name does not end in ``.html``.
    ReadOnlyBatchError
        If the report cannot be written where it should stand.
    """
    page = (file or folder / FILE_NAME).absolute()
    if page.suffix not in _PAGES:
        raise ParameterError(f"--out {file}: the page's name must end in .html, such as {page.stem}.html")
    table = page.with_suffix(".csv")
    snapshot = Snapshot.take(folder)
    snapshot.check_not_empty()
    samples = _find(snapshot, choice.samples)
    observed = observe(snapshot.results)
    html = _page(snapshot, observed, choice, samples, table.name).html()
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        results = snapshot.results
        written_whole(table, lambda partial: write_statistics(columns(results), statistics(results), partial))
        write_text(page, html)
    except OSError as error:
        raise ReadOnlyBatchError(
            f"{page}: the report cannot be written here ({error.strerror}); choose another place with --out FILE.html"
        ) from None
    return Written(page, table, snapshot.told())


def _page(snapshot: Snapshot, observed: Observed, choice: Choice, samples: list[Sample], table: str) -> Page:
    results, configuration = snapshot.results, snapshot.configuration
    seconds = configuration.pipeline.clock.duration_ms / _MS_PER_S
    axes = choose_axes(observed.types, choice.x, choice.y)
    sections = [
        Section(
            name,
            len(each),
            list(each.varying),
            list(Drawn(each, axes[name], results.layout.neurons, seconds).pictures()),
        )
        for name, each in observed.types.items()
    ]
    rows = list(islice(statistics(results), MOST_ROWS + 1))
    chosen = samples or [results.samples[place] for place in in_the_middle(observed.totals)]
    return Page(
        title=snapshot.folder.absolute().name,
        made=time.strftime("%Y-%m-%d %H:%M:%S %z"),
        notes=snapshot.told(),
        done=len(results.samples),
        total=len(snapshot.sweep),
        populations=results.layout.neurons,
        sections=sections,
        samples=_pictures(snapshot, chosen),
        are_chosen=bool(samples),
        table=table,
        columns=columns(results),
        rows=rows[:MOST_ROWS],
        is_cut=len(rows) > MOST_ROWS,
        about=results.about,
    )


def _pictures(snapshot: Snapshot, samples: Sequence[Sample]) -> list[Picture]:
    configuration, store = snapshot.configuration, snapshot.results.store
    network = network_of(configuration.pipeline, configuration.neurons)
    clock = configuration.pipeline.clock
    return [draw_sample(sample, store.response(sample.key), network, clock) for sample in samples]


def _find(snapshot: Snapshot, wanted: Sequence[str]) -> list[Sample]:
    """Find samples by their keys, with or without the type in front.

    Raises
    ------
    UnknownItemError
        If there is none, or it is not done.
    """
    keys = {word.rpartition("-")[2]: word for word in wanted}
    found = {sample.key: sample for sample in snapshot.sweep if sample.key in keys} if keys else {}
    for key, word in keys.items():
        if key not in found:
            raise UnknownItemError(f"{snapshot.folder}: there is no sample '{word}'; {_nearest(key, snapshot)}")
        if key not in snapshot.results.store:
            raise UnknownItemError(f"{snapshot.folder}: sample '{word}' is not done; run the sweep again to make it")
    return [found[key] for key in keys]


def _nearest(key: str, snapshot: Snapshot) -> str:
    close = get_close_matches(key, (sample.key for sample in snapshot.sweep), n=1)
    return f"did you mean '{close[0]}'?" if close else "stimuli.csv and batchwork status name the keys"
