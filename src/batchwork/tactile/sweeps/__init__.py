"""Sweeps: from the stimuli of a configuration file to samples."""

from batchwork.tactile.sweeps.describing import describe_sweep
from batchwork.tactile.sweeps.entry import Entry
from batchwork.tactile.sweeps.reading import read_stimuli
from batchwork.tactile.sweeps.sample import Sample
from batchwork.tactile.sweeps.sweep import Sweep

__all__ = ["Entry", "Sample", "Sweep", "describe_sweep", "read_stimuli"]
