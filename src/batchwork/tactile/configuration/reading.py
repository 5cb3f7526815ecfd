"""Reading a configuration file of a sweep: everything that is wrong with it is told at once."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from batchwork.errors import ParameterError
from batchwork.io.naming import nearest
from batchwork.io.yaml_layers import read_layers
from batchwork.io.yaml_marks import Document, Place
from batchwork.io.yaml_sections import Problems
from batchwork.tactile.configuration.model import Batch, Configuration, Device, Neurons, Pipeline
from batchwork.tactile.configuration.neurons import idle_keys, neuron_of, runs_on_cpu
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.sweeps import Entry, read_stimuli

Section = TypeVar("Section")

Devices = Callable[[], Collection[str]]

SECTIONS = ("batch", "pipeline", "neurons", "stimuli")
FALLING: tuple[Device, ...] = ("cuda", "mps", "cpu")
"""What ``auto`` looks for."""

_ENDLESS = Clock(1 << 40, 1.0)
"""For looking at stimuli whose true duration could not be read: no time lies outside."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line says instead of the file; None leaves the file's word.

    Attributes
    ----------
    output_dir : str or None
    num_workers : int or None
    device : str or None
    """

    output_dir: str | None = None
    num_workers: int | None = None
    device: Device | None = None

    def section(self, *names: str) -> dict[str, object]:
        """Give those of some names that are set."""
        return {name: value for name in names if (value := getattr(self, name)) is not None}


def read_configuration(
    file: Path, overrides: Overrides | None = None, *, devices: Devices | None = None
) -> Configuration:
    """Read a configuration file and those that it extends.

    Parameters
    ----------
    file : Path
    overrides : Overrides, optional
    devices : callable, optional
        Gives the devices that there are; called if the file asks for another one than the CPU. If given, a device
        that is not there is an error, and ``auto`` becomes the fastest.

    Raises
    ------
    ConfigError
        With a line for each defect: file, line, column, key and what to do.
    """
    return read_document_of(read_layers(file), overrides, devices=devices)


def parse_configuration(data: Mapping[str, Any]) -> Configuration:
    """Make a configuration of plain data, such as `Configuration.plain` gives.

    Raises
    ------
    ConfigError
        If something in it does not fit.
    """
    return read_document_of(Document("configuration", dict(data), {}, {}))


def read_document_of(
    document: Document, overrides: Overrides | None = None, *, devices: Devices | None = None
) -> Configuration:
    """Read a configuration that has been read as YAML; the rest as for `read_configuration`."""
    reader = _Reader(document, Problems(document), overrides or Overrides(), devices)
    found = reader.read()
    reader.problems.tell()
    assert found is not None  # noqa: S101 - what is missing has been told
    return found


@dataclass(frozen=True, slots=True)
class _Reader:
    document: Document
    problems: Problems
    overrides: Overrides
    devices: Devices | None

    def read(self) -> Configuration | None:
        data = self.document.data
        assert isinstance(data, dict)  # noqa: S101 - documents of another kind have been refused
        for name in data:
            if name not in SECTIONS:
                self.problems.add((name,), f"unknown key; {nearest(str(name), SECTIONS)}")
        batch = self._section(Batch, self._batch(data.get("batch")), "batch", ("output_dir", "num_workers"))
        neurons = self._neurons(data.get("neurons"))
        pipeline = self._pipeline(data.get("pipeline"), neurons)
        stimuli = self._stimuli(data, pipeline)
        if batch is None or pipeline is None or neurons is None or self.problems.found:
            return None
        return Configuration(batch, pipeline, neurons, stimuli, tuple(data["stimuli"]))

    def _section(
        self, model: type[Section], given: object, name: str, overridden: tuple[str, ...] = ()
    ) -> Section | None:
        values = {} if given is None else given
        if isinstance(values, dict):
            values = {**values, **self.overrides.section(*overridden)}
        return self.problems.section(model, values, (name,))

    def _batch(self, given: object) -> object:
        """Take ``save_format`` for ``format``."""
        if not isinstance(given, dict) or "save_format" not in given:
            return given
        if "format" in given:
            self.problems.add(("batch", "save_format"), "means the same as 'format', which is given too")
        renamed = {"format" if name == "save_format" else name: value for name, value in given.items()}
        for places in (self.document.places, self.document.values):
            spot = places.get(("batch", "save_format"))
            if spot:
                places.setdefault(("batch", "format"), spot)
        return renamed

    def _pipeline(self, given: object, neurons: Neurons | None) -> Pipeline | None:
        pipeline = self._section(Pipeline, given, "pipeline", ("device",))
        if pipeline is None:
            return None
        try:
            pipeline.clock  # noqa: B018 - looking at it checks it
        except ParameterError as error:
            self._add(("pipeline", "dt_ms"), str(error))
            return None
        if self.devices is None or pipeline.device == "cpu":
            return pipeline
        return self._placed(pipeline, {*self.devices(), "cpu"}, only_cpu=neurons is not None and runs_on_cpu(neurons))

    def _placed(self, pipeline: Pipeline, devices: Collection[str], *, only_cpu: bool) -> Pipeline:
        """Choose among the devices that there are."""
        if pipeline.device == "auto":
            known = {"cpu"} if only_cpu else devices
            return replace(pipeline, device=next(name for name in FALLING if name in known))
        way_out = "write  device: auto, or run with --device cpu"
        if pipeline.device not in devices:
            told = f"there is no device '{pipeline.device}' here, which takes a GPU and PyTorch; {way_out}"
            self._add(("pipeline", "device"), told)
        elif only_cpu:
            self._add(("pipeline", "device"), f"equations and other solvers than euler run on the CPU; {way_out}")
        return pipeline

    def _neurons(self, given: object) -> Neurons | None:
        neurons = self._section(Neurons, given, "neurons")
        if neurons is None:
            return None
        defects = list(idle_keys(neurons))
        for name, text in defects:
            self._add(("neurons", name), text)
        if not defects:
            self._check_model(neurons)
        return neurons

    def _check_model(self, neurons: Neurons) -> None:
        try:
            neuron_of(neurons)
        except ParameterError as error:
            self._add(("neurons", "equations" if neurons.model == "equations" else "parameters"), str(error))

    def _stimuli(self, data: Mapping[str, object], pipeline: Pipeline | None) -> tuple[Entry, ...]:
        if "stimuli" not in data:
            self.problems.add((), "the key 'stimuli' is missing: there is nothing to simulate")
            return ()
        clock, seed = (pipeline.clock, pipeline.seed) if pipeline else (_ENDLESS, 0)
        return read_stimuli(data["stimuli"], self.problems, clock, seed)

    def _add(self, path: Place, text: str) -> None:
        self.problems.add(path, text, at_value=True)
