"""The rooms of the house, the arrows between them that must never exist, and how light the door is."""

import ast
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import batchwork

SOURCE = Path(batchwork.__file__).parent
ROOMS = {"io", "jobs", "engine", "service", "web", "cli", "testing", "arrays"}
"""The rooms that are no packs; any other folder below the package is a pack."""
FACE = "the public names"
"""Where ``import batchwork`` leads: to the engine, whose names the package hands out."""
DOORS = {"workflow", "pack", "cli"}
"""The modules of a pack that may know the engine and the service."""
MAX_LINES = 400
HEAVY = ["numpy", "pydantic", "ruamel", "asyncio", "jinja2", "psutil", "click", "sqlite3"]
HEAVY_FOR_HELP = ["numpy", "numba", "scipy", "h5py", "tifffile", "pydantic", "jinja2"]
HELP_SECONDS = 0.3
PROJECT = Path(__file__).parent.parent
PUBLIC = [
    "Batch",
    "BatchworkError",
    "Plan",
    "Report",
    "Resources",
    "RunOptions",
    "Skip",
    "Step",
    "Workflow",
    "files",
    "get_step",
    "items",
    "progress",
    "step",
    "sweep",
]


@dataclass(frozen=True, slots=True)
class Module:
    """One module: its path below the package without suffix, and its syntax tree."""

    parts: tuple[str, ...]
    is_package: bool
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.parts[0] if self.parts else FACE

    def __str__(self) -> str:
        return "/".join(self.parts) or "__init__"


def modules_below(root: Path) -> list[Module]:
    found = []
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        text = path.read_text(encoding="utf-8")
        found.append(Module(parts[:-1] if is_package else parts, is_package, text, ast.parse(text)))
    return found


def imported(module: Module, package: str = "batchwork") -> Iterator[str]:
    """Name everything that a module imports anywhere, also in functions and for type checkers only."""
    here = [package, *module.parts]
    for node in ast.walk(module.tree):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(level=0):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            case ast.ImportFrom():
                base = here[: len(here) + module.is_package - node.level] + (node.module or "").split(".")
                yield from (".".join([*filter(None, base), alias.name]) for alias in node.names)
            case ast.Call(func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module")):
                yield from (arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant))


def room_of(name: str, rooms: set[str]) -> str:
    """Say which room an imported name lives in; names from outside live in their top package."""
    top, *below = name.split(".")
    if top != "batchwork":
        return f"library {top}"
    return below[0] if below and below[0] in rooms else FACE


def why_not(module: Module, there: str, packs: set[str]) -> str | None:
    """Say which rule an import breaks."""
    engine = {"engine", FACE}
    outside = {"service", "web", "cli"}
    rules = [
        ("the engine knows no pack", module.room == "engine", packs),
        ("the engine knows nothing above it", module.room == "engine", {"service", "web"}),
        ("io knows files and names only", module.room == "io", engine | outside | packs),
        ("arrays knows neither engine nor io", module.room == "arrays", engine | {"io"}),
        ("the service knows no screen", module.room == "service", {"web", "cli"}),
        ("only a pack's cli.py knows the command line", not _is_command(module, packs), {"cli"}),
        ("a pack knows no other", module.room in packs, packs - {module.room}),
        ("kernels know arrays only", "kernels" in module.parts[:-1] + module.parts[-1:] * module.is_package,
         {*engine, "io", "library h5py", "library tifffile"}),
        (f"in a pack only {', '.join(sorted(DOORS))} know the engine",
         module.room in packs and not _is_door(module), {*engine, "service"}),
    ]  # fmt: skip
    return next((rule for rule, applies, forbidden in rules if applies and there in forbidden), None)


def _is_door(module: Module) -> bool:
    """A door is one module; the command line and the workflow may be folders of them."""
    return (len(module.parts) == 2 and module.parts[1] in DOORS) or module.parts[1:2] in {("cli",), ("workflow",)}


def _is_command(module: Module, packs: set[str]) -> bool:
    return module.room == "cli" or (module.room in packs and module.parts[1:2] == ("cli",))


def offences(root: Path) -> list[str]:
    """List the imports below a package's folder that cross a forbidden arrow."""
    modules = modules_below(root)
    folders = {m.room for m in modules if len(m.parts) > 1 or m.is_package} - {FACE}
    packs, rooms = folders - ROOMS, {m.room for m in modules} - {FACE} | ROOMS
    return [
        f"{module} imports {name}: {rule}"
        for module in modules
        for name in sorted(set(imported(module)))
        if (rule := why_not(module, room_of(name, rooms), packs))
    ]


