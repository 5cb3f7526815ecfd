"""What the pack registers; importing it loads nothing heavy."""

from batchwork.engine.loading import Pack

pack = Pack(
    name="tomo",
    summary="Tomography: find centres of rotation, reconstruct scans, publish volumes.",
    workflow="batchwork.tomo.workflow:flow",
    command="batchwork.tomo.cli:tomo",
    demo="batchwork.tomo.cli.demo:demo",
)
