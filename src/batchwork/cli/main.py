"""The root command: finds its subcommands, and turns errors into exit codes."""

import errno
import importlib
import os
import sys
import traceback
from typing import NoReturn

import click

from batchwork.engine.exits import FAILED, INTERRUPTED, USAGE

_COMMANDS = {
    "run": ("batchwork.cli.running:run", "Run what is not up to date."),
    "plan": ("batchwork.cli.running:plan", "Say what would run and why; writes nothing."),
    "status": ("batchwork.cli.looking:status", "Counts, the table, the failures grouped by class."),
    "explain": ("batchwork.cli.looking:explain", "Why each step of one item is or is not up to date."),
    "log": ("batchwork.cli.looking:log", "What an item's newest attempt has printed."),
    "set": ("batchwork.cli.editing:set_values", "Edit values of an item, or take the last edit back."),
    "params": ("batchwork.cli.parameters:params", "Show the parameters of an item, or give items their own."),
    "repair": ("batchwork.cli.editing:repair", "Repair a value over its series; shows first."),
    "remove": ("batchwork.cli.editing:remove", "Take items off the list; the disk is not touched."),
    "retry": ("batchwork.cli.running:retry", "Run failed tasks again."),
    "cancel": ("batchwork.cli.live:cancel", "Stop a running batch, or let it drain."),
    "follow": ("batchwork.cli.live:follow", "Follow a running batch from another terminal."),
    "watch": ("batchwork.cli.live:watch", "Run, and go on with items as they arrive."),
    "report": ("batchwork.cli.reporting:report", "One self-contained page: what ran, with pictures."),
    "demo": ("batchwork.cli.reporting:demo", "Simulated data in, a finished batch and its report out."),
    "doctor": ("batchwork.cli.reporting:doctor", "What this machine has."),
    "schema": ("batchwork.cli.reporting:schema", "JSON schema of a workflow's configuration file."),
}


class Root(click.Group):
    """Loads a subcommand when it is called; the help needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the general commands, then those of the packs."""
        from batchwork.engine.loading import pack_names

        return [*_COMMANDS, *pack_names()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one command."""
        if cmd_name in _COMMANDS:
            module, _, name = _COMMANDS[cmd_name][0].partition(":")
            found: click.Command = getattr(importlib.import_module(module), name)
            return found
        return _pack_command(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands from their one-line meanings."""
        from batchwork.engine.loading import pack_names

        with formatter.section("For every batch"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])
        with formatter.section("Instruments"):
            formatter.write_dl([(name, _pack_summary(name)) for name in pack_names()])


def _pack_summary(name: str) -> str:
    """Give a pack's line for the help; a broken pack does not break the help of the others."""
    from batchwork.engine.loading import load_pack

    try:
        return load_pack(name).summary
    except ImportError as error:
        return f"(cannot be loaded: {error})"


def _pack_command(name: str) -> click.Command | None:
    from batchwork.engine.loading import load_pack, pack_names

    if name not in pack_names():
        return None
    pack = load_pack(name)
    command = pack.load(pack.command) if pack.command else None
    return command if isinstance(command, click.Command) else None


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="batchwork")
def root() -> None:
    """Batch processing for scientific data: resumable, explained, no work lost."""


def _tell_missing(error: ModuleNotFoundError) -> NoReturn:
    """Name the extra that installs a missing library; anything else that is missing is a fault of ours."""
    from batchwork.engine.programs import how_to_install

    frames = [frame.f_globals["__name__"].split(".") for frame, _ in traceback.walk_tb(error.__traceback__)]
    told = how_to_install(error.name, [name[1] for name in reversed(frames) if name[0] == "batchwork" and name[1:]])
    if told is None:
        raise error
    click.echo(f"batchwork: {told}", err=True)
    sys.exit(USAGE)


def _open_standard_streams() -> None:
    """Open what the shell has closed (``2>&-``): a ledger must not be given the number of standard error."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:  # noqa: PLR2004 - takes the lowest that is free
        pass
    os.close(descriptor)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)


def _drop_output() -> None:
    """Let what is left of standard output go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell_disk(error: OSError) -> NoReturn:
    """Say what could not be written; any other error is a fault of ours."""
    from batchwork.io.filesystems import is_disk_full

    what = error.filename or "standard output, or a file that is being made,"
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM} and error.filename is not None:
        click.echo(f"batchwork: {what}: {error.strerror}; choose another folder, or ask for its permissions", err=True)
        sys.exit(USAGE)
    if not is_disk_full(error):
        raise error
    _drop_output()
    click.echo(f"batchwork: {what} cannot be written: the disk is full; free some space and run again", err=True)
    sys.exit(FAILED)


def main() -> NoReturn:
    """Run the program."""
    from batchwork.errors import BatchworkError, ConfigError, OutputCollisionError, ReadOnlyBatchError

    usage = ConfigError | LookupError | FileNotFoundError | ReadOnlyBatchError | OutputCollisionError
    _open_standard_streams()
    try:
        code = root.main(standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except ModuleNotFoundError as error:
        _tell_missing(error)
    except BrokenPipeError:
        _drop_output()
        sys.exit(FAILED)
    except BatchworkError as error:
        click.echo(f"batchwork: {error}", err=True)
        sys.exit(USAGE if isinstance(error, usage) else FAILED)
    except OSError as error:
        _tell_disk(error)
    sys.exit(code if isinstance(code, int) else 0)
