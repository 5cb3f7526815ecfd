"""Smooth random fields."""

import numpy as np
import pytest

from batchwork.screening.simulation.fields import noise_field


@pytest.mark.parametrize("scale", [3.0, 12.0, 45.0])
def test_hills_have_the_width_that_was_asked_for(scale):
    field = noise_field(np.random.default_rng(0), (900, 1000), scale)
    assert field.mean() == pytest.approx(0, abs=1e-4)
    assert field.std() == pytest.approx(1, abs=1e-4)
    shift = round(scale)
    correlation = (field[:, shift:] * field[:, :-shift]).mean()
    assert correlation == pytest.approx(np.exp(-((shift / scale) ** 2) / 4), abs=0.1)


def test_small_images_are_filled():
    assert np.isfinite(noise_field(np.random.default_rng(0), (5, 9), 20.0)).all()
