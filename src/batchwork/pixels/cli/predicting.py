"""``pixels predict``: the results of images with a project."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchwork.cli.options import RunningOptions, running_options
from batchwork.engine.exits import INTERRUPTED
from batchwork.pixels.cli.options import Asked, IlastikCommand, prediction_options

if TYPE_CHECKING:
    from batchwork.engine.definition import Definition
    from batchwork.pixels.cli.jobs import Wanted


@click.command(cls=IlastikCommand)
@prediction_options
@running_options
def predict(asked: Asked, options: RunningOptions) -> int:
    """Predict the classes of images with an ilastik project.

    A file is one image, file.h5/inner one dataset in it and 'file.h5/*' each of them; a quoted 'slice_*.png', or a
    folder, is one stack. What the project's export settings say is the default.
    """
    from batchwork.cli.running import run_and_show
    from batchwork.pixels.cli.batches import definition_of, key_of, out_of
    from batchwork.pixels.cli.jobs import wanted_results
    from batchwork.pixels.cli.report import tell_strangers

    results = wanted_results(asked)
    _show_stacks(results, options)
    out = out_of(results, asked.batch)
    definition = _with_power(definition_of(out, results), results, asked, options)
    batch = replace(options, workers=None).apply(definition)
    keys = frozenset(key_of(one, out) for one in results)
    code = run_and_show(batch, replace(options.selection(batch), keys=keys), options)
    if not options.dry_run and code != INTERRUPTED:
        tell_strangers(out, keys)
    return code


def _show_stacks(results: "list[Wanted]", options: RunningOptions) -> None:
    """Say what was put together."""
    for preview in dict.fromkeys(one.chosen.preview() for one in results if one.chosen.along is not None):
        if not options.quiet:
            click.echo(preview, err=True)


def _with_power(
    definition: "Definition", results: "list[Wanted]", asked: Asked, options: RunningOptions
) -> "Definition":
    """Share the cores and the memory among the images that are worked on at once."""
    from batchwork.engine.machine import cores, memory_bytes
    from batchwork.engine.steps import parse_bytes
    from batchwork.pixels.workflow import LARGE_BYTES

    total = options.workers or _given("LAZYFLOW_THREADS") or cores()
    tasks = max(1, min(total, len(results)))
    large = sum(_bytes_of(one.chosen.files[0]) >= LARGE_BYTES or one.chosen.along is not None for one in results)
    threads = max(1, total // max(1, min(tasks, large)))
    ram = _given("LAZYFLOW_TOTAL_RAM_MB") * 1_000_000 or memory_bytes() // 2
    budget = parse_bytes(asked.memory) if asked.memory else ram
    shared = {"name": "{key}", "threads": threads, "memory_mb": max(1, min(budget // tasks, 1 << 30) // 1_000_000)}
    run = replace(definition.options, workers=tasks, gpus="none")
    return replace(definition, params={"predict": shared}, options=run)


def _given(variable: str) -> int:
    """Read one of the variables of the environment by which ilastik is told its share; 0 where it is not set."""
    text = os.environ.get(variable, "")
    return int(text) if text.isdecimal() else 0


def _bytes_of(path: Path) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - once for each of many files
    except OSError:
        return 0
