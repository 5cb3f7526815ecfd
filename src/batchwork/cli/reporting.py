"""Commands that tell about a batch, this machine and workflows, and the demonstration."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from batchwork.cli.common import dir_argument, json_option, quiet_option, workflow_option
from batchwork.engine.exits import DONE, INTERRUPTED
from batchwork.engine.loading import Pack, load_pack, pack_names
from batchwork.errors import ConfigError, MissingExtraError
from batchwork.service.doctor import Machine, inspect_machine
from batchwork.service.reporting import words

if TYPE_CHECKING:
    from batchwork.engine.batch import Batch

_file_option = click.option("--out", "file", metavar="FILE", type=click.Path(path_type=Path), help="Where to write it.")


@click.command()
@dir_argument
@_file_option
@workflow_option
def report(folder: Path, file: Path | None, workflow: str | None) -> int:
    """Write one self-contained page about a batch, and print its path."""
    from batchwork.service.report import write_report

    click.echo(write_report(folder, workflow, file))
    return 0


@click.command()
@click.argument("workflow", metavar="WORKFLOW")
@_file_option
def schema(workflow: str, file: Path | None) -> int:
    """Give the JSON schema of a workflow's configuration file.

    WORKFLOW is FILE.py:NAME, MODULE:NAME or a registered name, as in the file itself.
    """
    from batchwork.engine.loading import load_workflow
    from batchwork.io.atomic import write_text
    from batchwork.service.config import schema as make_schema

    loaded, _ = load_workflow(workflow, Path.cwd())
    text = json.dumps(make_schema(loaded), indent=2)
    if file is None:
        click.echo(text)
        return 0
    try:
        write_text(file.absolute(), text + "\n")
    except OSError as error:
        raise ConfigError(f"{file}: the schema cannot be written here: {error.strerror}") from None
    click.echo(file.absolute())
    return 0


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@json_option
def doctor(path: Path, as_json: bool) -> int:
    """Say what this machine has: cores, GPUs, libraries, free disk, file system of a path."""
    machine = inspect_machine(path)
    if as_json:
        click.echo(json.dumps(machine.plain()))
        return 0
    for name, text in _doctor_lines(machine):
        click.echo(f"{name:<13} {text}".rstrip())
    return 0


def _doctor_lines(machine: Machine) -> Iterator[tuple[str, str]]:
    """Tell about a machine, line by line."""
    yield "batchwork", machine.batchwork
    yield "python", f"{machine.python} on {machine.system}"
    yield "cores", str(machine.cores)
    yield "memory", words.size(machine.memory_bytes)
    yield "gpus", ", ".join(machine.gpus) or "none"
    yield "disk", f"{words.size(machine.disk.free_bytes)} free at {machine.disk.path}"
    yield "file system", machine.disk.file_system
    if machine.disk.network:
        yield "", "other machines share it: the ledger uses a rollback journal, which is slower"
    yield "threads", ", ".join(f"{name}={value}" for name, value in machine.threads.items()) or "not limited"
    yield "libraries", ", ".join(f"{name} {found}" for name, found in machine.libraries.items() if found)
    for pack in machine.packs:
        yield f"pack {pack.name}", f"missing {', '.join(pack.missing)}: {pack.install}" if pack.missing else "ready"


@click.command()
@click.argument("pack", required=False)
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), default="demo", show_default=True,
              help="Where to write it.")  # fmt: skip
@quiet_option
def demo(pack: str | None, out: Path, quiet: bool) -> int:
    """Simulate data, process them, and write the report; all packs, or the one named."""
    from batchwork.cli.display import Display
    from batchwork.service.report import write_report

    code = DONE
    for shown in _packs_with_demo(pack):
        click.echo(f"Demo of {shown.name}")
        prepare = cast("Callable[[Path], Batch]", shown.load(shown.demo))
        batch = prepare(out.absolute() / shown.name)
        ended = batch.run(listener=Display(quiet=quiet))
        results, counts = batch.definition.out, ", ".join(f"{n} {state}" for state, n in ended.counts.items())
        click.echo(f"Results saved to {results}: {counts}")
        if ended.exit_code == INTERRUPTED:
            return INTERRUPTED
        click.echo(f"Report: {write_report(results)}")
        _write_page(shown, results)
        code = max(code, ended.exit_code)
    return code


def _write_page(pack: Pack, results: Path) -> None:
    """Write a pack's own page, if it has one and what draws it is installed."""
    if not pack.page:
        return
    try:
        page = cast("Callable[[Path], Path]", pack.load(pack.page))(results)
    except MissingExtraError as error:
        click.echo(f"No page of {pack.name}: {error}", err=True)
    else:
        click.echo(f"Page of {pack.name}: {page}")


def _packs_with_demo(pack: str | None) -> list[Pack]:
    """Load the packs that have a demonstration, or the one named.

    Raises
    ------
    ConfigError
        If there is none.
    """
    found = [p for p in (load_pack(name) for name in ([pack] if pack else pack_names())) if p.demo]
    if not found:
        raise ConfigError(f"'{pack}' has no demo" if pack else "no pack is installed that has a demo")
    return found
