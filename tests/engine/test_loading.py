"""Finding workflows, packs and steps again."""

import subprocess
import sys
from pathlib import Path

import pytest

import batchwork as bw
from batchwork.engine import loading
from batchwork.engine.loading import (
    Pack,
    StepRef,
    get_step,
    load_module,
    load_pack,
    load_workflow,
    pack_names,
    step_ref,
    workflow_ref,
)
from batchwork.errors import ConfigError, DeclarationError, MissingExtraError, WorkflowImportError

FLOW = """
import batchwork as bw

@bw.step
def look(source):
    pass

flow = bw.Workflow("looking", steps=[look])
"""


BODY = "def look(source, output):\n    output.write_text(source.read_text())\n"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    load_module.cache_clear()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "own flow.py"
    path.write_text(FLOW)
    return path


def test_by_file(file, monkeypatch):
    flow, reference = load_workflow("own flow.py:flow", file.parent)
    assert flow.name == "looking"
    assert reference == f"{file}:flow"
    assert load_workflow(reference, Path("/elsewhere"))[0] is flow
    monkeypatch.setenv("HOME", str(file.parent))
    assert load_workflow("~/own flow.py:flow", Path("/elsewhere"))[1] == reference


def test_by_module_and_by_registered_name(tmp_path):
    flow, reference = load_workflow("batchwork.tomo.workflow:flow", tmp_path)
    assert reference == "batchwork.tomo.workflow:flow"
    assert load_workflow("tomo", tmp_path) == (flow, "tomo")
    assert get_step("tomo.full") is flow["full"]


def test_no_bytecode_is_written(file):
    (file.parent / "helper.py").write_text("x = 1\n")
    file.write_text("import helper\n" + FLOW)
    before = sys.dont_write_bytecode
    load_workflow(f"{file}:flow", file.parent)
    assert sys.dont_write_bytecode is before
    assert not list(file.parent.rglob("*.pyc"))


def test_two_files_of_one_name_do_not_meet(tmp_path):
    flows = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "flow.py").write_text(FLOW.replace("looking", name))
        flows.append(load_workflow("flow.py:flow", tmp_path / name)[0])
    assert [flow.name for flow in flows] == ["a", "b"]


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("own flow.py:flwo", "has no workflow 'flwo'; did you mean 'flow'?"),
        ("own flow.py:", "has no workflow ''; known: flow"),
        ("own flow.py", "own flow.py: write own flow.py:NAME, with the workflow's name in that file"),
        ("none.py:flow", "none.py: no such file"),
        ("tomoo", "no workflow is registered as 'tomoo'; did you mean 'tomo'?"),
        ("", "no workflow is registered as ''"),
        ("no.such.module:flow", "no.such.module: ModuleNotFoundError: No module named 'no'"),
    ],
)
def test_what_cannot_be_found(file, reference, told):
    with pytest.raises(ConfigError) as caught:
        load_workflow(reference, file.parent)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("code", "line", "told"),
    [
        ("x = = 1", 1, "invalid syntax"),
        ("import faulty_helper", 1, "ZeroDivisionError: division by zero"),
        ("\n\nraise ValueError('two\\nlines')", 3, "ValueError: two lines"),
        ("import sys\nsys.exit('no licence')", 2, "SystemExit: no licence"),
        ("import batchwork as bw\nbw.Workflow('w', [])", 2, "DeclarationError: workflow 'w' has no steps"),
    ],
)
def test_modules_that_do_not_import(tmp_path, code, line, told):
    (tmp_path / "faulty_helper.py").write_text("1 / 0\n")
    (tmp_path / "bad.py").write_text(code)
    with pytest.raises(WorkflowImportError) as caught:
        load_workflow("bad.py:flow", tmp_path)
    assert str(caught.value) == f"{tmp_path}/bad.py:{line}: {told}"
    assert not [name for name in sys.modules if name.endswith("bad_py")]


def test_a_module_that_failed_is_read_anew(tmp_path):
    path = tmp_path / "flow.py"
    path.write_text("1 / 0\n")
    with pytest.raises(WorkflowImportError):
        load_workflow("flow.py:flow", tmp_path)
    path.write_text(FLOW)
    assert load_workflow("flow.py:flow", tmp_path)[0].name == "looking"


