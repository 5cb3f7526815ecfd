"""What the pack registers; importing it loads nothing heavy."""

from batchwork.engine.loading import Pack

pack = Pack(
    name="tomo-objects",
    summary="Scans to objects: reconstruct, classify the slices with a pixel project, measure what is found.",
    workflow="batchwork.tomo_objects.workflow:flow",
)
