"""What the pack registers; importing it loads nothing heavy."""

from batchwork.engine.loading import Pack

pack = Pack(
    name="tactile",
    summary="Touch: simulate afferents over parameter sweeps into datasets for machine learning.",
    workflow="batchwork.tactile.workflow:flow",
    command="batchwork.tactile.cli:tactile",
    demo="batchwork.tactile.cli.demo:demo",
    page="batchwork.tactile.reporting:write_page",
)
