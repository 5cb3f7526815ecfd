"""The network of a configuration, and how it responds to samples."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from batchwork.tactile.building import network_of
from batchwork.tactile.configuration import Configuration
from batchwork.tactile.kernels import stimuli
from batchwork.tactile.kernels.events import Events
from batchwork.tactile.kernels.network import Population
from batchwork.tactile.kernels.simulate import respond
from batchwork.tactile.kernels.terms import Term
from batchwork.tactile.results.layout import Response
from batchwork.tactile.sweeps import Sample

_LANES = 1 << 18
"""Neurons of all samples that a GPU works on at once."""


class Simulator:
    """Lets a configuration's network respond to samples: one after the other, on a GPU many side by side.

    Parameters
    ----------
    configuration : Configuration
    threads : int
        Populations that are simulated side by side; the response is the same for any number.
    """

    def __init__(self, configuration: Configuration, threads: int = 1) -> None:
        self.network = network_of(configuration.pipeline, configuration.neurons)
        self._clock, self._seed = configuration.pipeline.clock, configuration.pipeline.seed
        self._device = configuration.pipeline.device
        self._side_by_side = self._device != "cpu"
        self._threads = ThreadPoolExecutor(threads) if threads > 1 else None

    @property
    def at_once(self) -> int:
        """How many samples are best simulated together."""
        if not self._side_by_side:
            return 1
        return max(_LANES // max(population.neurons for population in self.network.populations), 1)

    def respond_all(self, samples: Sequence[Sample]) -> list[Response]:
        """Simulate samples.

        Raises
        ------
        ParameterError
            If a stimulus cannot be made.
        """
        if not self._side_by_side:
            return [self.respond(sample) for sample in samples]
        from batchwork.tactile.kernels.batched import respond_batch

        terms = [self._terms(sample) for sample in samples]
        keys = [sample.stream for sample in samples]
        found = [
            respond_batch(population, terms, self._clock, seed=self._seed, samples=keys, device=self._device)
            for population in self.network.populations
        ]
        return [self._response(sample, events) for sample, *events in zip(samples, *found, strict=True)]

    def respond(self, sample: Sample) -> Response:
        """Simulate a sample on the CPU.

        Raises
        ------
        ParameterError
            If its stimulus cannot be made.
        """
        terms = self._terms(sample)

        def one(population: Population) -> Events:
            return respond(population, terms, self._clock, seed=self._seed, sample=sample.stream)

        run = map if self._threads is None else self._threads.map
        return self._response(sample, run(one, self.network.populations))

    def _terms(self, sample: Sample) -> Sequence[Term]:
        return stimuli.make(sample.type, sample.parameters).terms(self.network.grid, self._clock)

    def _response(self, sample: Sample, events: Iterable[Events]) -> Response:
        names = (population.name for population in self.network.populations)
        return Response(sample.key, sample.record(), dict(zip(names, events, strict=True)))
