"""Configuration files: the tutorial's, their defaults, what they extend, and everything that can be wrong."""

import json
from pathlib import Path

import pytest

from batchwork.errors import ConfigError
from batchwork.tactile.configuration import (
    Batch,
    Neurons,
    Overrides,
    Pipeline,
    differences,
    neuron_of,
    parse_configuration,
    read_configuration,
)
from batchwork.tactile.kernels.equations import Equations
from batchwork.tactile.kernels.neurons import AdEx
from batchwork.tactile.sweeps import describe_sweep

ONE = """\
batch:
  output_dir: "batch_output"
  format: "pytorch"
  checkpoint_frequency: 10
  num_workers: 4
pipeline:
  device: "cpu"
  grid_size: 32
  duration_ms: 150.0
  dt_ms: 0.5
neurons:
  sa_neurons: 60
  ra_neurons: 80
stimuli:
  - type: "gaussian"
    amplitude: 30.0
    sigma: 0.5
    repetitions: 5
"""

SWEEP = """\
batch: {output_dir: "amplitude_sigma_sweep", format: "pytorch", checkpoint_frequency: 20}
pipeline: {device: "cpu", grid_size: 40, duration_ms: 200.0}
neurons: {sa_neurons: 80, ra_neurons: 100}
stimuli:
  - type: "gaussian"
    amplitude: [10, 20, 30, 40, 50]
    sigma: [0.3, 0.5, 0.7, 0.9]
    center_x: 0.0
    center_y: 0.0
    repetitions: 3
"""

MULTI = """\
batch: {output_dir: "touch_dataset", format: "hdf5", checkpoint_frequency: 50}
pipeline: {device: "cuda", grid_size: 64, duration_ms: 300.0}
neurons: {sa_neurons: 150, ra_neurons: 200}
stimuli:
  - {type: "gaussian", amplitude: [15, 25, 35, 45], sigma: [0.4, 0.6, 0.8], repetitions: 5}
  - {type: "step", amplitude: [20, 30, 40], step_time: [50.0, 100.0, 150.0], repetitions: 5}
  - {type: "ramp", initial: 0.0, final: [30, 40, 50], repetitions: 5}
"""

GPU = """\
batch: {output_dir: "gpu_batch", format: "pytorch"}
pipeline: {device: "cuda", grid_size: 128}
neurons: {sa_neurons: 300, ra_neurons: 400}
stimuli:
  - type: "gaussian"
    amplitude: [10, 15, 20, 25, 30, 35, 40, 45, 50]
    sigma: [0.2, 0.4, 0.6, 0.8, 1.0]
    repetitions: 10
"""


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def read(text, *args, **kwargs):
        Path("my.yml").write_text(text)
        return read_configuration(Path("my.yml"), *args, **kwargs)

    return read


@pytest.mark.parametrize(("text", "count"), [(ONE, 5), (SWEEP, 60), (MULTI, 120), (GPU, 450)])
def test_the_tutorials_files(read, text, count):
    assert len(read(text).sweep()) == count


def test_sections_and_defaults(read):
    found = read(ONE)
    assert found.batch == Batch("batch_output", "pytorch", 10, 4)
    assert found.pipeline == Pipeline("cpu", 32, 150.0, 0.5, 42, 0.15, (0.0, 0.0))
    assert found.neurons == Neurons(60, 80, 0, "izhikevich", "RS", noise=3.0, noise_scaling="per_step")
    assert found.pipeline.clock.steps == 300
    found = read("batch: {output_dir: x}\nstimuli: [{type: step}]\n")
    assert found.batch == Batch("x", "pytorch", 10, 1)
    assert found.pipeline == Pipeline("cpu", 80, 200.0, 0.5, 42, 0.15, (0.0, 0.0))
    assert found.neurons.counts == {"sa": 100, "ra": 196}
    assert found.batch.results == Path("x/results.pt")


def test_the_old_name_of_the_format(read):
    found = read("batch: {output_dir: x, save_format: hdf5}\nstimuli: [{type: step}]\n")
    assert (found.batch.format, found.batch.results) == ("hdf5", Path("x/results.h5"))
    with pytest.raises(ConfigError, match=r"my\.yml:1:37: batch\.format: Input should be 'pytorch' or 'hdf5', got 'x'"):
        read("batch: {output_dir: x, save_format: x}\nstimuli: [{type: step}]\n")


