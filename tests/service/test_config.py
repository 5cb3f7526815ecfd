"""The configuration file: its forms, and the place of everything that can be wrong in it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchwork.engine.definition import Definition
from batchwork.engine.items import FileItems, SweepItems, TableItems
from batchwork.engine.loading import load_module, load_workflow
from batchwork.errors import BatchworkError, ConfigError, ParameterError, WorkflowImportError
from batchwork.io.yaml_marks import read_document
from batchwork.service.config import dump_params, load_config, load_params, schema

FLOW = '''
from enum import Enum
from pathlib import Path
from typing import Literal
import batchwork as bw

class Shape(Enum):
    DISC = "disc"
    SQUARE = "square"

@bw.step(outputs="{stem}_smooth.tif")
def smooth(source: Path, output: Path, *, sigma: float = 2.0, mode: Literal["wrap", "edge"] = "edge",
           label: str = "", radii: list[int] = [1], shapes: list[Shape] = [Shape.DISC]) -> None:
    """Blur one image. sigma in pixels."""

@bw.step(outputs="all.txt", over="batch")
def count(sources: list[Path], output: Path) -> None:
    """Count them."""

flow = bw.Workflow("smooth", steps=[smooth, count])

@bw.step(outputs="{stem}.x")
def cut(source: Path, output: Path, *, level: int) -> None:
    """Cut at a level."""

needy = bw.Workflow("needy", steps=[cut])
'''

EXAMPLE = """\
workflow: smooth.py:flow        # or a registered name: tomo, pixels, tactile, screening
items: scans/*.tif
out: results
params:
  smooth: {sigma: 3.0}
run: {workers: 2, gpus: auto, timeout: 30min, on_error: continue}
"""

SHORT = "workflow: smooth.py:flow\nitems: scans/*.tif\nout: results\n"


class Project:
    """A folder with a workflow and a configuration file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(exist_ok=True)
        (root / "smooth.py").write_text(FLOW)

    def load(self, text: str | bytes) -> Definition:
        path = self.root / "batch.yml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        load_module.cache_clear()
        return load_config(path)

    def error(self, text: str | bytes) -> tuple[type[BatchworkError], str]:
        """Load a file that is wrong, and give the error without the folder."""
        with pytest.raises(BatchworkError) as caught:
            self.load(text)
        return type(caught.value), str(caught.value).replace(f"{self.root}/", "")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_the_example(project):
    made = project.load(EXAMPLE)
    assert made.workflow.name == "smooth"
    assert made.reference == f"{project.root}/smooth.py:flow"
    assert made.source == FileItems((f"{project.root}/scans/*.tif",))
    assert made.out == project.root / "results"
    assert made.params == {"smooth": {"sigma": 3.0}}
    assert (made.options.workers, made.options.gpus, made.options.timeout) == (2, "auto", 1800)
    assert made.options.on_error == "continue"


def test_paths_count_from_the_file_not_from_where_one_stands(project, monkeypatch, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    made = project.load(SHORT)
    assert made.out == project.root / "results"
    monkeypatch.chdir(project.root.parent)
    again = load_config(Path(project.root.name) / "batch.yml")
    assert again.plain() == made.plain()
    assert project.load(SHORT.replace("results", "/far/away")).out == Path("/far/away")
    assert project.load(SHORT.replace("results", "~/x")).out == Path.home() / "x"


def test_brackets_in_the_name_of_the_file_s_own_folder_are_no_pattern(tmp_path):
    project = Project(tmp_path / "run[3]")
    (project.root / "scans").mkdir()
    (project.root / "scans" / "a.tif").write_text("x")
    found = list(project.load(SHORT).source.find(project.root / "results"))
    assert [(item.key, item.source) for item in found] == [("a.tif", f"{project.root}/scans/a.tif")]


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("scans/*.tif", {"files": ["/scans/*.tif"], "attrs": None}),
        ("[a/*.tif, b/*.tif]", {"files": ["/a/*.tif", "/b/*.tif"], "attrs": None}),
        ("{files: a/*.tif}", {"files": ["/a/*.tif"], "attrs": None}),
        ("{files: a/*.tif, exclude: f*}", {"files": ["/a/*.tif"], "attrs": None, "exclude": ["f*"]}),
        ("{files: [a/*.tif], attrs: '(?P<day>d+)'}", {"files": ["/a/*.tif"], "attrs": "(?P<day>d+)"}),
        ("{sweep: {a: [1, 2.5], b: [x]}}", {"sweep": {"a": [1, 2.5], "b": ["x"]}}),
        ("{table: rows.csv}", {"table": "/rows.csv"}),
    ],
)
def test_forms_of_items(project, written, plain):
    (project.root / "rows.csv").write_text("key,well\na,A1\n")
    source = project.load(SHORT.replace("scans/*.tif", written)).source
    assert json.loads(json.dumps(source.plain()).replace(str(project.root), "")) == plain
    assert isinstance(source, FileItems | SweepItems | TableItems)


@pytest.mark.parametrize(
    ("written", "name", "value"),
    [
        ("gpus: [0, 1]", "gpus", "0,1"),
        ("gpus: none", "gpus", "none"),
        ("gpus: 0", "gpus", "0"),
        ("gpus: GPU-1f", "gpus", "GPU-1f"),
        ("per_gpu: 3", "per_gpu", 3),
        ("timeout: 90", "timeout", 90.0),
        ("timeout: null", "timeout", None),
        ("no_progress: 1h30min", "no_progress", 5400.0),
        ("memory: 8GiB", "memory", 8 << 30),
        ("memory: 1_000", "memory", 1000),
        ("on_error: stop", "on_error", "stop"),
        ("backend: local", "backend", "local"),
    ],
)
def test_run_options(project, written, name, value):
    assert getattr(project.load(f"{SHORT}run: {{{written}}}").options, name) == value


def test_numbers_are_those_of_yaml_1_2(project):
    params = "params:\n  smooth: {sigma: 1e-3, label: 2024-01-01, radii: [0o17, 010, 0x10]}\n"
    values = project.load(SHORT + params).params["smooth"]
    assert values == {"sigma": 0.001, "label": "2024-01-01", "radii": [15, 10, 16]}
    assert project.load(SHORT + "params: {smooth: {label: yes}}").params["smooth"] == {"label": "yes"}


@pytest.mark.parametrize("tail", ["params:\nrun:\n", "params:\n  smooth:\n", "params: {}\nrun: {}\n"])
def test_empty_sections_are_as_good_as_none(project, tail):
    made = project.load(SHORT + tail)
    assert made.resolved("smooth")["sigma"] == 2.0
    assert made.options.workers is None


def test_anchors_and_merges(project):
    text = f"{SHORT}params:\n  smooth: &base {{sigma: 1.0}}\n"
    assert project.load(text).params == {"smooth": {"sigma": 1.0}}
    document = project.root / "merge.yml"
    document.write_text("a: &a {x: 1, y: 2}\nb: &b {z: 3}\nc:\n  <<: [*a, *b]\n  y: 4\n")
    assert read_document(document).data["c"] == {"x": 1, "y": 4, "z": 3}
    assert project.error(f"{SHORT}run:\n  <<: 3\n")[1] == "batch.yml:5:7: << takes a mapping of keys"


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(project):
    text = EXAMPLE.replace("\n", "\r\n").encode()
    assert project.load(b"\xef\xbb\xbf" + text).plain() == project.load(EXAMPLE).plain()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("workflow: [1\n", "batch.yml:2:1: expected ',' or ']', but got '<stream end>'"),
        ("a: b: c\n", "batch.yml:1:5: mapping values are not allowed here"),
        (f"{SHORT}out: again\n", "batch.yml:4:1: the key 'out' stands here twice"),
        (f"{SHORT}run:\n  workers: 1\n  workers: 2\n", "batch.yml:6:3: the key 'workers' stands here twice"),
        (f"{SHORT}---\na: 1\n", "batch.yml:4:1: but found another document"),
        (f"{SHORT}run: *there\n", "batch.yml:4:6: found undefined alias 'there'"),
        (f"{SHORT}run: &a\n  workers: [*a]\n", "batch.yml:4:6: this part holds itself"),
        (f"{SHORT}x: \x07\n", "batch.yml:4:4: special characters are not allowed"),
        (f"{SHORT}? [a, b]\n: 1\n", "batch.yml:4:3: a key has to be one word"),
        (f"{SHORT}run: {{workers: !!int four}}\n", "batch.yml:4:16: 'four' does not fit its tag tag:yaml.org,2002:int"),
        (
            f"{SHORT}run: {{workers: !!bool four}}\n",
            "batch.yml:4:16: 'four' does not fit its tag tag:yaml.org,2002:bool",
        ),
        (f"{SHORT}run: !mine 4\n", "batch.yml:4:6: could not determine a constructor for the tag '!mine'"),
        ("[" * 3000, "batch.yml:1:1: is nested too deeply"),
        (b"out: \xff\n", "batch.yml: is not UTF-8 text (byte 5)"),
        ("", "batch.yml:1:1: the configuration is empty; it needs workflow, items and out"),
        ("# nothing\n", "batch.yml:1:1: the configuration is empty; it needs workflow, items and out"),
        ("- a\n", "batch.yml:1:1: the configuration must be a mapping of keys; it needs workflow, items and out"),
    ],
)
def test_files_that_are_no_configuration(project, text, told):
    assert project.error(text) == (ConfigError, told)


def test_files_that_cannot_be_read(project):
    with pytest.raises(ConfigError, match=r"none\.yml: cannot be read: No such file or directory"):
        load_config(project.root / "none.yml")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_config(project.root)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(project):
    path = project.root / "closed.yml"
    path.touch(mode=0o000)
    with pytest.raises(ConfigError, match=r"closed\.yml: cannot be read: Permission denied"):
        load_config(path)


@pytest.mark.parametrize(
    ("tail", "told"),
    [
        ("parms: {}", "4:1: parms: unknown key; did you mean 'params'?"),
        ("x1: 2", "4:1: x1: unknown key; known: items, out, params, run, workflow"),
        ("1: 2", "4:1: a key has to be a text, not 1"),
        ("run: {worker: 2}", "4:7: run.worker: unknown key; did you mean 'workers'?"),
        ("run:\n  workers: many", "5:12: run.workers: Input should be a valid integer, unable to parse string as an"),
        ("run: {workers: 0}", "4:16: run.workers: Input should be greater than or equal to 1, got 0"),
        ("run: 4", "4:6: run: Input should be a valid dictionary, got 4"),
        (
            "run: {timeout: soon}",
            "4:16: run.timeout: 'soon' is not a duration; write for example 30min, 60s or 1h30min",
        ),
        ("run: {timeout: 0}", "4:16: run.timeout: '0' is not a duration above 0, got 0"),
        ("run: {memory: lots}", "4:15: run.memory: 'lots' is not a size; write for example 2GiB or 500MB"),
        ("run: {memory: 1.5}", "4:15: run.memory: '1.5' is not a size"),
        ("run: {memory: 0}", "4:15: run.memory: Input should be greater than 0, got 0"),
        ("run: {gpus: null}", "4:13: run.gpus: write auto, none, or device numbers such as [0, 1], got None"),
        ("run: {gpus: []}", "4:13: run.gpus: write auto, none, or device numbers such as [0, 1], got []"),
        ("run: {on_error: retry}", "4:17: run.on_error: Input should be 'continue' or 'stop', got 'retry'"),
        ("params: 3", "4:9: params: Input should be a valid dictionary, got 3"),
        ("params: {smoth: {}}", "4:10: params.smoth: workflow 'smooth' has no step 'smoth'; did you mean 'smooth'?"),
        ("params: {smooth: 3}", "4:18: params.smooth: write the step's parameters as NAME: VALUE, got 3"),
        (
            "params:\n  smooth:\n    sigme: 1",
            "6:5: params.smooth.sigme: step 'smooth' has no parameter 'sigme'; did you mean 'sigma'?",
        ),
        ("params: {count: {n: 1}}", "4:18: params.count.n: step 'count' has no parameter 'n'; none is known"),
        (
            "params:\n  smooth:\n    sigma:\n      wide",
            "7:7: params.smooth.sigma: parameter 'sigma': Input should be a valid number, unable to parse string",
        ),
        (
            "params: {smooth: {mode: wrp}}",
            "4:25: params.smooth.mode: parameter 'mode': Input should be 'wrap' or 'edge'",
        ),
        (
            "params: {smooth: {label: 3}}",
            "4:26: params.smooth.label: parameter 'label': Input should be a valid string",
        ),
        (
            "params: {smooth: {radii: [1, x]}}",
            "4:26: params.smooth.radii: parameter 'radii': Input should be a valid int",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(project, tail, told):
    kind, text = project.error(SHORT + tail)
    assert issubclass(kind, ConfigError)
    assert text.startswith(f"batch.yml:{told}")
    assert "\n" not in text


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{}", "2:1: items: the key 'files' is missing"),
        ("{file: x}", "2:9: items.file: unknown key; did you mean 'files'?"),
        ("{files: x, atrs: y}", "2:19: items.atrs: unknown key; did you mean 'attrs'?"),
        ("{files: 3}", "2:16: items.files: Input should be a valid list, got 3"),
        ("{files: [a, 3]}", "2:20: items.files[1]: Input should be a valid string, got 3"),
        ("{files: a, attrs: '('}", "2:8: items: attrs: '(' is not a regular expression: missing ), unterminated"),
        ("3", "2:8: items: Input should be a valid list, got 3"),
        ("", "2:1: items: Input should be a valid list, got None"),
        ("[]", "2:8: items: Value should have at least 1 item after validation, not 0, got []"),
        ("{sweep: 3}", "2:16: items.sweep: Input should be a valid dictionary, got 3"),
        ("{sweep: {a: 3}}", "2:20: items.sweep.a: Input should be a valid list, got 3"),
        ("{sweep: {a: []}}", "2:8: items: sweep: 'a' needs a list of values"),
        ("{sweep: {a: [1, 1]}}", "2:8: items: sweep: 'a' has the value 1 twice"),
        ("{sweep: {a: [1]}, table: t}", "2:26: items.table: unknown key; "),
        ("{table: none.csv}", "2:8: items: none.csv: cannot read the table of items: No such file or directory"),
        ("{table: [a]}", "2:16: items.table: Input should be a valid string, got ['a']"),
    ],
)
def test_wrong_items(project, written, told):
    kind, text = project.error(SHORT.replace("scans/*.tif", written))
    assert issubclass(kind, ConfigError)
    assert text.startswith(f"batch.yml:{told}")


@pytest.mark.parametrize("key", ["workflow", "items", "out"])
def test_a_missing_key(project, key):
    lines = [line for line in SHORT.splitlines() if not line.startswith(key)]
    assert project.error("\n".join(lines)) == (ConfigError, f"batch.yml:1:1: the key '{key}' is missing")


def test_a_misspelt_key_is_told_before_the_one_that_is_missing_for_it(project):
    assert project.error(SHORT.replace("items", "itens"))[1] == (
        "batch.yml:2:1: itens: unknown key; did you mean 'items'?"
    )


def test_a_missing_parameter(project):
    text = SHORT.replace(":flow", ":needy")
    told = "params.cut: step 'cut' needs a value for its parameter 'level'"
    assert project.error(text) == (ConfigError, f"batch.yml:1:1: {told}")
    assert project.error(f"{text}params:\n  cut: {{}}\n") == (ConfigError, f"batch.yml:5:3: {told}")
    assert project.load(f"{text}params: {{cut: {{level: 3}}}}").resolved("cut") == {"level": 3}


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("smooth.py:flwo", "smooth.py has no workflow 'flwo'; did you mean 'flow'?"),
        ("smooth.py:smooth", "smooth.py has no workflow 'smooth'; known: flow, needy"),
        ("none.py:flow", "none.py: no such file"),
        ("smooth.py", "smooth.py: write smooth.py:NAME, with the workflow's name in that file"),
        ("tomi", "no workflow is registered as 'tomi'; did you mean 'tomo'?"),
        ("no_such_module_here:flow", "no_such_module_here: ModuleNotFoundError: No module named 'no_such_module_here'"),
    ],
)
def test_wrong_workflow_references(project, reference, told):
    kind, text = project.error(SHORT.replace("smooth.py:flow", reference))
    assert issubclass(kind, ConfigError)
    assert text == f"batch.yml:1:11: workflow: {told}"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("x = 1\ny = (\n", "bad.py:2: '(' was never closed"),
        ("import math\n\nmath.nothing\n", "bad.py:3: AttributeError: module 'math' has no attribute 'nothing'"),
        ("import no_such_thing\n", "bad.py:1: ModuleNotFoundError: No module named 'no_such_thing'"),
        ("\nraise SystemExit(3)\n", "bad.py:2: SystemExit: 3"),
        (
            "import batchwork as bw\n@bw.step(outputs='x')\ndef s(source): ...\n",
            "bad.py:2: DeclarationError: step 's' declares outputs but has no argument 'output'",
        ),
        (
            "open('/no/such/file')\n",
            "bad.py:1: FileNotFoundError: [Errno 2] No such file or directory: '/no/such/file'",
        ),
    ],
)
def test_a_module_that_does_not_import_is_told_by_file_and_line(project, code, told):
    (project.root / "bad.py").write_text(code)
    kind, text = project.error(SHORT.replace("smooth.py", "bad.py"))
    assert kind is WorkflowImportError
    assert text == f"batch.yml:1:11: workflow: {told}"
    assert not list(project.root.rglob("__pycache__"))


def test_the_command_line_tells_it_without_a_traceback(project):
    (project.root / "bad.py").write_text("1 / 0\n")
    (project.root / "batch.yml").write_text(SHORT.replace("smooth.py", "bad.py"))
    command = [str(Path(sys.executable).with_name("batchwork")), "plan", "batch.yml"]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.endswith(f"{project.root}/bad.py:1: ZeroDivisionError: division by zero\n")


def test_errors_name_the_file_as_the_user_wrote_it(project, monkeypatch):
    monkeypatch.chdir(project.root)
    Path("batch.yml").write_text("nothing: 1\n")
    with pytest.raises(ConfigError, match=r"^batch\.yml:1:1: nothing: unknown key"):
        load_config(Path("batch.yml"))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sigma=st.floats(allow_nan=False, allow_infinity=False),
    label=st.text(st.characters(codec="utf-8", exclude_categories=["C"])),
    mode=st.sampled_from(["wrap", "edge"]),
    radii=st.lists(st.integers(-(2**63), 2**63)),
    shapes=st.lists(st.sampled_from(["disc", "square"])),
)
def test_parameters_written_out_can_be_loaded_again(project, sigma, label, mode, radii, shapes):
    workflow, _ = load_workflow("smooth.py:flow", project.root)
    given = {"sigma": sigma, "label": label, "mode": mode, "radii": radii, "shapes": shapes}
    made = Definition(workflow, FileItems(("x",)), project.root / "out", {"smooth": given})
    path = project.root / "params.yml"
    dump_params(path, {step.name: made.resolved(step.name) for step in made.workflow.steps})
    again = Definition(workflow, FileItems(("x",)), project.root / "out", load_params(path, workflow))
    assert again.resolved("smooth") == made.resolved("smooth") == given
    assert again.recipes() == made.recipes()


@pytest.mark.parametrize("label", ["1e3", "yes", "null", "2024-01-01", "~", "", " a ", "a\nb\t\n", "# no", "0o7", "ü"])
def test_texts_that_look_like_something_else_stay_texts(project, label):
    workflow, _ = load_workflow("smooth.py:flow", project.root)
    made = Definition(workflow, FileItems(("x",)), project.root / "out", {"smooth": {"label": label}})
    dump_params(project.root / "params.yml", {s.name: made.resolved(s.name) for s in made.workflow.steps})
    assert load_params(project.root / "params.yml", workflow)["smooth"]["label"] == label


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1: parameters are written as  STEP: {NAME: VALUE}"),
        ("- smooth\n", "1:1: parameters are written as  STEP: {NAME: VALUE}"),
        ("smooth: 3\n", "1:9: smooth: write the step's parameters as NAME: VALUE, got 3"),
        ("smoth: {}\n", "1:1: smoth: workflow 'smooth' has no step 'smoth'; did you mean 'smooth'?"),
        ("smooth:\n  sgma: 1\n", "2:3: smooth.sgma: step 'smooth' has no parameter 'sgma'; did you mean 'sigma'?"),
        ("smooth:\n  sigma: x\n", "2:10: smooth.sigma: parameter 'sigma': Input should be a valid number"),
    ],
)
def test_wrong_files_of_parameters(project, text, told):
    path = project.root / "params.yml"
    path.write_text(text)
    workflow, _ = load_workflow("smooth.py:flow", project.root)
    with pytest.raises(ConfigError) as caught:
        load_params(path, workflow)
    assert str(caught.value).startswith(f"{path}:{told}")


def test_parameters_cannot_be_written_where_one_is_missing(project):
    workflow, _ = load_workflow("smooth.py:needy", project.root)
    made = Definition(workflow, FileItems(("x",)), project.root / "out")
    with pytest.raises(ParameterError, match="needs a value"):
        dump_params(project.root / "params.yml", {s.name: made.resolved(s.name) for s in made.workflow.steps})
    assert not (project.root / "params.yml").exists()


def _validator(project: Project, name: str = "flow") -> jsonschema.Draft202012Validator:
    workflow, _ = load_workflow(f"smooth.py:{name}", project.root)
    made = json.loads(json.dumps(schema(workflow)))
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator(made)


def _valid(validator: jsonschema.Draft202012Validator, project: Project, text: str) -> bool:
    path = project.root / "checked.yml"
    path.write_text(text)
    return validator.is_valid(read_document(path).data)


@pytest.mark.parametrize(
    "text",
    [
        EXAMPLE,
        SHORT,
        SHORT + "params:\nrun:\n",
        SHORT + "params: {smooth: {shapes: [disc], mode: wrap}}\nrun: {gpus: [0, 1], memory: 8GiB, timeout: 90}\n",
        SHORT.replace("scans/*.tif", "[a, b]"),
        SHORT.replace("scans/*.tif", "{files: a, attrs: b}"),
        SHORT.replace("scans/*.tif", "{sweep: {a: [1]}}"),
        SHORT.replace("scans/*.tif", "{table: t.csv}"),
    ],
)
def test_the_schema_accepts_what_the_program_accepts(project, text):
    (project.root / "t.csv").write_text("key\na\n")
    assert _valid(_validator(project), project, text)
    project.load(text)


@pytest.mark.parametrize(
    "text",
    [
        SHORT + "parms: {}\n",
        SHORT + "params: {smooth: {sigme: 1}}\n",
        SHORT + "params: {smooth: {sigma: wide}}\n",
        SHORT + "params: {smooth: {shapes: [ball]}}\n",
        SHORT + "run: {workers: 0}\n",
        SHORT.replace("items", "itens"),
        SHORT.replace("scans/*.tif", "{sweep: {a: 3}}"),
    ],
)
def test_the_schema_refuses_what_the_program_refuses(project, text):
    assert not _valid(_validator(project), project, text)
    project.error(text)


def test_the_schema_of_a_workflow_that_needs_a_parameter(project):
    validator = _validator(project, "needy")
    text = SHORT.replace(":flow", ":needy")
    assert not _valid(validator, project, text)
    assert not _valid(validator, project, text + "params:\n")
    assert _valid(validator, project, text + "params: {cut: {level: 3}}\n")


def test_the_schema_tells_units_and_meanings(project):
    workflow, _ = load_workflow("smooth.py:flow", project.root)
    found = schema(workflow)["properties"]["params"]["properties"]["smooth"]  # type: ignore[index]
    assert found["description"] == "Blur one image. sigma in pixels."
    assert found["properties"]["sigma"] == {"type": "number", "x-unit": "pixels", "default": 2.0}
