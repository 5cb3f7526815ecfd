"""Iterative reconstruction, for scans of few or uneven angles.

`IterativeReconstructor` has the shape of `batchwork.tomo.kernels.gridding.Gridder`: sinograms in, images out.
"""

from batchwork.tomo.kernels.iterative.candidates import IterativeCandidates
from batchwork.tomo.kernels.iterative.projector import LANES, Projector
from batchwork.tomo.kernels.iterative.reconstructor import Iterations, IterativeReconstructor

__all__ = ["LANES", "Iterations", "IterativeCandidates", "IterativeReconstructor", "Projector"]
