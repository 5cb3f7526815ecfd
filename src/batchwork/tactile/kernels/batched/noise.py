"""Philox 4x32-10 and Gaussian numbers on tensors; the counters are those of `batchwork.tactile.kernels.noise`."""

import math
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

from batchwork.tactile.kernels.noise import MAX_NEURONS, STEPS

_WORD: Final = 0xFFFFFFFF
_MULTIPLIERS: Final = (0xD2511F53, 0xCD9E8D57)
_WEYL: Final = (0x9E3779B9, 0xBB67AE85)
_ROUNDS: Final = 10

Words = tuple[Tensor, Tensor, Tensor, Tensor]
"""Four words of 32 bits, each in an int64."""


def philox(counter: Words, key: tuple[int, int]) -> Words:
    """Apply the ten rounds to tensors of words that can be broadcast to one shape."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(_ROUNDS):
        high0, low0 = _product(c0, _MULTIPLIERS[0])
        high1, low1 = _product(c2, _MULTIPLIERS[1])
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = (k0 + _WEYL[0]) & _WORD, (k1 + _WEYL[1]) & _WORD
    return c0, c1, c2, c3


def _product(word: Tensor, multiplier: int) -> tuple[Tensor, Tensor]:
    """Multiply to 64 bits, of which int64 keeps the pattern, and split them."""
    product = word * multiplier
    return (product >> 32) & _WORD, product & _WORD


def gaussians(steps: range, neurons: int, *, samples: Sequence[int], seed: int, population: int, device: str) -> Tensor:
    """Give independent Gaussian numbers of standard deviation 1, (steps, samples, neurons) float32.

    Parameters
    ----------
    steps : range
        Successive time steps; the first is a multiple of `STEPS`.
    neurons : int
    samples : sequence of int
        Keys, 64 bits.
    seed : int
        Base seed, 64 bits.
    population : int
        Number of the stream.
    device : str
        Of PyTorch.
    """
    blocks = torch.arange(steps.start // STEPS, -(-steps.stop // STEPS), device=device).view(-1, 1, 1)
    keys = [
        torch.tensor([(key >> shift) & _WORD for key in samples], device=device).view(1, -1, 1) for shift in (0, 32)
    ]
    neuron = torch.arange(neurons, device=device).view(1, 1, -1) | (population * MAX_NEURONS)
    words = philox((neuron, blocks, keys[0], keys[1]), (seed & _WORD, seed >> 32))
    numbers = (*_box_muller(words[0], words[1]), *_box_muller(words[2], words[3]))
    return torch.stack(numbers, 1).reshape(-1, len(samples), neurons)[: len(steps)]


def _box_muller(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    uniform = ((first >> 1).to(torch.float32) + 0.5) * 2.0**-31
    radius = torch.sqrt(-2 * torch.log(uniform))
    angle = second.to(torch.float32) * (2 * math.pi / 2**32)
    return radius * torch.cos(angle), radius * torch.sin(angle)
