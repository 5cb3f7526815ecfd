"""The configuration file of a sweep."""

from batchwork.tactile.configuration.differences import differences
from batchwork.tactile.configuration.model import Batch, Configuration, Neurons, Pipeline
from batchwork.tactile.configuration.neurons import neuron_of
from batchwork.tactile.configuration.reading import Overrides, parse_configuration, read_configuration

__all__ = [
    "Batch",
    "Configuration",
    "Neurons",
    "Overrides",
    "Pipeline",
    "differences",
    "neuron_of",
    "parse_configuration",
    "read_configuration",
]
