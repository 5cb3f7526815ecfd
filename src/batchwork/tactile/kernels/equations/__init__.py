"""Neuron models given as the text of their equations, compiled once."""

from batchwork.tactile.kernels.equations.emitting import Solver
from batchwork.tactile.kernels.equations.model import Equations

__all__ = ["Equations", "Solver"]
