"""The network: DINOv2 as `transformers` has it, and attention pooling over the windows of an image.

References
----------
Oquab et al., DINOv2: Learning Robust Visual Features without Supervision (2023), arXiv:2304.07193.
Ilse, Tomczak, Welling, Attention-based Deep Multiple Instance Learning (2018), arXiv:1802.04712.
"""

import math
from collections.abc import Mapping

import torch
from transformers import Dinov2Config, Dinov2Model

from batchwork.tomo.models.tomocor.checkpoint import CHANNELS, CLASSES, Shape

_FIXED = {
    "model.cls_token": "embeddings.cls_token",
    "model.mask_token": "embeddings.mask_token",
    "model.pos_embed": "embeddings.position_embeddings",
    "model.patch_embed.proj.weight": "embeddings.patch_embeddings.projection.weight",
    "model.patch_embed.proj.bias": "embeddings.patch_embeddings.projection.bias",
    "model.norm.weight": "layernorm.weight",
    "model.norm.bias": "layernorm.bias",
}
_BLOCK = {
    "norm1": "norm1",
    "ls1.gamma": "layer_scale1.lambda1",
    "norm2": "norm2",
    "mlp.fc1": "mlp.fc1",
    "mlp.fc2": "mlp.fc2",
    "ls2.gamma": "layer_scale2.lambda1",
}
_ATTENTION = (
    ("attention.q_proj", "attention.k_proj", "attention.v_proj", "attention.o_proj"),
    ("attention.attention.query", "attention.attention.key", "attention.attention.value", "attention.output.dense"),
)
"""Query, key, value and output, in the versions of `transformers`."""


def make_backbone(shape: Shape) -> Dinov2Model:
    """Make the backbone with weights yet to be set; nothing is asked of the net."""
    config = Dinov2Config(
        hidden_size=shape.width,
        num_hidden_layers=shape.depth,
        num_attention_heads=shape.heads,
        mlp_ratio=shape.inner // shape.width,
        image_size=shape.window,
        patch_size=shape.patch,
        num_channels=CHANNELS,
        layerscale_value=1.0,
    )
    with torch.device("meta"):
        return Dinov2Model(config)


def backbone_weights(weights: Mapping[str, torch.Tensor], names: set[str]) -> dict[str, torch.Tensor]:
    """Give the weights below ``model.`` under the names that `transformers` has for them.

    Parameters
    ----------
    weights : mapping
        By the checkpoint's keys.
    names : set of str
        All names of the backbone, which tell their version.
    """
    attention = next((a for a in _ATTENTION if f"encoder.layer.0.{a[0]}.weight" in names), _ATTENTION[0])
    found = {}
    for key, value in weights.items():
        if key in _FIXED:
            found[_FIXED[key]] = value
        elif key.startswith("model.blocks."):
            _, _, number, rest = key.split(".", 3)
            found |= {f"encoder.layer.{number}.{name}": part for name, part in _in_block(rest, value, attention)}
    return found


def _in_block(rest: str, value: torch.Tensor, attention: tuple[str, ...]) -> list[tuple[str, torch.Tensor]]:
    """Rename one entry of a block; query, key and value are stored as one."""
    if rest in _BLOCK:
        return [(_BLOCK[rest], value)]
    layer, _, kind = rest.rpartition(".")
    if layer == "attn.qkv":
        return [(f"{name}.{kind}", part) for name, part in zip(attention[:3], value.chunk(3), strict=True)]
    if layer == "attn.proj":
        return [(f"{attention[3]}.{kind}", value)]
    return [(f"{_BLOCK[layer]}.{kind}", value)]


class TomocorNetwork(torch.nn.Module):
    """From windows of an image to the two classes, off centre and centred.

    Each window's class token is a feature; they are weighed by gated attention and averaged, and the average is
    classified.
    """

    def __init__(self, shape: Shape, weights: Mapping[str, torch.Tensor]) -> None:
        super().__init__()
        self.backbone = make_backbone(shape)
        named = backbone_weights(weights, set(self.backbone.state_dict()))
        self.backbone.load_state_dict(named, strict=True, assign=True)
        self.attention = _linear(weights, "attention.0", shape.hidden, shape.width)
        self.gate = _linear(weights, "gate.0", shape.hidden, shape.width)
        self.fc = _linear(weights, "fc", 1, shape.hidden)
        self.head = _linear(weights, "head", CLASSES, shape.width)
        self.eval()
        self.requires_grad_(requires_grad=False)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Classify images.

        Parameters
        ----------
        windows : (images, windows, n, n) float32
            Grey values, 0 to 1.

        Returns
        -------
        (images, 2) float32
            Before the softmax.
        """
        images, count, n, _ = windows.shape
        pixels = windows.reshape(images * count, 1, n, n).expand(-1, CHANNELS, -1, -1)
        features = self.backbone(pixel_values=pixels).last_hidden_state[:, 0].reshape(images, count, -1)
        return self.pool(features)

    def pool(self, features: torch.Tensor) -> torch.Tensor:
        """Weigh the windows of each image, (images, windows, width), and classify their average."""
        gated = torch.tanh(self.attention(features)) * torch.sigmoid(self.gate(features))
        weights = torch.softmax(self.fc(gated), dim=1)
        classes: torch.Tensor = self.head((weights * features).sum(1))
        return classes


def _linear(weights: Mapping[str, torch.Tensor], key: str, out: int, into: int) -> torch.nn.Linear:
    layer = torch.nn.Linear(into, out, device="meta")
    layer.load_state_dict({part: weights[f"{key}.{part}"] for part in ("weight", "bias")}, assign=True)
    return layer


def log_odds(classes: torch.Tensor) -> torch.Tensor:
    """Give the log odds of being centred, (images,), which rank as the probabilities do but never saturate."""
    return classes[:, 1] - classes[:, 0]


def probability(odds: float) -> float:
    """Give the probability of being centred.

    Examples
    --------
    >>> probability(0.0)
    0.5
    """
    return 1 / (1 + math.exp(-odds)) if odds >= 0 else math.exp(odds) / (1 + math.exp(odds))
