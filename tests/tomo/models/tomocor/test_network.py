"""The network against the same formulas written out plainly, with the checkpoint's own keys."""

import math

import torch
from tests.tomo.models.tomocor.checkpoints import FULL, SMALL, random_weights
from torch.nn.functional import conv2d, gelu, layer_norm, linear

from batchwork.tomo.models.tomocor.network import TomocorNetwork, backbone_weights, log_odds, make_backbone


def plain_features(w, pixels, shape):
    """DINOv2's class token, from grey images (k, n, n)."""
    image = pixels[:, None].expand(-1, 3, -1, -1)
    patches = conv2d(image, w["model.patch_embed.proj.weight"], w["model.patch_embed.proj.bias"], stride=shape.patch)
    x = torch.cat([w["model.cls_token"].expand(len(pixels), -1, -1), patches.flatten(2).transpose(1, 2)], 1)
    x = x + w["model.pos_embed"]
    for number in range(shape.depth):
        b = {key.split(".", 3)[3]: v for key, v in w.items() if key.startswith(f"model.blocks.{number}.")}
        x = x + b["ls1.gamma"] * attention(b, norm(x, b, "norm1"), shape.heads)
        inner = gelu(linear(norm(x, b, "norm2"), b["mlp.fc1.weight"], b["mlp.fc1.bias"]))
        x = x + b["ls2.gamma"] * linear(inner, b["mlp.fc2.weight"], b["mlp.fc2.bias"])
    return norm(x, {key.removeprefix("model."): v for key, v in w.items()}, "norm")[:, 0]


def norm(x, w, name):
    return layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"], 1e-6)


def attention(w, x, heads):
    count, tokens, width = x.shape
    qkv = linear(x, w["attn.qkv.weight"], w["attn.qkv.bias"]).reshape(count, tokens, 3, heads, width // heads)
    q, k, v = qkv.permute(2, 0, 3, 1, 4)
    weights = (q @ k.transpose(-1, -2) / math.sqrt(width // heads)).softmax(-1)
    return linear((weights @ v).transpose(1, 2).reshape(x.shape), w["attn.proj.weight"], w["attn.proj.bias"])


def plain_classes(w, features):
    """Gated attention over windows, (windows, width), then two classes."""
    v = torch.tanh(features @ w["attention.0.weight"].T + w["attention.0.bias"])
    u = torch.sigmoid(features @ w["gate.0.weight"].T + w["gate.0.bias"])
    share = torch.exp((v * u) @ w["fc.weight"].T + w["fc.bias"])
    bag = (share / share.sum() * features).sum(0)
    return w["head.weight"] @ bag + w["head.bias"]


def test_it_computes_what_the_formulas_say():
    weights = random_weights()
    windows = torch.rand((2, 3, 42, 42), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        found = TomocorNetwork(SMALL, weights)(windows)
    wanted = torch.stack([plain_classes(weights, plain_features(weights, image, SMALL)) for image in windows])
    assert float(wanted.std()) > 1e-3
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)


def test_it_is_the_same_every_time_and_each_image_stands_for_itself():
    windows = torch.rand((3, 2, 42, 42), generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        first, second = (TomocorNetwork(SMALL, random_weights())(windows) for _ in range(2))
        alone = TomocorNetwork(SMALL, random_weights())(windows[1:2])
    assert torch.equal(first, second)
    torch.testing.assert_close(alone[0], first[1], rtol=1e-4, atol=1e-5)


def test_every_key_of_the_full_network_has_its_place():
    backbone = make_backbone(FULL).state_dict()
    weights = {key: torch.empty(size, device="meta") for key, size in FULL.expected().items()}
    named = backbone_weights(weights, set(backbone))
    assert {key: value.shape for key, value in named.items()} == {key: value.shape for key, value in backbone.items()}


def test_names_of_earlier_versions_of_transformers():
    named = backbone_weights(random_weights(), {"encoder.layer.0.attention.attention.query.weight"})
    layer = "encoder.layer.1.attention"
    qkv = random_weights()["model.blocks.1.attn.qkv.weight"]
    assert torch.equal(named[f"{layer}.attention.key.weight"], qkv[128:256])
    assert torch.equal(named[f"{layer}.output.dense.bias"], random_weights()["model.blocks.1.attn.proj.bias"])


def test_log_odds_are_those_of_the_softmax():
    classes = torch.tensor([[0.3, 1.7], [2.0, -1.0]])
    p = classes.softmax(1)[:, 1]
    torch.testing.assert_close(log_odds(classes), torch.log(p / (1 - p)))
