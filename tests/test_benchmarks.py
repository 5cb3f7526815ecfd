"""The benchmarks' table: what is said of a figure, and of a benchmark that fails."""

import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture(scope="module")
def figure():
    spec = spec_from_file_location("figures", FOLDER / "figures.py")
    module = sys.modules["figures"] = module_from_spec(spec)  # dataclasses look for their module
    spec.loader.exec_module(module)
    yield module.Figure
    del sys.modules["figures"]


@pytest.mark.parametrize(
    ("told", "row"),
    [
        ({"ours": 0.5, "peer": "A", "theirs": 20.0, "most": 1.0, "times": 30},
         "| w | 0.5 s | A: 20 s | 40 | ≤ 1 s, ≥ 30 times | yes |"),
        ({"ours": 0.5, "peer": "A", "theirs": 5.0, "most": 1.0, "times": 30},
         "| w | 0.5 s | A: 5 s | 10 | ≤ 1 s, ≥ 30 times | **no** |"),
        ({"ours": 0.5, "peer": "A", "times": 30}, "| w | 0.5 s | A: not installed |  | ≥ 30 times |  |"),
        ({"ours": 12345.6, "unit": "a second", "least": 10_000},
         "| w | 12,346 a second |  |  | ≥ 10,000 a second | yes |"),
        ({"ours": 2.0, "most": 1.0}, "| w | 2 s |  |  | ≤ 1 s | **no** |"),
        ({"note": "failed: it does not run"}, "| w | failed: it does not run |  |  |  |  |"),
    ],
)  # fmt: skip
def test_a_row(figure, told, row):
    assert figure("w", **told).row() == row


def table(*words, folder=FOLDER):
    command = [sys.executable, str(folder / "all.py"), "--quick", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_benchmark_in_small():
    text = table("--only", "tomo_fbp")
    assert text.splitlines()[0].endswith("small sizes")
    assert "| tomo: one slice, 128 columns × 90 angles |" in text


def test_a_benchmark_that_fails_is_a_row(tmp_path):
    for name in ("all.py", "figures.py"):
        (tmp_path / name).write_text((FOLDER / name).read_text(encoding="utf-8"), encoding="utf-8")
    broken = (
        "from figures import Figure\ndef figures(*, quick):\n    yield Figure('one', 1.0)\n    raise OSError('gone')\n"
    )
    (tmp_path / "tomo_fbp.py").write_text(broken)
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n")
    text = table("--only", "tomo_fbp", "--readme", str(page), folder=tmp_path)
    rows = ["| one | 1 s |  |  |  |  |", "| `benchmarks/tomo_fbp.py` | failed: OSError: gone |  |  |  |  |"]
    for row in rows:
        assert row in text
    assert "\n".join(rows) in page.read_text()
    assert page.read_text().startswith("before\n")
    assert page.read_text().endswith("after\n")
    assert "old" not in page.read_text()


def test_every_benchmark_of_the_table_has_figures():
    text = (FOLDER / "all.py").read_text(encoding="utf-8")
    names = text.partition("BENCHMARKS = (")[2].partition(")")[0].replace('"', "").replace(",", "").split()
    assert len(names) > 10
    for name in names:
        assert "\ndef figures(*, quick: bool = False)" in (FOLDER / f"{name}.py").read_text(encoding="utf-8"), name
