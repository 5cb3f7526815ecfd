"""The network of a configuration, and how it responds to samples."""

from concurrent.futures import ThreadPoolExecutor

from batchwork.tactile.building import network_of
from batchwork.tactile.configuration import Configuration
from batchwork.tactile.kernels import stimuli
from batchwork.tactile.kernels.events import Events
from batchwork.tactile.kernels.network import Population
from batchwork.tactile.kernels.simulate import respond
from batchwork.tactile.results.layout import Response
from batchwork.tactile.sweeps import Sample


class Simulator:
    """Lets a configuration's network respond to one sample after the other.

    Parameters
    ----------
    configuration : Configuration
    threads : int
        Populations that are simulated side by side; the response is the same for any number.
    """

    def __init__(self, configuration: Configuration, threads: int = 1) -> None:
        self.network = network_of(configuration.pipeline, configuration.neurons)
        self._clock, self._seed = configuration.pipeline.clock, configuration.pipeline.seed
        self._threads = ThreadPoolExecutor(threads) if threads > 1 else None

    def respond(self, sample: Sample) -> Response:
        """Simulate a sample.

        Raises
        ------
        ParameterError
            If its stimulus cannot be made.
        """
        terms = stimuli.make(sample.type, sample.parameters).terms(self.network.grid, self._clock)

        def one(population: Population) -> Events:
            return respond(population, terms, self._clock, seed=self._seed, sample=sample.stream)

        run = map if self._threads is None else self._threads.map
        names = (population.name for population in self.network.populations)
        events = dict(zip(names, run(one, self.network.populations), strict=True))
        return Response(sample.key, sample.record(), events)
