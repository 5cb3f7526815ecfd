"""What the pack registers; importing it loads nothing heavy."""

from batchwork.engine.loading import Pack

pack = Pack(
    name="pixels",
    summary="Pixel classification: probabilities and segmentations from ilastik projects, without ilastik.",
    workflow="batchwork.pixels.workflow:flow",
    command="batchwork.pixels.cli:pixels",
    demo="batchwork.pixels.cli.demo:demo",
)