def test_the_dry_run_of_the_tutorial(read):
    assert describe_sweep(read(SWEEP).sweep()) == [
        "Grid expansion: amplitude=[10, 20, 30, 40, 50], sigma=[0.3, 0.5, 0.7, 0.9]",
        "→ 20 parameter combinations × 3 repetitions = 60 stimuli",
    ]


def test_reading_writes_nothing(read, tmp_path):
    read(ONE)
    assert [path.name for path in tmp_path.iterdir()] == ["my.yml"]


def test_all_problems_are_told_at_once_with_their_lines(read):
    text = (
        ONE.replace("format", "fromat")
        .replace("dt_ms: 0.5", "dt_ms: 500")
        .replace("sa_neurons: 60", "sa_neurons: many")
        .replace("sigma", "sigmma")
        .replace("amplitude: 30.0", "amplitude: []")
    )
    with pytest.raises(ConfigError) as caught:
        read(text + "plots: yes\n")
    assert str(caught.value).splitlines() == [
        "my.yml:3:3: batch.fromat: unknown key; did you mean 'format'?",
        "my.yml:10:10: pipeline.dt_ms: dt_ms (500.0) must not be above duration_ms (150.0)",
        "my.yml:12:15: neurons.sa_neurons: Input should be a valid integer, got 'many'",
        "my.yml:16:16: stimuli[0].amplitude: an empty list gives no stimulus; write values, or leave the key out",
        "my.yml:17:5: stimuli[0].sigmma: unknown key; did you mean 'sigma'?",
        "my.yml:19:1: plots: unknown key; known: batch, neurons, pipeline, stimuli",
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"pytorch"', '"pickle"', "my.yml:3:11: batch.format: Input should be 'pytorch' or 'hdf5', got 'pickle'"),
        ("format:", "save_format: hdf5\n  format:", "my.yml:3:3: batch.save_format: means the same as 'format'"),
        ('output_dir: "batch_output"', "num_worker: 3", "batch: the key 'output_dir' is missing"),
        ('"batch_output"', '""', "my.yml:2:15: batch.output_dir: String should have at least 1 character"),
        ("checkpoint_frequency: 10", "checkpoint_frequency: 0", "batch.checkpoint_frequency: Input should be greater"),
        ("num_workers: 4", "num_workers: '4'", "batch.num_workers: Input should be a valid integer, got '4'"),
        ("num_workers: 4", "num_workers: yes", None),
        ("num_workers: 4", "num_workers: true", "batch.num_workers: Input should be a valid integer, got True"),
        ('"cpu"', '"gpu"', "pipeline.device: Input should be 'auto', 'cpu', 'cuda' or 'mps', got 'gpu'"),
        ("grid_size: 32", "grid_size: 32.5", "pipeline.grid_size: Input should be a valid integer, got 32.5"),
        ("grid_size: 32", "grid_size: [32, 64]", "pipeline.grid_size: Input should be a valid integer"),
        ("duration_ms: 150.0", "duration_ms: .inf", "pipeline.duration_ms: Input should be a finite number, got inf"),
        ("duration_ms: 150.0", "duration_ms: 0", "pipeline.duration_ms: Input should be greater than 0, got 0"),
        ("dt_ms: 0.5", "center: [1]", "my.yml:10:11: pipeline.center: Field required"),
        ("dt_ms: 0.5", "seed: -1", "my.yml:10:9: pipeline.seed: Input should be greater than or equal to 0, got -1"),
        ("ra_neurons: 80", "preset: FS\n  model: adex", "my.yml:13:11: neurons.preset: has no effect with model: adex"),
        ("ra_neurons: 80", "noise: -3", "neurons.noise: Input should be greater than or equal to 0, got -3"),
        (
            "stimuli:",
            "stimuli: .inf\nstimulus:",
            "my.yml:14:10: stimuli: write one stimulus or more, each as  - type: NAME",
        ),
        ("stimuli:", "stimulus:", "my.yml:1:1: the key 'stimuli' is missing: there is nothing to simulate"),
        ("pipeline:", "pipeline: 3\nskin:", "my.yml:6:11: pipeline: write it as NAME: VALUE, got 3"),
        (
            "  repetitions: 5",
            "  repetitions: 5\n    repetitions: 6",
            "my.yml:19:5: the key 'repetitions' stands here twice",
        ),
    ],
)
def test_what_can_be_wrong(read, old, new, told):
    assert old in ONE
    with pytest.raises(ConfigError) as caught:
        read(ONE.replace(old, new))
    assert (told or "batch.num_workers: Input should be a valid integer, got 'yes'") in str(caught.value)


