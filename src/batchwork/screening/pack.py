"""What the pack registers; importing it loads nothing heavy."""

from batchwork.engine.loading import Pack

pack = Pack(
    name="screening",
    summary="Screening: from the images of a plate to the scores of its wells.",
    workflow="batchwork.screening.workflow:cell_analysis",
    command="batchwork.screening.cli:screening",
    demo="batchwork.screening.cli.demo:demo",
)
