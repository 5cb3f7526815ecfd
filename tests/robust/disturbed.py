"""Each pack on small data, and what can befall it: a full disk, a folder that is read-only, an input that goes, a kill.

A pack is a command that is run in a folder of its own and leaves its results in ``out``. What is done to it is done for
real: by mounts in a namespace of its own, and by a module that every Python below it imports first.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from PIL import Image
from tests.pixels.conftest import write_project
from tests.pixels.forests import blobs
from tests.screening.plates_made import make_plate

from batchwork.tomo.formats.simulate import Simulation, simulate_scans

PROGRAM = (sys.executable, "-c", "from batchwork.cli.main import main; main()")
OUT = "out"
SECONDS = 120
CANNOT_MOUNT = 77
_TACTILE = {
    "batch": {"output_dir": OUT, "format": "hdf5", "num_workers": 1},
    "pipeline": {"grid_size": 16, "duration_ms": 50.0},
    "neurons": {"sa_neurons": 40, "ra_neurons": 40},
    "stimuli": [{"type": "gaussian", "amplitude": [20, 40], "sigma": [0.5, 0.8], "repetitions": 15}],
}
_JOB = '''
from pathlib import Path

import numpy as np

from batchwork.io import open_file
from batchwork.jobs import BatchJobOnContainer


class Brighter(BatchJobOnContainer):
    """Add one to images."""

    def __init__(self):
        super().__init__(input_pattern="*.npy", output_ext=".h5", output_key="image")

    def run(self, input_files, output_files):
        for source, output in zip(input_files, output_files):
            with open_file(output, "a") as file:
                file.create_dataset("image", data=np.load(source) + 1, chunks=(64, 64))


flow = Brighter().as_workflow()
'''


@dataclass(frozen=True, slots=True)
class Pack:
    """One part of the program as a user runs it."""

    make: Callable[[Path], None]
    """Writes the inputs into a folder."""
    words: tuple[str, ...]
    """The command."""
    goes: str
    """An input that goes, as a pattern; the last that matches."""
    room: int
    """Bytes of a disk that is too small for the results, and large enough for the ledger."""
    kill_at: int
    """How large a file may become before its writer is killed, bytes."""
    out: str = OUT
    """Where the results go."""
    grows: str = ""
    """Files that hold what is done so far, as a regular expression."""
    varies: str = ""
    """Files whose bytes depend on the course of the run, as a regular expression."""
    reads_early: bool = False
    """Whether all that goes has been read when the plan stands."""


def _scans(folder: Path) -> None:
    simulate_scans(folder / "scans", Simulation(2, columns=64, angles=48, rows=8))


def _images(folder: Path) -> None:
    write_project(folder / "cells.ilp")
    for seed in range(3):
        Image.fromarray(blobs(160, 160, seed=seed)).save(folder / f"image_{seed}.png")


def _sweep(folder: Path) -> None:
    (folder / "sweep.yml").write_text(yaml.safe_dump(_TACTILE))


def _plate(folder: Path) -> None:
    make_plate(folder / "plate", wells=2, sites=1)


def _scans_and_project(folder: Path) -> None:
    _scans(folder)
    write_project(folder / "pores.ilp")
    batch = {
        "workflow": "batchwork.tomo_objects.workflow:flow",
        "items": "scans/*.h5",
        "out": OUT,
        "params": {"try": {"width": 2}, "predict": {"project": "pores.ilp"}, "objects": {"class_number": 1}},
        "run": {"workers": 1},
    }
    (folder / "batch.yml").write_text(yaml.safe_dump(batch))


def _job(folder: Path) -> None:
    import numpy as np

    (folder / "job.py").write_text(_JOB)
    for number in range(3):
        np.save(folder / f"image_{number}.npy", np.random.default_rng(number).integers(0, 99, (256, 256)))
    batch = {"workflow": "job.py:flow", "items": "image_*.npy", "out": OUT, "run": {"workers": 1}}
    (folder / "batch.yml").write_text(yaml.safe_dump(batch))


_TOMO = ("tomo", "full", "scans", "--cor", "31.5", "--workers", "1")
_PIXELS = ("pixels", "predict", "--project", "cells.ilp", "image_0.png", "image_1.png", "image_2.png")
_SCREENING = ("screening", "run", "cell_analysis", "--input", "plate", "--folder", OUT, "--control-cells", "10")
PACKS: Mapping[str, Pack] = {
    "tomo": Pack(_scans, _TOMO, "scans/*.h5", 330_000, 10_000, out="scans_rec"),
    "pixels": Pack(_images, (*_PIXELS, "--output_filename_format", f"{OUT}/{{nickname}}"), "*.png", 500_000, 50_000),
    "tactile": Pack(
        _sweep,
        ("tactile", "batch", "sweep.yml"),
        "sweep.yml",
        300_000,
        20_000,
        grows=r"checkpoint\.pt|stimuli\.csv|events/.*",
        varies=r"checkpoint\.pt|events/.*",
        reads_early=True,
    ),
    "screening": Pack(
        _plate,
        (*_SCREENING, "--twin-sites", "0", "--workers", "1"),
        "plate/*.tiff",
        500_000,
        50_000,
        grows=r"cell_analysis/.*",
    ),
    "tomo-objects": Pack(_scans_and_project, ("run", "batch.yml"), "scans/*.h5", 500_000, 50_000),
    "jobs": Pack(_job, ("run", "batch.yml"), "image_*.npy", 700_000, 50_000),
}

_KILL = """
import os
import resource
import signal
import sys