def test_times_are_not_judged_by_a_duration_that_is_wrong_itself(read):
    with pytest.raises(ConfigError) as caught:
        read(MULTI.replace("duration_ms: 300.0", "duration_ms: long").replace("150.0]", "900.0]"))
    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == ["pipeline.duration_ms"]


def test_a_base_is_extended(read, tmp_path):
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "base.yml").write_text("pipeline: {grid_size: 16, seed: 7}\nneurons: {sa_neurons: 9}\n")
    found = read(
        "extends: configs/base.yml\npipeline: {grid_size: 20}\nbatch: {output_dir: x}\nstimuli: [{type: step}]\n"
    )
    assert (found.pipeline.grid_size, found.pipeline.seed, found.neurons.sa_neurons) == (20, 7, 9)


def test_a_defect_in_a_base_names_the_base(read, tmp_path):
    (tmp_path / "base.yml").write_text("neurons:\n  sa_neurons: -1\n")
    with pytest.raises(ConfigError, match=r"^base\.yml:2:15: neurons\.sa_neurons: Input should be greater"):
        read("extends: base.yml\nbatch: {output_dir: x}\nstimuli: [{type: step}]\n")


def test_the_command_line_counts_more(read):
    found = read(MULTI, Overrides("elsewhere", 3, "cpu"), devices=lambda: {"cpu"})
    assert (found.batch.output_dir, found.batch.num_workers, found.pipeline.device) == ("elsewhere", 3, "cpu")
    assert read("stimuli: [{type: step}]\n", Overrides("elsewhere")).batch.output_dir == "elsewhere"


def test_devices(read):
    with pytest.raises(
        ConfigError, match=r"my\.yml:2:20: pipeline\.device: there is no device 'cuda' here, .*--device cpu"
    ):
        read(MULTI, devices=lambda: {"cpu"})
    assert read(MULTI, devices=lambda: {"cpu", "cuda"}).pipeline.device == "cuda"
    auto = MULTI.replace('"cuda"', "auto")
    assert read(auto).pipeline.device == "auto"
    for devices, chosen in ((["cpu"], "cpu"), (["cpu", "mps"], "mps"), (["cpu", "cuda"], "cuda"), ([], "cpu")):
        assert read(auto, devices=lambda known=devices: known).pipeline.device == chosen


@pytest.mark.parametrize("text", [ONE, SWEEP, MULTI, GPU])
def test_plain_data_makes_it_again(read, text):
    found = read(text)
    plain = json.loads(json.dumps(found.plain()))
    again = parse_configuration(plain)
    assert again.plain() == found.plain()
    assert again.fingerprint == found.fingerprint
    assert [s.key for s in again.sweep()] == [s.key for s in found.sweep()]


def test_plain_data_that_does_not_fit():
    with pytest.raises(ConfigError, match="configuration:1:1: batch: the key 'output_dir' is missing"):
        parse_configuration({"stimuli": [{"type": "step"}]})


def test_the_fingerprint_is_that_of_skin_and_neurons(read):
    prints = {
        "plain": read(SWEEP),
        "same": read(SWEEP.replace("amplitude_sigma_sweep", "other").replace("[0.3, 0.5, 0.7, 0.9]", "0.3")),
        "defaults": read(SWEEP.replace("grid_size: 40,", "grid_size: 40, dt_ms: 0.5, spacing: 0.15,")),
        "grid": read(SWEEP.replace("grid_size: 40", "grid_size: 41")),
        "neurons": read(SWEEP.replace("ra_neurons: 100", "ra_neurons: 101")),
    }
    found = {name: configuration.fingerprint for name, configuration in prints.items()}
    assert found["plain"] == found["same"] == found["defaults"]
    assert len({found[name] for name in ("plain", "grid", "neurons")}) == 3


