import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tactile.kernels.clock import Clock


@pytest.mark.parametrize(
    ("duration", "dt", "steps"), [(150, 0.5, 300), (0.3, 0.1, 3), (200, 0.1, 2000), (10, 3, 3), (1, 1, 1)]
)
def test_whole_steps(duration, dt, steps):
    assert Clock.of(duration, dt).steps == steps


def test_times_and_steps():
    clock = Clock.of(2, 0.5)
    np.testing.assert_array_equal(clock.times_ms, [0, 0.5, 1, 1.5])
    np.testing.assert_allclose(clock.progress, [0, 1 / 3, 2 / 3, 1])
    assert [clock.step_at(t) for t in (0, 0.4, 0.5, 1.9)] == [0, 0, 1, 3]
    assert clock.duration_ms == 2


@pytest.mark.parametrize(
    ("duration", "dt", "told"),
    [(0, 0.5, "duration_ms"), (1, -1, "dt_ms must be above 0"), (1, 2, r"dt_ms \(2\) must not be above duration_ms")],
)
def test_what_cannot_be_used_is_refused(duration, dt, told):
    with pytest.raises(ParameterError, match=told):
        Clock.of(duration, dt)
