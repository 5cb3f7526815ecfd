"""The local backend keeps the contract."""

import pytest

from batchwork.engine.backends.local import LocalBackend
from batchwork.engine.machine import gpus
from batchwork.errors import ConfigError
from batchwork.testing import BackendConformance


class TestLocalBackend(BackendConformance):
    def make_backend(self, options, spools, lanes):
        return LocalBackend(options, spools, lanes)


def test_the_gpus_that_may_be_seen_are_the_pool(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,GPU-aa")
    assert gpus("auto") == ["2", "GPU-aa"]
    assert gpus("GPU-aa") == ["GPU-aa"]
    assert gpus("none") == []
    with pytest.raises(ConfigError, match="GPU '0' is not among CUDA_VISIBLE_DEVICES=2,GPU-aa"):
        gpus("0")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert gpus("auto") == []
