"""The batch of a configuration: what it is made of, and keeping a folder to one network."""

import json
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path

from batchwork.engine.batch import edit_batch
from batchwork.engine.definition import Definition, RunOptions
from batchwork.engine.items import ListedItems
from batchwork.engine.ledger.ledger import home_of, open_reader
from batchwork.engine.ledger.rows import item_pages
from batchwork.engine.locking import undisturbed
from batchwork.errors import BatchBusyError, ConfigError, NotABatchError
from batchwork.tactile.cli.devices import gpu_for
from batchwork.tactile.configuration import Configuration, differences
from batchwork.tactile.results.checkpoint import NAME, Checkpoint
from batchwork.tactile.results.opening import layout_of
from batchwork.tactile.results.results import LARGEST_DENSE
from batchwork.tactile.results.store import FOLDER, Store
from batchwork.tactile.sweeps import Sample, Sweep
from batchwork.tactile.workflow import flow

FORMATS = {"pytorch": "results.pt", "hdf5": "results.h5"}


def item_key(sample: Sample) -> str:
    """Name a sample among the items of the batch."""
    return f"{sample.type}-{sample.key}"


def dense_bytes(configuration: Configuration, sweep: Sweep) -> int:
    """Give the size of all spikes written out."""
    return len(sweep) * layout_of(configuration).dense_size


def definition_of(configuration: Configuration, sweep: Sweep) -> Definition:
    """Give the batch; it writes dense results unless they would be very large."""
    rows = tuple(
        {"key": item_key(s), "sample": s.key, "type": s.type, "condition": s.condition, "repetition": s.repetition}
        for s in sweep
    )
    mark = blake2b("".join(s.key for s in sweep).encode(), digest_size=8).hexdigest()
    shared = {"threads": configuration.batch.num_workers, "sweep": mark}
    network = {**asdict(configuration.pipeline), **asdict(configuration.neurons)}
    steps = ["simulate", "table"]
    if dense_bytes(configuration, sweep) <= LARGEST_DENSE:
        steps.append(configuration.batch.format)
    return Definition(
        flow,
        ListedItems(rows),
        configuration.batch.folder.absolute(),
        {"simulate": {**network, **shared}, "table": shared, "pytorch": shared, "hdf5": shared},
        RunOptions(workers=1, gpus=gpu_for(configuration.pipeline.device)),
        steps=tuple(steps),
    )


def last_configuration(folder: Path) -> Checkpoint | None:
    """Give the checkpoint of a folder; None if there is none."""
    return Checkpoint.read(folder / NAME) if (folder / NAME).is_file() else None


def check_same_network(configuration: Configuration, name: str) -> None:
    """See that the samples of a folder fit a configuration.

    Raises
    ------
    ConfigError
        With what differs.
    """
    folder = configuration.batch.folder
    last = last_configuration(folder)
    changed = differences(last.config, configuration.plain()) if last else []
    if changed:
        raise ConfigError(
            f"{name}: the results in '{folder}' were made otherwise: {'; '.join(changed)}. "
            "Write another output_dir, or go back to what it was"
        )


def prepare_folder(configuration: Configuration, sweep: Sweep) -> Checkpoint:
    """Write the checkpoint from which the worker knows the sweep, with what is there already.

    While a run is on, nothing is written; it can be joined if its sweep is the same.

    Raises
    ------
    BatchBusyError
        If a run of another sweep is on.
    """
    folder = configuration.batch.folder
    try:
        home = home_of(folder.absolute(), flow.name)
    except NotABatchError:
        return _write_checkpoint(configuration, sweep)
    try:
        with undisturbed(home):
            return _write_checkpoint(configuration, sweep)
    except BatchBusyError:
        last = last_configuration(folder)
        if last is None or not _is_same(last, configuration, sweep):
            raise
        return last


def _write_checkpoint(configuration: Configuration, sweep: Sweep) -> Checkpoint:
    from batchwork.tactile.recorder import Progress

    folder = configuration.batch.folder
    folder.mkdir(parents=True, exist_ok=True)
    store = Store.open(folder / FOLDER, layout_of(configuration))
    checkpoint = Progress(sweep, store).checkpoint(configuration)
    checkpoint.write(folder / NAME)
    return checkpoint


def _is_same(last: Checkpoint, configuration: Configuration, sweep: Sweep) -> bool:
    """Say whether a checkpoint is that of a sweep."""
    one, two = (json.dumps(config["stimuli"]) for config in (last.config, configuration.plain()))
    return one == two and last.total_stimuli == len(sweep)


def keep_to(definition: Definition, sweep: Sweep) -> None:
    """Take stimuli off the list that the sweep has no more, and put back those that it has again."""
    try:
        home = home_of(definition.out, flow.name)
    except NotABatchError:
        return
    wanted = {item_key(sample) for sample in sweep}
    with open_reader(home) as ledger:
        known = [(item.key, bool(item.listed)) for page in item_pages(ledger.db) for item in page]
    gone = [key for key, listed in known if listed and key not in wanted]
    back = [key for key, listed in known if not listed and key in wanted]
    for kind, keys in (("remove", gone), ("undo_remove", back)):
        if keys:
            edit_batch(definition.out, flow.name, {"kind": kind, "items": keys})
