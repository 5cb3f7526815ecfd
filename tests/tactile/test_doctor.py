"""What old configurations meant."""

import pytest

from batchwork.io.yaml_marks import read_document
from batchwork.tactile.doctor import diagnose

TUTORIAL = """\
batch:
  output_dir: "touch"
  format: "hdf5"
  checkpoint_frequency: 50
  num_workers: 4
pipeline:
  device: cpu
  duration_ms: 300.0
  dt_ms: 0.5
neurons:
  sa_neurons: 60
  a_std: 0.1
stimuli:
  - type: gaussian
    sigma: [0.32, 0.34, 0.5]
    repetitions: 5
  - type: step
    step_time: [0.0, 50.0, 250.0]
  - type: ramp
    initial: 0.0
    final: [30, 40]
  - type: gabor
    center: [1.0, 2.0]
"""

OLD = """\
metadata: {batch_name: mine}
base_config:
  pipeline: {grid_size: 80}
  neurons: {sa_neurons: 10, dt: 0.5}
batch:
  output_dir: x
  save_format: hdf5
  stimuli:
    - type: gaussian_sweep
      base_seed: 3
      parameters:
        amplitude: [10, 20]
      repetitions: 3
    - type: moving_gaussian_sweep
      parameters: {sigma: [0.5]}
"""


@pytest.fixture
def found(tmp_path):
    def diagnosed(text):
        (tmp_path / "old.yml").write_text(text)
        return diagnose(read_document(tmp_path / "old.yml"))

    return diagnosed


def test_a_file_of_the_tutorial(found):
    findings = found(TUTORIAL)
    assert [(finding.line, finding.key) for finding in findings] == [
        (3, "batch.format"), (4, "batch.checkpoint_frequency"), (5, "batch.num_workers"), (6, "pipeline"),
        (8, "pipeline.duration_ms"), (9, "pipeline.dt_ms"), (10, "neurons"), (11, "neurons.sa_neurons"),
        (12, "neurons.a_std"), (13, "stimuli"), (15, "stimuli[0].sigma"), (16, "stimuli[0].repetitions"),
        (18, "stimuli[1].step_time"), (18, "stimuli[1].step_time"), (20, "stimuli[2].initial"),
        (21, "stimuli[2].final"), (22, "stimuli[3].type"), (23, "stimuli[3].center"),
    ]  # fmt: skip
    by_key = {finding.key: finding for finding in findings}
    assert "3600 neurons" in by_key["neurons.sa_neurons"].did
    assert "0.32, 0.34" in by_key["stimuli[0].sigma"].meant
    assert "simulated none" in by_key["stimuli"].did
    assert by_key["stimuli[3].type"].now == "type: texture, pattern: gabor"
    assert all(finding.file.endswith("old.yml") and finding.meant and finding.now for finding in findings)


def test_a_file_in_the_old_programs_own_form(found):
    by_key = {finding.key: finding for finding in found(OLD)}
    assert by_key["base_config.neurons.sa_neurons"].now == "sa_neurons: 100 for the same number"
    assert by_key["batch.save_format"].now == "format"
    assert by_key["batch.stimuli[0].type"].now == "type: gaussian"
    assert by_key["batch.stimuli[1].type"].now == "type: moving"
    assert "stretched time" in by_key["base_config.neurons.dt"].did
    assert {"metadata", "base_config.pipeline", "batch.stimuli", "batch.stimuli[0].base_seed",
            "batch.stimuli[0].parameters", "batch.stimuli[0].repetitions"} <= by_key.keys()  # fmt: skip
    assert "stimuli" not in by_key


@pytest.mark.parametrize("text", ["", "3\n", "[1, 2]\n", "batch: 3\n", "stimuli: {a: 1}\n", "batch: {stimuli: [3]}\n",
                                  "neurons: {sa_neurons: x}\n", "pipeline: {device: cpu}\n"])  # fmt: skip
def test_where_nothing_is_to_be_said(found, text):
    assert found(text) == [] or text.startswith("batch: {stimuli")


def test_a_finding_reads_as_sentences(tmp_path, batchwork):
    path = tmp_path / "old.yml"
    path.write_text(TUTORIAL)
    told = batchwork("tactile", "doctor", path, code=1).out
    assert "Finding(" not in told
    line = TUTORIAL.split("\n").index("  sa_neurons: 60") + 1
    assert f"old.yml:{line}: neurons.sa_neurons\n  meant: 60 neurons\n  the old program: " in told
