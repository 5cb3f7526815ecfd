"""Scans are reconstructed, their slices classified, and the objects found in them measured.

All steps but the last are those of other packs, taken by their names and linked here.
"""

from pathlib import Path

from batchwork.engine.loading import get_step
from batchwork.engine.steps import step
from batchwork.engine.workflow import Workflow


@step(outputs="objects.csv", over="batch", takes={"tables": "objects.table"}, version="1")
def table(tables: list[Path], sources: list[Path], output: Path) -> None:
    """Put the objects of all scans into one table, the name of the scan before each."""
    from batchwork.tomo_objects.tables import join_tables

    join_tables(dict(zip(sources, tables, strict=True)), output)


flow = Workflow(
    "tomo-objects",
    steps=[
        get_step("tomo.try"),
        get_step("tomo.infer"),
        get_step("tomo.full").preset(format="hdf5"),
        get_step("pixels.predict")
        .taking(source="full.volume")
        .preset(name="{parent}/{stem}_probabilities", input_axes="zyx"),
        get_step("pixels.picture").taking(source="full.volume"),
        get_step("pixels.objects").taking(source="full.volume"),
        table,
    ],
    columns=("cor", "objects"),
)
