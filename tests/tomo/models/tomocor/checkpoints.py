"""Checkpoints with random weights, in the form that the reference program writes."""

import torch

from batchwork.tomo.models.tomocor.checkpoint import Shape

SMALL = Shape(width=128, depth=2, inner=256, patch=14, patches=3, hidden=16)
"""Windows of 42 pixels."""
FULL = Shape(width=768, depth=12, inner=3072, patch=14, patches=37, hidden=256)
"""ViT-B/14, windows of 518 pixels."""


def random_weights(shape=SMALL, seed=0):
    """Draw weights that leave no layer without a say."""
    generator = torch.Generator().manual_seed(seed)
    drawn = {}
    for key, size in shape.expected().items():
        scale = 0.3 if key.startswith(("attention", "gate", "fc", "head")) else 0.08
        drawn[key] = scale * torch.randn(size, generator=generator) + ("norm" in key and "weight" in key)
    return drawn


def write(path, weights, prefix="module."):
    torch.save({"epoch": 10, "state_dict": {prefix + key: value for key, value in weights.items()}}, path)
    return path