def untold(root: Path) -> list[str]:
    """List the modules that do not say what they are about."""
    return [str(m) for m in modules_below(root) if not (ast.get_docstring(m.tree) or "").strip()]


def too_long(root: Path) -> list[str]:
    """List the modules that are two subjects."""
    return [str(m) for m in modules_below(root) if len(m.text.splitlines()) > MAX_LINES]


def test_no_arrow_that_must_never_exist():
    assert offences(SOURCE) == []


def test_every_module_says_what_it_is_about():
    assert untold(SOURCE) == []


def test_no_module_is_two_subjects():
    assert too_long(SOURCE) == []


def test_the_walk_sees_the_whole_package():
    seen = {str(module) for module in modules_below(SOURCE)}
    assert {"__init__", "errors", "engine/steps", "io/naming", "service/config", "tomo/kernels/gridding"} <= seen


def test_importing_the_package_loads_nothing_heavy():
    code = f"import sys, batchwork; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_light_import_can_be_seen_to_fail():
    code = f"import sys, batchwork, psutil; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "psutil" in done.stdout


def test_the_help_is_quick():
    command = [str(Path(sys.executable).with_name("batchwork")), "--help"]
    best = min(_seconds(command) for _ in range(3))
    assert best < HELP_SECONDS


def _seconds(command: list[str]) -> float:
    """Measure processor time, which others on the machine do not lengthen much."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_the_help_loads_no_library_of_the_instruments():
    code = (
        "import sys\nfrom batchwork.cli.main import root\n"
        "root.main(['--help'], standalone_mode=False)\n"
        f"print([name for name in {HEAVY_FOR_HELP} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Instruments" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


HERE = re.compile("/(work|root)/|/(home|Users)/" + r"(?!(me|you|user)\b)\w")


def tied_to_a_place(root: Path) -> list[str]:
    """List the lines of texts that name a folder of one person's machine."""
    suffixes = {".py", ".md", ".toml", ".yml", ".txt", ".html", ""}
    paths = [p for folder in ("src", "docs", "benchmarks") for p in (root / folder).rglob("*")]
    texts = [p for p in (*paths, *root.glob("*")) if p.is_file() and p.suffix in suffixes]
    lines = ((p, line) for p in sorted(texts) for line in p.read_text(encoding="utf-8").splitlines())
    return [f"{p.relative_to(root)}: {line.strip()}" for p, line in lines if HERE.search(line)]


def test_no_text_is_tied_to_one_machine(tmp_path):
    assert tied_to_a_place(PROJECT) == []
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("x = 1\nfolder = '/ho" + "me/ada/data'\n")
    assert tied_to_a_place(tmp_path) == ["src/a.py: folder = '/ho" + "me/ada/data'"]


def test_public_names():
    assert batchwork.__all__ == PUBLIC
    assert dir(batchwork) == PUBLIC
    for name in PUBLIC:
        assert getattr(batchwork, name).__name__.casefold() == name.casefold()


def test_a_name_that_is_not_public_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'Batches'"):
        batchwork.Batches  # noqa: B018 - looking it up is the test


def plant(root: Path, file: str, text: str) -> Path:
    """Write a module into a small house that keeps all rules, and give the house."""
    house = {
        "__init__.py": "",
        "errors.py": "import enum",
        "io/__init__.py": "",
        "io/naming.py": "from batchwork.errors import ConfigError",
        "engine/steps.py": "from batchwork.io import naming",
        "service/calls.py": "from batchwork.engine.steps import step",
        "cli/main.py": "from batchwork.service import calls",
        "web/pages.py": "from batchwork.service import calls",
        "arrays/labels.py": "import numpy as np",
        "tomo/workflow.py": "import batchwork as bw\nfrom batchwork.engine import steps",
        "tomo/cli.py": "from batchwork.cli import main\nfrom batchwork.service import calls",
        "tomo/pack.py": "from ..engine.steps import step",
        "tomo/files.py": "import h5py\nfrom batchwork.io import naming\nfrom .kernels import fbp",
        "tomo/kernels/__init__.py": "",
        "tomo/kernels/fbp.py": "import numba\nfrom batchwork.errors import ConfigError\nfrom batchwork import arrays",
        "pixels/workflow.py": 'import batchwork as bw\nbw.get_step("tomo.full")',
    }
    for name, code in {**house, file: text}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'"""A module."""\n{code}\n')
    return root


