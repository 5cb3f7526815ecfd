"""The command that the others stand below, and the arguments that they share."""

from pathlib import Path

import click


class InOrder(click.Group):
    """Lists its commands in the order in which a user meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the commands as they were added."""
        return list(self.commands)


@click.group(cls=InOrder)
def tomo() -> None:
    """Tomography: from a folder of scans to volumes.

    Results go to FOLDER_rec, beside the folder of the scans; that one is never written to.
    """


paths_argument = click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
folder_argument = click.argument(
    "folder", metavar="FOLDER", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