def test_differences_are_told_in_words(read):
    before = read(SWEEP).plain()
    now = read(
        SWEEP.replace("grid_size: 40", "grid_size: 64, center: [1, 0]").replace("ra_neurons: 100", "noise: 0")
    ).plain()
    assert differences(before, before) == []
    assert differences(before, now) == [
        "pipeline.grid_size: 40 before, 64 now",
        "pipeline.center: [0.0, 0.0] before, [1.0, 0.0] now",
        "neurons.ra_neurons: 100 before, 196 now",
        "neurons.noise: 3.0 before, 0.0 now",
    ]
    old = {**before, "pipeline": {k: v for k, v in before["pipeline"].items() if k != "spacing"}}
    assert differences(old, before) == ["pipeline.spacing: not set before, 0.15 now"]


LEAKY = """\
batch: {output_dir: o}
pipeline: {grid_size: 16}
neurons:
  sa_neurons: 4
  model: equations
  equations: |
    dv/dt = (rest - v + 10*I) / tau   # leaky
  threshold: v >= -50
  reset: v = rest
  parameters: {rest: -65, tau: 20}
  initial: {v: -65}
  solver: rk4
stimuli: [{type: gaussian}]
"""


def test_equations_make_the_neuron(read):
    neuron = neuron_of(read(LEAKY).neurons)
    assert isinstance(neuron, Equations)
    assert (neuron.variables, neuron.solver, neuron.parameters["tau"]) == (("v",), "rk4", 20)
    assert neuron_of(parse_configuration(read(LEAKY).plain()).neurons) == neuron


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("tau   #", "taw   #", r"neurons\.equations: .*'taw' in .* is not known"),
        ("  threshold: v >= -50\n", "", r"neurons\.model: equations need the key 'threshold' too"),
        ("model: equations", "model: adex", r"neurons\.equations: has no effect with model: adex"),
        ("initial: {v: -65}", "initial: {w: 1}", "initial w: there is no equation for it"),
        ("solver: rk4", "solver: rk5", "'euler', 'rk2' or 'rk4'"),
        ("tau: 20}", "tau: fast}", r"neurons\.parameters\.tau"),
    ],
)
def test_equations_that_cannot_be_used(read, old, new, told):
    with pytest.raises(ConfigError, match=told):
        read(LEAKY.replace(old, new))


def test_equations_run_on_the_cpu(read):
    on = LEAKY.replace("grid_size: 16", "grid_size: 16, device: DEVICE")
    assert read(on.replace("DEVICE", "auto"), devices=lambda: {"cuda"}).pipeline.device == "cpu"
    with pytest.raises(ConfigError, match=r"pipeline\.device: equations .* run on the CPU"):
        read(on.replace("DEVICE", "cuda"), devices=lambda: {"cuda"})


def test_devices_are_looked_for_only_when_they_are_asked_for(read):
    assert read(ONE, devices=lambda: pytest.fail("it asks for the CPU")).pipeline.device == "cpu"


def test_parameters_and_solver_change_a_built_in_model(read):
    model = "neurons: {sa_neurons: 4, model: adex, parameters: {b: 7.5}}"
    text = f"batch: {{output_dir: o}}\n{model}\nstimuli: [{{type: gaussian}}]\n"
    assert neuron_of(read(text).neurons) == AdEx(b=7.5)
    heun = neuron_of(read(text.replace("b: 7.5}", "b: 7.5}, solver: rk2")).neurons)
    assert heun.solver == "rk2"
    assert heun.parameters["b"] == 7.5
    with pytest.raises(ConfigError, match=r"neurons\.parameters: adex has no parameter 'tau_v'; .*tau_w_ms"):
        read(text.replace("b: 7.5", "tau_v: 7.5"))
