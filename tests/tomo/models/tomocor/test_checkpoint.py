"""Checkpoints: every key accounted for, or a refusal that names it."""

import pickle
from dataclasses import replace

import pytest
import torch
from tests.tomo.models.tomocor.checkpoints import FULL, SMALL, random_weights, write

from batchwork.tomo.models.tomocor.checkpoint import CheckpointError, read_checkpoint


@pytest.mark.parametrize("prefix", ["module.", ""])
def test_sizes_and_weights_are_read(tmp_path, prefix):
    weights = random_weights()
    shape, read = read_checkpoint(write(tmp_path / "c.pt", weights, prefix))
    assert shape == SMALL
    assert (shape.heads, shape.window) == (2, 42)
    assert all(torch.equal(read[key], value) for key, value in weights.items())


def test_weights_of_half_precision_are_widened(tmp_path):
    weights = {key: value.half() for key, value in random_weights().items()}
    _, read = read_checkpoint(write(tmp_path / "c.pt", weights))
    assert {value.dtype for value in read.values()} == {torch.float32}


def test_the_reference_programs_own_sizes_are_vit_b(tmp_path):
    thin = {key: torch.zeros(1).expand(size) for key, size in FULL.expected().items()}
    shape, read = read_checkpoint(write(tmp_path / "c.pt", thin))
    assert shape == FULL
    assert (shape.heads, shape.window) == (12, 518)
    backbone = [value.numel() for key, value in read.items() if key.startswith("model.")]
    assert sum(backbone) == 86_580_480  # ViT-B/14 at 518 pixels
    assert len(read) == 7 + 12 * 14 + 8


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda w: w.pop("model.blocks.1.ls2.gamma"), r"lacks model.blocks.1.ls2.gamma"),
        (lambda w: w.pop("head.bias"), "lacks head.bias"),
        (lambda w: w.pop("model.pos_embed"), "lacks model.pos_embed"),
        (
            lambda w: w.update({"model.register_tokens": torch.zeros(1, 4, 128)}),
            "beyond the network model.register_tok",
        ),
        (lambda w: w.update({"head.weight": torch.zeros(3, 128)}), r"head.weight \(3, 128\) instead of \(2, 128\)"),
        (lambda w: w.update({"fc.weight": torch.zeros(1, 9)}), r"fc.weight \(1, 9\) instead of \(1, 16\)"),
        (lambda w: w.update({"model.cls_token": torch.zeros(128)}), r"another shape: model.cls_token \(128,\)"),
        (lambda w: w.update({"model.pos_embed": torch.zeros(1, 12, 128)}), r"pos_embed \(1, 12, 128\)"),
        (lambda w: w.update({"fc.bias": torch.tensor([float("nan")])}), "not all finite numbers: fc.bias"),
        (lambda w: w.update({"fc.bias": "text"}), "no weights: .*fc.bias"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, change, told):
    weights = random_weights()
    change(weights)
    with pytest.raises(CheckpointError, match=told):
        read_checkpoint(write(tmp_path / "c.pt", weights))


def test_many_keys_are_counted(tmp_path):
    weights = {key: value for key, value in random_weights().items() if ".attn." not in key}
    with pytest.raises(CheckpointError, match="and 3 more"):
        read_checkpoint(write(tmp_path / "c.pt", weights))


def test_a_width_that_no_dinov2_has_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="a multiple of 64"):
        read_checkpoint(write(tmp_path / "c.pt", random_weights(replace(SMALL, width=100, inner=200))))


class Harm:
    """Writes a file where it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_code_in_a_checkpoint_is_not_run(tmp_path):
    torch.save({"state_dict": random_weights(), "extra": Harm(tmp_path / "harm")}, tmp_path / "c.pt")
    with pytest.raises(CheckpointError, match="could run code"):
        read_checkpoint(tmp_path / "c.pt")
    assert not (tmp_path / "harm").exists()


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "c.pt"
    with pytest.raises(CheckpointError, match="there is no such checkpoint"):
        read_checkpoint(path)
    path.write_bytes(b"no checkpoint")
    with pytest.raises(CheckpointError, match=r"c\.pt"):
        read_checkpoint(path)
    path.write_bytes(pickle.dumps([1, 2], protocol=2))
    with pytest.raises(CheckpointError, match=r"c\.pt"):
        read_checkpoint(path)
    torch.save({"model": {}, "epoch": 3}, path)
    with pytest.raises(CheckpointError, match="no entry 'state_dict'; it has model, epoch"):
        read_checkpoint(path)
    path.write_bytes(write(path, random_weights()).read_bytes()[:5000])
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_checkpoint(path)
    torch.save({"state_dict": {}}, path)
    with pytest.raises(CheckpointError, match=r"lacks model\.cls_token"):
        read_checkpoint(path)
