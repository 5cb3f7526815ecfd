"""What a configuration file says, all defaults filled in."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.kernels.noise import Scaling
from batchwork.tactile.sweeps import Entry, Sweep

Count = Annotated[int, Field(strict=True, ge=1)]
CountOrNone = Annotated[int, Field(strict=True, ge=0)]
Finite = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Seed = Annotated[int, Field(strict=True, ge=0, lt=1 << 64)]

Format = Literal["pytorch", "hdf5"]
Device = Literal["auto", "cpu", "cuda", "mps"]

_KNOWN_KEYS_ONLY = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Batch:
    """How results are kept.

    Attributes
    ----------
    output_dir : str
        Where results go, relative to the current folder.
    format : {"pytorch", "hdf5"}
        Of the results: results.pt or results.h5.
    checkpoint_frequency : int
        Stimuli between checkpoints.
    num_workers : int
        Threads.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _KNOWN_KEYS_ONLY

    output_dir: Annotated[str, Field(min_length=1, pattern=r"^[^\x00]*$")]
    format: Format = "pytorch"
    checkpoint_frequency: Count = 10
    num_workers: Count = 1

    @property
    def folder(self) -> Path:
        """Where results go."""
        return Path(self.output_dir).expanduser()

    @property
    def results(self) -> Path:
        """The file of all results."""
        return self.folder / ("results.pt" if self.format == "pytorch" else "results.h5")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The skin and the time.

    Attributes
    ----------
    device : {"cpu", "cuda", "mps", "auto"}
    grid_size : int
        Receptors along each side of the square grid.
    duration_ms : float
        Of every stimulus.
    dt_ms : float
        Time step.
    seed : int
        Base of all random streams.
    spacing : float
        mm between receptors.
    center : (float, float)
        mm, the middle of the grid.
    receptor_noise : float
        Standard deviation of the noise that each receptor adds to the stimulus at each step, in its units.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _KNOWN_KEYS_ONLY

    device: Device = "cpu"
    grid_size: Count = 80
    duration_ms: Positive = 200.0
    dt_ms: Positive = 0.5
    seed: Seed = 42
    spacing: Positive = 0.15
    center: tuple[Finite, Finite] = (0.0, 0.0)
    receptor_noise: NotNegative = 0.0

    @property
    def clock(self) -> Clock:
        """The time steps."""
        return Clock.of(self.duration_ms, self.dt_ms)


@dataclass(frozen=True, slots=True)
class Neurons:
    """The populations; numbers are those of neurons.

    Attributes
    ----------
    sa_neurons, ra_neurons : int
        Slowly and rapidly adapting afferents.
    sa2_neurons : int
        Slowly adapting afferents of type II; 0 for none.
    model : {"izhikevich", "adex", "mqif", "equations"}
        A built-in model, or one that the text of its equations gives.
    preset : str
        Of the Izhikevich neuron.
    parameters : mapping of str to float
        Numbers of the model that differ from its own, or those that the equations name.
    equations, threshold, reset : str
        Lines ``dv/dt = …``; a comparison, as ``v >= 30``; lines ``v = …`` or ``u += …``. Time is in ms, ``I`` is
        the membrane current.
    initial : mapping of str to float
        Variables of the equations at the start; 0 where not given.
    solver : {"euler", "rk2", "rk4"}
        Explicit Euler, Heun's method, or the classical Runge-Kutta method.
    noise : float
        Standard deviation of the noise added to the membrane current at each step.
    noise_scaling : {"per_step", "sqrt_dt"}
        Whether noise is the same at every time step, or goes with 1 / sqrt(dt).
    """

    __pydantic_config__: ClassVar[ConfigDict] = _KNOWN_KEYS_ONLY

    sa_neurons: Count = 100
    ra_neurons: Count = 196
    sa2_neurons: CountOrNone = 0
    model: Literal["izhikevich", "adex", "mqif", "equations"] = "izhikevich"
    preset: Literal["RS", "IB", "CH", "FS", "LTS", "TC", "RZ"] = "RS"
    parameters: dict[str, Finite] = field(default_factory=dict)
    equations: str = ""
    threshold: str = ""
    reset: str = ""
    initial: dict[str, Finite] = field(default_factory=dict)
    solver: Literal["euler", "rk2", "rk4"] = "euler"
    noise: NotNegative = 3.0
    noise_scaling: Scaling = "per_step"

    @property
    def counts(self) -> dict[str, int]:
        """Neurons of each population that there is."""
        counts = {"sa": self.sa_neurons, "ra": self.ra_neurons, "sa2": self.sa2_neurons}
        return {name: count for name, count in counts.items() if count}


@dataclass(frozen=True, slots=True)
class Configuration:
    """A whole configuration.

    Attributes
    ----------
    batch : Batch
    pipeline : Pipeline
    neurons : Neurons
    stimuli : tuple of Entry
    written : sequence of mapping
        The stimuli as they stand in the file, plain data.
    """

    batch: Batch
    pipeline: Pipeline
    neurons: Neurons
    stimuli: tuple[Entry, ...]
    written: tuple[Mapping[str, object], ...] = field(default=(), repr=False)

    def sweep(self, limit: int | None = None) -> Sweep:
        """Give all samples, or the first ones."""
        return Sweep(self.stimuli, limit)

    @property
    def fingerprint(self) -> str:
        """Name what the samples have in common: pipeline and neurons; 16 hexadecimal digits."""
        plain = self.plain()
        text = json.dumps({name: plain[name] for name in FIXED}, sort_keys=True, separators=(",", ":"))
        return blake2b(text.encode(), digest_size=8).hexdigest()

    def plain(self) -> dict[str, Any]:
        """Give it as JSON data that `parse_configuration` takes."""
        sections = {name: asdict(getattr(self, name)) for name in ("batch", "pipeline", "neurons")}
        sections["pipeline"]["center"] = list(self.pipeline.center)
        return {**sections, "stimuli": [dict(each) for each in self.written]}


FIXED = ("pipeline", "neurons")
"""Sections that cannot change while samples are kept."""