def test_a_house_that_keeps_the_rules_has_no_offences(tmp_path):
    assert offences(plant(tmp_path, "errors.py", "")) == []


@pytest.mark.parametrize(
    ("file", "text", "name"),
    [
        ("engine/a.py", "import batchwork.tomo.workflow", "batchwork.tomo.workflow"),
        ("engine/a.py", "def f():\n    from batchwork import pixels", "batchwork.pixels"),
        ("engine/a.py", "from ..tomo import files", "batchwork.tomo.files"),
        ("engine/a.py", 'import importlib\nimportlib.import_module("batchwork.tomo")', "batchwork.tomo"),
        ("engine/a.py", "from batchwork.service import calls", "batchwork.service.calls"),
        ("engine/a.py", "def f():\n    import batchwork.web.pages", "batchwork.web.pages"),
        ("engine/sub/__init__.py", "from ...tomo.kernels import fbp", "batchwork.tomo.kernels.fbp"),
        ("io/a.py", "from batchwork.engine.steps import step", "batchwork.engine.steps.step"),
        ("io/a.py", "if TYPE_CHECKING:\n    from batchwork.service import calls", "batchwork.service.calls"),
        ("io/a.py", "from batchwork.cli.main import main", "batchwork.cli.main.main"),
        ("io/__init__.py", "from .. import web", "batchwork.web"),
        ("io/a.py", "from batchwork.tomo import files", "batchwork.tomo.files"),
        ("io/a.py", "from batchwork import Batch", "batchwork.Batch"),
        ("tomo/kernels/a.py", "def f():\n    import h5py", "h5py"),
        ("tomo/kernels/a.py", "from tifffile import imread", "tifffile.imread"),
        ("tomo/kernels/a.py", "from batchwork.io.naming import series_of", "batchwork.io.naming.series_of"),
        ("tomo/kernels/__init__.py", "from batchwork.engine import steps", "batchwork.engine.steps"),
        ("tomo/kernels/deep/a.py", "import batchwork as bw", "batchwork"),
        ("pixels/kernels/a.py", "import batchwork.io", "batchwork.io"),
        ("tomo/files.py", "from batchwork.engine.steps import step", "batchwork.engine.steps.step"),
        ("tomo/files.py", "import batchwork as bw", "batchwork"),
        ("tomo/files.py", "from batchwork.service import calls", "batchwork.service.calls"),
        ("tomo/formats/workflow.py", "from batchwork.engine import steps", "batchwork.engine.steps"),
        ("pixels/workflow.py", "from batchwork.tomo.workflow import full", "batchwork.tomo.workflow.full"),
        ("pixels/kernels/a.py", "from batchwork.tomo.kernels import fbp", "batchwork.tomo.kernels.fbp"),
        ("service/a.py", "from batchwork.web import pages", "batchwork.web.pages"),
        ("service/a.py", "from batchwork.cli.main import main", "batchwork.cli.main.main"),
        ("web/a.py", "from batchwork.cli.main import main", "batchwork.cli.main.main"),
        ("engine/a.py", "from batchwork.cli.main import main", "batchwork.cli.main.main"),
        ("jobs.py", "from batchwork.cli.main import main", "batchwork.cli.main.main"),
        ("tomo/workflow.py", "from batchwork.cli.main import main", "batchwork.cli.main.main"),
        ("arrays/a.py", "from batchwork.engine import steps", "batchwork.engine.steps"),
        ("arrays/a.py", "from batchwork.io import naming", "batchwork.io.naming"),
    ],
)
def test_each_forbidden_arrow_is_seen(tmp_path, file, text, name):
    (found,) = offences(plant(tmp_path, file, text))
    assert found.startswith(f"{file.removesuffix('.py').removesuffix('/__init__')} imports {name}: ")


def test_a_module_without_a_word_and_one_too_long_are_seen(tmp_path):
    plant(tmp_path, "io/long.py", "x = 1\n" * MAX_LINES)
    (tmp_path / "io" / "mute.py").write_text("x = 1\n")
    assert too_long(tmp_path) == ["io/long"]
    assert untold(tmp_path) == ["io/mute"]
