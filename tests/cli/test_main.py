"""The root command: errors become one line and an exit code."""

import subprocess
import sys

HIDE = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"h5py", "numba", "made_up"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])
sys.meta_path.insert(0, Hidden())
from batchwork.cli.main import main
main()
"""


def call(*words, code=HIDE):
    return subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=False)


def test_a_missing_extra_is_named_with_how_to_get_it(tmp_path):
    done = call("tomo", "simulate", tmp_path / "scans", "--count", "1")
    assert done.returncode == 2
    assert done.stderr == "batchwork: 'h5py' is missing: pip install 'batchwork[tomo]'\n"


def test_what_no_extra_installs_is_told_with_its_place():
    code = HIDE.replace("main()\n", "") + "import click\nfrom batchwork.cli.main import root\n"
    code += "@root.command('broken')\ndef broken():\n    import made_up\n"
    code += "root.get_command = lambda ctx, name: broken\nmain()\n"
    done = call("broken", code=code)
    assert done.returncode == 1
    assert "No module named 'made_up'" in done.stderr
    assert "Traceback" in done.stderr


def test_wrong_usage_ends_with_2():
    for words in (("nonsense",), ("run",), ("run", "nowhere.yml"), ("set", ".", "x", "a=1")):
        done = call(*words, code="from batchwork.cli.main import main; main()")
        assert done.returncode == 2, words
        assert "Traceback" not in done.stderr
