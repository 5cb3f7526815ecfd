"""The centre finder of the reference program: a DINOv2 backbone over windows, with attention pooling."""

from batchwork.tomo.models.tomocor.checkpoint import CheckpointError
from batchwork.tomo.models.tomocor.scorer import Tomocor, load_scorer

__all__ = ["CheckpointError", "Tomocor", "load_scorer"]
