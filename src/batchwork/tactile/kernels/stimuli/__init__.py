"""What presses on the skin: sums of terms that need no frames."""

from batchwork.tactile.kernels.stimuli.base import (
    Stimulus,
    defaults,
    frames,
    iterate_frames,
    kind_of,
    kinds,
    make,
    register,
)
from batchwork.tactile.kernels.stimuli.blobs import Gaussian, Ramp, Step, Trapezoid
from batchwork.tactile.kernels.stimuli.moving import Moving
from batchwork.tactile.kernels.stimuli.textures import RepeatedPattern, Texture
from batchwork.tactile.kernels.stimuli.timeline import Entry, Timeline

__all__ = [
    "Entry",
    "Gaussian",
    "Moving",
    "Ramp",
    "RepeatedPattern",
    "Step",
    "Stimulus",
    "Texture",
    "Timeline",
    "Trapezoid",
    "defaults",
    "frames",
    "iterate_frames",
    "kind_of",
    "kinds",
    "make",
    "register",
]
