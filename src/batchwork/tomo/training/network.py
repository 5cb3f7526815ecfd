"""The network of the scorer `net`, in PyTorch.

`Eye` turns the pictures of each candidate into features, whatever their size. `Judge` sees the features and
curves of the whole list: each is compared with the list's mean, in units of its spread over the list, then
with those of the neighbours, and becomes one score for each candidate.
"""

from typing import Any

import torch
from torch import Tensor, nn

from batchwork.tomo.kernels.scorers.net_inputs import CURVES, FACTS, PICTURES

_CHANNELS = (12, 24, 32)
_HIDDEN = 40
_REACH = 5
_DILATIONS = (1, 2, 4)
_LEAST_SPREAD = 1e-4
_SQUARE = 1e-8
FEATURES = 2 * sum(_CHANNELS[1:])
"""Of each candidate."""


class Eye(nn.Module):
    """From pictures (b, 3, n, n) to features (b, `FEATURES`)."""

    def __init__(self) -> None:
        super().__init__()
        first, second, third = _CHANNELS
        self.first = nn.Conv2d(PICTURES, first, 5, stride=2, padding=2)
        self.second = nn.Conv2d(first, second, 3, stride=2, padding=1)
        self.third = nn.Conv2d(second, third, 3, stride=2, padding=1)

    def forward(self, pictures: Tensor) -> Tensor:
        """Take the mean and the root of the mean square of what the last two layers give."""
        x = torch.relu(self.first(pictures))
        middle = torch.relu(self.second(x))
        last = torch.relu(self.third(middle))
        return torch.cat([pooled for layer in (middle, last) for pooled in _pooled(layer)], 1)


def _pooled(layer: Tensor) -> tuple[Tensor, Tensor]:
    return layer.mean((2, 3)), ((layer * layer).mean((2, 3)) + _SQUARE).sqrt()


class Judge(nn.Module):
    """From features (lists, k, `FEATURES`), curves (lists, k, c) and facts (lists, f) to scores (lists, k)."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Conv1d(FEATURES + len(CURVES) + len(FACTS), _HIDDEN, 1)
        self.along = nn.ModuleList(
            nn.Conv1d(_HIDDEN, _HIDDEN, _REACH, padding=d * (_REACH // 2), dilation=d) for d in _DILATIONS
        )
        self.score = nn.Conv1d(_HIDDEN, 1, 1)

    def forward(self, features: Tensor, curves: Tensor, facts: Tensor) -> Tensor:
        """Score the candidates of each list; only differences within a list mean anything."""
        compared = torch.cat([_compared(features), _compared(curves)], 2)
        alike = facts.unsqueeze(1) + torch.zeros_like(curves[:, :, :1])
        x = torch.relu(self.mix(torch.cat([compared, alike], 2).transpose(1, 2)))
        for layer in self.along:
            x = x + torch.relu(layer(x))
        scores: Tensor = self.score(x).squeeze(1)
        return scores


def _compared(values: Tensor) -> Tensor:
    """Take off the list's mean and divide by its spread."""
    off = values - values.mean(1, keepdim=True)
    return off / ((off * off).mean(1, keepdim=True) + _SQUARE).sqrt().clamp(min=_LEAST_SPREAD)


class CentreNet(nn.Module):
    """Both together."""

    def __init__(self) -> None:
        super().__init__()
        self.eye, self.judge = Eye(), Judge()

    def forward(self, pictures: Tensor, curves: Tensor, facts: Tensor) -> Tensor:
        """Score lists: pictures (lists, k, 3, n, n), curves (lists, k, c), facts (lists, f)."""
        lists, count = pictures.shape[:2]
        features = self.eye(pictures.flatten(0, 1)).reshape(lists, count, FEATURES)
        scores: Tensor = self.judge(features, curves, facts)
        return scores


def state_of(net: nn.Module) -> dict[str, Any]:
    """Copy the weights; Any: PyTorch's own."""
    return {name: value.detach().clone() for name, value in net.state_dict().items()}