def test_references_to_steps(file):
    flow, _ = load_workflow(f"{file}:flow", file.parent)
    reference = step_ref(flow["look"])
    assert reference == StepRef(str(file), "look")
    assert reference.load() is flow["look"]
    assert workflow_ref(flow) == f"{file}:flow"
    assert step_ref(get_step("tomo.full")) == StepRef("batchwork.tomo.workflow", "full")
    assert workflow_ref(load_workflow("tomo", file.parent)[0]) == "batchwork.tomo.workflow:flow"
    with pytest.raises(DeclarationError, match="'flow' is no step"):
        StepRef(str(file), "flow").load()


def test_a_package_names_steps_whose_functions_its_modules_hold(tmp_path, monkeypatch):
    package = tmp_path / "apart"
    package.mkdir()
    (package / "bodies.py").write_text(BODY)
    (package / "__init__.py").write_text(
        "import batchwork as bw\nfrom apart.bodies import look\n"
        "first = bw.step(name='first', outputs='{stem}.txt')(look)\nflow = bw.Workflow('apart', steps=[first])\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    flow, _ = load_workflow("apart:flow", tmp_path)
    assert step_ref(flow["first"]) == StepRef("apart", "first")
    assert step_ref(flow["first"]).load() is flow["first"]
    assert workflow_ref(flow) == "apart:flow"


DECLARED = (
    FLOW
    + """
class Declared:
    def __init__(self, name="declared"):
        self.name = name

    def as_workflow(self):
        step = bw.Step(self.name, look.function, {}, "1", arguments={"source": False}, declared_by=f"{__file__}:made")
        return bw.Workflow(self.name, steps=[step])

class Needy(Declared):
    def __init__(self, name):
        super().__init__(name)

made = Declared("made")
"""
)


def test_an_object_or_its_class_may_declare_a_workflow(file):
    file.write_text(DECLARED)
    assert load_workflow(f"{file}:Declared", file.parent)[0].name == "declared"
    flow, reference = load_workflow(f"{file}:made", file.parent)
    assert (flow.name, reference) == ("made", f"{file}:made")
    assert step_ref(flow["made"]) == StepRef(str(file), "made")
    assert StepRef(str(file), "made").load().name == "made"
    with pytest.raises(DeclarationError, match=r"Needy: one cannot be made without arguments .* job = Needy\(…\)"):
        load_workflow(f"{file}:Needy", file.parent)


def test_references_to_objects(file):
    file.write_text(DECLARED)
    module = load_module(str(file))
    assert loading.object_ref(module.made) == f"{file}:made"
    assert loading.object_ref(module.Declared) == f"{file}:Declared"
    assert loading.object_ref(module.Declared()) == ""


def test_a_step_inside_a_function_cannot_be_found_again():
    @bw.step
    def inner(source): ...

    with pytest.raises(DeclarationError, match="step 'inner' must have a name at the top level of its module"):
        step_ref(inner)
    assert workflow_ref(bw.Workflow("w", [inner])) is None


def test_a_step_made_interactively_is_told():
    code = f"{FLOW}\nfrom batchwork.engine.loading import step_ref\nstep_ref(look)\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "step 'look' was made interactively; put it into a .py file to run it" in done.stderr


def test_packs(monkeypatch):
    assert "tomo" in pack_names()
    pack = load_pack("tomo")
    assert (pack.name, pack.workflow) == ("tomo", "batchwork.tomo.workflow:flow")
    with pytest.raises(ConfigError, match="no workflow is registered as 'tomographie'"):
        load_pack("tomographie")
    monkeypatch.setattr(loading, "load_pack", lambda _: Pack("odd", "", "batchwork.errors:Skip"))
    with pytest.raises(DeclarationError, match=r"pack 'odd': batchwork.errors:Skip is no workflow"):
        loading.pack_workflow("odd")


def test_a_pack_whose_libraries_are_missing(tmp_path, monkeypatch):
    (tmp_path / "needy_pack.py").write_text("import no_such_library\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(MissingExtraError, match=r"needy needs 'no_such_library': pip install 'batchwork\[needy\]'"):
        Pack("needy", "", "needy_pack:flow").load("needy_pack:flow")
    with pytest.raises(ModuleNotFoundError, match=r"batchwork\.nothing"):
        Pack("broken", "", "batchwork.nothing:flow").load("batchwork.nothing:flow")


def test_files_whose_names_differ_only_in_signs_are_two_modules(tmp_path):
    paths = [tmp_path / name for name in ("a-b.py", "a_b.py")]
    for path in paths:
        path.write_text(FLOW)
    modules = [load_module(str(path)) for path in paths]
    assert [step_ref(module.look).module for module in modules] == [str(path) for path in paths]
