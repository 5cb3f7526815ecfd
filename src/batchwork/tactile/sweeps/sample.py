"""One stimulus of a sweep: what it is, and the name that it keeps for ever."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from batchwork.tactile.sweeps.rules import Parameters


@dataclass(frozen=True, slots=True)
class Sample:
    """One stimulus to be simulated.

    Attributes
    ----------
    index : int
        Its place in the sweep, from 0.
    entry : int
        Which of the file's ``stimuli`` it comes from, from 0.
    type : str
    parameters : dict
        All parameters of its type that have an effect, defaults filled in.
    described : dict
        amplitude, sigma, center_x and center_y, which every sample has.
    repetition : int
        From 0.
    """

    index: int
    entry: int
    type: str
    parameters: Parameters
    described: dict[str, float]
    repetition: int

    @property
    def key(self) -> str:
        """Name it by what it is: type, parameters and repetition; 16 hexadecimal digits."""
        return key_of(self.type, self.parameters, self.repetition)

    @property
    def stream(self) -> int:
        """Give its number for the random stream, 64 bits."""
        return int(self.key, 16)

    @property
    def condition(self) -> str:
        """Name what it has in common with its repetitions."""
        return key_of(self.type, self.parameters, None)

    def record(self) -> Parameters:
        """Give what is stored with its results: plain numbers, words, and tuples of them."""
        return {"type": self.type, **self.described, **self._own, "repetition": self.repetition}

    @property
    def _own(self) -> Parameters:
        return {name: value for name, value in self.parameters.items() if name not in self.described}


def key_of(kind: str, parameters: Mapping[str, Any], repetition: int | None) -> str:
    """Hash what a sample is, as canonical JSON.

    Numbers are written as the shortest decimal that reads back as the same float, so that the hash does not
    depend on platform or version.
    """
    told = {"parameters": parameters, "repetition": repetition, "type": kind}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return blake2b(text.encode(), digest_size=8).hexdigest()
