"""From the section ``neurons`` to the neuron model that it describes."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, Final, cast

from batchwork.errors import ParameterError
from batchwork.io.naming import nearest
from batchwork.tactile.configuration.model import Neurons
from batchwork.tactile.kernels.neurons import MQIF, AdEx, Izhikevich, Neuron

_OF_TEXT: Final = ("equations", "threshold", "reset")


def neuron_of(neurons: Neurons) -> Neuron:
    """Make the neuron model.

    Raises
    ------
    ParameterError
        If a parameter is unknown or cannot be used, or equations cannot be read.
    """
    if neurons.model == "equations":
        return _written(neurons)
    model: Any = _built_in(neurons)  # each has its own parameters
    for name in neurons.parameters:
        known = [each.name for each in fields(model)]
        if name not in known:
            raise ParameterError(f"{neurons.model} has no parameter '{name}'; {nearest(name, known)}")
    model = replace(model, **neurons.parameters)
    if neurons.solver == "euler":
        return cast("Neuron", model)
    from batchwork.tactile.kernels.equations import Equations

    return Equations.of(model, neurons.solver)


def runs_on_cpu(neurons: Neurons) -> bool:
    """Say whether there is a form of the neurons for the CPU only."""
    return neurons.model == "equations" or neurons.solver != "euler"


def _built_in(neurons: Neurons) -> Izhikevich | AdEx | MQIF:
    match neurons.model:
        case "adex":
            return AdEx()
        case "mqif":
            return MQIF()
    return Izhikevich.preset(neurons.preset)


def _written(neurons: Neurons) -> Neuron:
    from batchwork.tactile.kernels.equations import Equations

    return Equations(
        neurons.equations, neurons.threshold, neurons.reset, neurons.parameters, neurons.initial, neurons.solver
    )


def idle_keys(neurons: Neurons) -> Iterator[tuple[str, str]]:
    """Find keys that are missing for the model, or have no effect with it.

    Yields
    ------
    tuple of str
        A key, and what is wrong.
    """
    usual = Neurons()
    if neurons.model == "equations":
        for name in _OF_TEXT:
            if not getattr(neurons, name).strip():
                yield "model", f"equations need the key '{name}' too"
    else:
        for name in (*_OF_TEXT, "initial"):
            if getattr(neurons, name) != getattr(usual, name):
                yield name, f"has no effect with model: {neurons.model}; write  model: equations"
    if neurons.preset != usual.preset and neurons.model != "izhikevich":
        yield "preset", f"has no effect with model: {neurons.model}"