if "batchwork.engine.runner" in sys.orig_argv:
    try:
        os.close(os.open(os.environ["DISTURBED_ONCE"], os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        pass
    else:
        signal.signal(signal.SIGXFSZ, lambda number, frame: os.kill(os.getpid(), signal.SIGKILL))
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(os.environ["DISTURBED_AT"]), resource.RLIM_INFINITY))
"""
_VANISH = """
import os
import sys

if "DISTURBED_GOES" in os.environ and "batchwork.engine.runner" not in sys.orig_argv:
    from batchwork.engine.planner import Planner

    make = Planner.make

    def make_and_remove(self):
        plan = make(self)
        if os.path.exists(os.environ["DISTURBED_GOES"]):
            os.rename(os.environ["DISTURBED_GOES"], "gone")
        return plan

    Planner.make = make_and_remove
"""
_FULL = """
mkdir -p $OUT
mount -t tmpfs -o size=$ROOM tmpfs $OUT || exit 77
"$@"
code=$?
cp -a $OUT between
mount -o remount,size=100m $OUT
"$@" > second.txt 2>&1 || cat second.txt
cp -a $OUT kept
exit $code
"""
_READ_ONLY = """
mkdir -p $OUT
mount --bind $OUT $OUT && mount -o remount,ro,bind $OUT || exit 77
exec "$@"
"""


_SMALL = """
mkdir small
mount -t tmpfs -o size=$ROOM tmpfs small || exit 77
"$@"
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a disturbed run ended, and what was there then."""

    code: int
    text: str
    there: Mapping[str, bytes]


def contents(folder: Path) -> dict[str, bytes]:
    """Read all that a user sees of the results."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    names = {path.relative_to(folder): path for path in files}
    return {str(name): path.read_bytes() for name, path in names.items() if not name.parts[0].startswith(".batchwork")}


def on_a_small_disk(folder: Path, room: int, *words: str) -> Ended:
    """Run a command whose result goes to the folder ``small``, on a disk of its own."""
    command = ("unshare", "-m", "sh", "-c", _SMALL, "sh", *PROGRAM, *words)
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"ROOM": str(room)},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    return Ended(done.returncode, done.stdout + done.stderr, {})


class Place:
    """A folder with the inputs of a pack, in which it runs again and again."""

    def __init__(self, pack: Pack, folder: Path) -> None:
        self.pack, self.folder, self.out = pack, folder, folder / pack.out
        pack.make(folder)
        self.again()
        self.undisturbed = contents(self.out)

    def clear(self) -> None:
        """Forget all results."""
        for name in (self.pack.out, "between", "kept", "once", "early"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).unlink(missing_ok=True)

    def again(self) -> None:
        """Run as a user does, to the end."""
        code, text = self._call(PROGRAM)
        assert code == 0, text

    def killed(self) -> Ended:
        """Run, with the first child killed as soon as a file of its reaches a size."""
        return self._early(_KILL, DISTURBED_AT=self.pack.kill_at, DISTURBED_ONCE=self.folder / "once")

    def without_an_input(self) -> tuple[Path, Ended]:
        """Run, with an input removed as soon as the plan stands, and put back at the end."""
        path = max(self.folder.glob(self.pack.goes))
        ended = self._early(_VANISH, DISTURBED_GOES=path.relative_to(self.folder))
        (self.folder / "gone").rename(path)
        return path, ended

    def on_a_full_disk(self) -> Ended:
        """Run on a disk that is too small, then again with more room."""
        code, text = self._mounted(_FULL)
        self.out.rmdir()
        (self.folder / "kept").rename(self.out)
        return Ended(code, text, contents(self.folder / "between"))

    def read_only(self) -> Ended:
        """Run where nothing can be written."""
        code, text = self._mounted(_READ_ONLY)
        return Ended(code, text, contents(self.out))

    def _mounted(self, script: str) -> tuple[int, str]:
        words = ("unshare", "-m", "sh", "-c", script, "sh", *PROGRAM)
        return self._call(words, OUT=self.pack.out, ROOM=self.pack.room)

    def _early(self, module: str, **variables: object) -> Ended:
        early = self.folder / "early"
        early.mkdir()
        (early / "sitecustomize.py").write_text(module)
        path = os.pathsep.join(filter(None, (str(early), os.environ.get("PYTHONPATH"))))
        code, text = self._call(PROGRAM, PYTHONPATH=path, **variables)
        return Ended(code, text, contents(self.out))

    def _call(self, program: tuple[str, ...], **variables: object) -> tuple[int, str]:
        environment = os.environ | {name: str(value) for name, value in variables.items()}
        done = subprocess.run(
            [*program, *self.pack.words],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        return done.returncode, done.stdout + done.stderr
