"""What a dry run tells."""

import pytest

from batchwork.tactile.sweeps import describe_sweep


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "- {type: gaussian, amplitude: [10, 20, 30, 40, 50], sigma: [0.3, 0.5, 0.7, 0.9], repetitions: 3}",
            [
                "Grid expansion: amplitude=[10, 20, 30, 40, 50], sigma=[0.3, 0.5, 0.7, 0.9]",
                "→ 20 parameter combinations × 3 repetitions = 60 stimuli",
            ],
        ),
        ("- {type: gaussian}", ["→ 1 parameter combination × 1 repetition = 1 stimulus"]),
        (
            "- {type: gaussian, sigma: {range: [1, 20, 1]}}",
            [
                "Grid expansion: sigma=[1, 2, 3, …, 20] (20 values)",
                "→ 20 parameter combinations × 1 repetition = 20 stimuli",
            ],
        ),
        (
            "- {type: gaussian, sigma: {logspace: [0.1, 1, 4]}, center: [[0, 0], [1.5, -2]]}",
            [
                "Grid expansion: sigma=[0.1, 0.215443, 0.464159, 1], center=[(0, 0), (1.5, -2)]",
                "→ 8 parameter combinations × 1 repetition = 8 stimuli",
            ],
        ),
        (
            "- {type: texture, pattern: [gabor, grating]}",
            ["Grid expansion: pattern=[gabor, grating]", "→ 2 parameter combinations × 1 repetition = 2 stimuli"],
        ),
        (
            "- {type: gaussian, amplitude: [1, 2], sigma: [3, 4], zip: [[amplitude, sigma]]}",
            [
                "Grid expansion: amplitude, sigma=[(1, 3), (2, 4)]",
                "→ 2 parameter combinations × 1 repetition = 2 stimuli",
            ],
        ),
        (
            "- {type: gaussian, sobol: {n: 64, amplitude: [10, 50], sigma: [0.2, 1.0]}}",
            [
                "Grid expansion: sobol(amplitude, sigma)=64 points",
                "→ 64 parameter combinations × 1 repetition = 64 stimuli",
            ],
        ),
        (
            "- {type: gaussian, amplitude: [1, 2], sigma: [3, 4], exclude: [{amplitude: 1, sigma: 3}], repetitions: 2}",
            [
                "Grid expansion: amplitude=[1, 2], sigma=[3, 4]",
                "→ 3 of 4 parameter combinations × 2 repetitions = 6 stimuli",
            ],
        ),
        (
            "- {type: gaussian, sigma: [1, 2]}\n- {type: step, name: taps}",
            [
                "stimuli[0]: gaussian",
                "  Grid expansion: sigma=[1, 2]",
                "  → 2 parameter combinations × 1 repetition = 2 stimuli",
                "stimuli[1]: step (taps)",
                "  → 1 parameter combination × 1 repetition = 1 stimulus",
                "All entries: 3 stimuli",
            ],
        ),
    ],
)
def test_lines(read, text, lines):
    assert describe_sweep(read.sweep(text)) == lines


def test_a_limit_is_told(read):
    text = "- {type: gaussian, repetitions: 5}"
    assert describe_sweep(read.sweep(text, limit=3))[-1] == "Limited to the first 3 stimuli"
    assert len(describe_sweep(read.sweep(text, limit=5))) == 1
