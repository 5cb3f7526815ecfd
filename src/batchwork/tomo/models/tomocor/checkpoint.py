"""Checkpoints of the reference program's network: what must be in them, and under which names.

A checkpoint is a dictionary with the entry ``state_dict``. Its keys, after the prefix ``module.`` that training on
several cards leaves, are those of DINOv2's own code below ``model.``, and four small layers: ``attention.0`` and
``gate.0`` (width → hidden), ``fc`` (hidden → 1) and ``head`` (width → 2).
"""

import pickle
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from batchwork.errors import FileFormatError

Weights = Mapping[str, torch.Tensor]

HEAD_WIDTH = 64
"""Of each attention head of every DINOv2 model, whatever its size."""
CHANNELS = 3
CLASSES = 2
_SHOWN = 5
_MATRIX_AXES = {"cls_token": 3, "pos_embed": 3, "patch_embed.proj.weight": 4}


class CheckpointError(FileFormatError):
    """A file that cannot be used as a checkpoint; the text names the keys that are wrong."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a network, as its weights tell them.

    Attributes
    ----------
    width : int
        Of the features: 768 of ViT-B.
    depth : int
        Blocks: 12.
    inner : int
        Width inside the blocks: 3072.
    patch : int, pixels
        14.
    patches : int
        Along the side of a window: 37.
    hidden : int
        Of the attention pooling.
    """

    width: int
    depth: int
    inner: int
    patch: int
    patches: int
    hidden: int

    @property
    def heads(self) -> int:
        """Attention heads."""
        return self.width // HEAD_WIDTH

    @property
    def window(self) -> int:
        """Side of a window in pixels: 518."""
        return self.patch * self.patches

    def expected(self) -> dict[str, tuple[int, ...]]:
        """Give every key with its shape."""
        w, block = self.width, self._block()
        found: dict[str, tuple[int, ...]] = {
            "model.cls_token": (1, 1, w),
            "model.mask_token": (1, w),
            "model.pos_embed": (1, 1 + self.patches**2, w),
            "model.patch_embed.proj.weight": (w, CHANNELS, self.patch, self.patch),
            "model.patch_embed.proj.bias": (w,),
        }
        for number in range(self.depth):
            found |= {f"model.blocks.{number}.{name}": shape for name, shape in block.items()}
        found |= {"model.norm.weight": (w,), "model.norm.bias": (w,)}
        for name, (out, into) in {
            "attention.0": (self.hidden, w), "gate.0": (self.hidden, w), "fc": (1, self.hidden), "head": (CLASSES, w),
        }.items():  # fmt: skip
            found |= {f"{name}.weight": (out, into), f"{name}.bias": (out,)}
        return found

    def _block(self) -> dict[str, tuple[int, ...]]:
        w, inner = self.width, self.inner
        layers = {"attn.qkv": (3 * w, w), "attn.proj": (w, w), "mlp.fc1": (inner, w), "mlp.fc2": (w, inner)}
        found: dict[str, tuple[int, ...]] = {}
        for name, shape in layers.items():
            found |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
        for name in ("norm1.weight", "norm1.bias", "ls1.gamma", "norm2.weight", "norm2.bias", "ls2.gamma"):
            found[name] = (w,)
        return found


def read_checkpoint(path: Path) -> tuple[Shape, dict[str, torch.Tensor]]:
    """Read the weights of a checkpoint; nothing that is in it is ever executed.

    Returns
    -------
    Shape, dict of str to Tensor
        The weights in float32, by their keys without ``module.``.

    Raises
    ------
    CheckpointError
        If it cannot be read as plain weights, or a key is missing, unknown, or of another shape.
    """
    weights = {key.removeprefix("module."): value for key, value in _state_dict(path).items()}
    shape = _shape(path, weights)
    _check(path, weights, shape.expected())
    return shape, {key: value.to(torch.float32) for key, value in weights.items()}


def _state_dict(path: Path) -> Weights:
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(f"{path}: there is no such checkpoint") from None
    except pickle.UnpicklingError as error:
        why = str(error).splitlines()[0]
        raise CheckpointError(
            f"{path}: holds more than weights, or is no checkpoint, and is not loaded, as that could run code: {why}"
        ) from None
    except (OSError, RuntimeError, ValueError, EOFError, KeyError) as error:
        raise CheckpointError(f"{path}: cannot be read as a checkpoint: {str(error).splitlines()[0]}") from None
    found = stored.get("state_dict") if isinstance(stored, Mapping) else None
    if not isinstance(found, Mapping):
        keys = f"; it has {_listed(map(str, stored))}" if isinstance(stored, Mapping) else ""
        raise CheckpointError(f"{path}: has no entry 'state_dict'{keys}")
    strangers = [str(key) for key, value in found.items() if not isinstance(value, torch.Tensor)]
    if strangers:
        raise CheckpointError(f"{path}: these entries of 'state_dict' are no weights: {_listed(strangers)}")
    return found


def _shape(path: Path, weights: Weights) -> Shape:
    """Read the sizes off the weights that tell them."""
    told = ["model.cls_token", "model.pos_embed", "model.patch_embed.proj.weight", "model.blocks.0.mlp.fc1.weight",
            "attention.0.weight"]  # fmt: skip
    axes = {key: _MATRIX_AXES.get(key.removeprefix("model."), 2) for key in told}
    missing = [key for key in told if key not in weights]
    if missing:
        raise CheckpointError(f"{path}: is no checkpoint of this network: it lacks {_listed(missing)}")
    wrong = [f"{key} {tuple(weights[key].shape)}" for key in told if weights[key].ndim != axes[key]]
    if wrong:
        raise CheckpointError(f"{path}: is no checkpoint of this network: these have another shape: {_listed(wrong)}")
    places = weights["model.pos_embed"].shape[1] - 1
    blocks = [key.split(".")[2] for key in weights if key.startswith("model.blocks.")]
    shape = Shape(
        width=weights["model.cls_token"].shape[2],
        depth=1 + max(int(number) for number in blocks if number.isdigit()),
        inner=weights["model.blocks.0.mlp.fc1.weight"].shape[0],
        patch=weights["model.patch_embed.proj.weight"].shape[3],
        patches=round(max(places, 0) ** 0.5),
        hidden=weights["attention.0.weight"].shape[0],
    )
    if shape.width % HEAD_WIDTH or shape.inner % shape.width or shape.patches < 1:
        raise CheckpointError(
            f"{path}: widths {shape.width} and {shape.inner} with {places} places of patches are none of DINOv2's: "
            f"the width is a multiple of {HEAD_WIDTH}, the inner one a multiple of that"
        )
    return shape


def _check(path: Path, weights: Weights, expected: Mapping[str, tuple[int, ...]]) -> None:
    """Account for every key."""
    problems = {
        "it lacks": [key for key in expected if key not in weights],
        "it has, beyond the network": [key for key in weights if key not in expected],
        "these have another shape": [
            f"{key} {tuple(weights[key].shape)} instead of {shape}"
            for key, shape in expected.items()
            if key in weights and tuple(weights[key].shape) != shape
        ],
    }
    told = [f"{what} {_listed(keys)}" for what, keys in problems.items() if keys]
    if told:
        raise CheckpointError(f"{path}: does not fit the network: {'; '.join(told)}")
    endless = [key for key, value in weights.items() if not torch.isfinite(value).all()]
    if endless:
        raise CheckpointError(f"{path}: these weights are not all finite numbers: {_listed(endless)}")


def _listed(keys: Iterable[str]) -> str:
    names = list(keys)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
