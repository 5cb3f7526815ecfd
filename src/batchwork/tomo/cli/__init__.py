"""The commands of tomography."""

from batchwork.tomo.cli.centres import cors, fix_cors, set_centres
from batchwork.tomo.cli.group import tomo
from batchwork.tomo.cli.running import full, infer, publish, run, try_centres, watch
from batchwork.tomo.cli.scans import check, simulate
from batchwork.tomo.cli.training import export_labels, train

__all__ = ["tomo"]

for _command in (
    check, simulate, try_centres, infer, full, run, watch, publish, set_centres, cors, fix_cors,
    export_labels, train,
):  # fmt: skip
    tomo.add_command(_command)
