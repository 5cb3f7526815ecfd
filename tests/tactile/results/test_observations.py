"""A sweep as columns."""

import numpy as np
import pytest

from batchwork.tactile.results.observations import Column, observe

NAN = float("nan")


def test_every_type_has_its_columns_and_counts(made, tmp_path):
    observed = observe(made.results(tmp_path))
    assert list(observed.types) == ["gaussian", "ramp", "moving", "timeline"]
    gaussian = observed.types["gaussian"]
    assert len(gaussian) == 12
    assert gaussian.columns["amplitude"].values.tolist() == [10] * 6 + [20] * 6
    assert list(gaussian.varying) == ["amplitude", "sigma"]
    assert list(observed.types["ramp"].varying) == ["final", "amplitude"]
    assert observed.types["timeline"].varying == {}
    assert observed.types["moving"].columns["start"].words == ("-2.0 0.0",)
    sums = [sum(len(events) for events in response.events.values()) for response in made.responses]
    assert observed.totals.tolist() == sums
    assert sum(gaussian.spikes.values()).tolist() == sums[:12]


def column(*values, words=()):
    return Column(np.array(values, float), words)


@pytest.mark.parametrize(
    ("one", "two", "goes"),
    [
        (column(1, 2, 3), column(10, 20, 30), True),
        (column(1, 2, 3), column(3, 2, 1), True),
        (column(1, 2, 3), column(2, 3, 1), False),
        (column(1, 1, 2, 2), column(1, 2, 1, 2), False),
        (column(1, 1, 2), column(5, 6, 7), False),
        (column(1, 2, NAN), column(4, 5, NAN), True),
        (column(0, 1, 2, words=("a", "b", "c")), column(2, 3, 1), True),
        (column(0, 1, 1, words=("a", "b")), column(2, 3, 1), False),
    ],
)
def test_columns_that_say_the_same(one, two, goes):
    assert one.goes_with(two) is goes
    assert two.goes_with(one) is goes


def test_what_varies():
    assert column(1, NAN, 2).varies
    assert not column(1, NAN, 1).varies
    assert not column(NAN, NAN).varies
