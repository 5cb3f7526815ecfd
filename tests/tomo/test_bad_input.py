"""Bad scans, names and words through the commands: each is told in words of its own, or handled."""

import itertools
import os
import shutil

import h5py
import numpy as np
import pytest
import tifffile

from batchwork.engine.ledger.ledger import create_home
from batchwork.io.naming import natural_key
from batchwork.tomo.formats.simulate import Simulation, simulate_scans

COR = 15.5
DATA, WHITE, DARK, THETA = "data", "data_white", "data_dark", "theta"
ALL = (DATA, WHITE, DARK)


def each(names, change):
    return dict.fromkeys(names, change)


def with_values(value, *where, dtype=None):
    """Replace some counts."""

    def change(counts):
        changed = counts.astype(dtype or counts.dtype)
        changed[where] = value
        return changed

    return change


def noise(level):
    return lambda counts: np.random.default_rng(0).poisson(level, counts.shape).astype(counts.dtype)


SPOILED = {
    "MissingTheta": {"no angles": {THETA: None}},
    "ThetaMismatch": {"too few angles": {THETA: lambda theta: theta[:20]}},
    "AbortedScan": {"more angles than frames": {THETA: lambda theta: np.append(theta, [181, 182])}},
    "ThetaInRadians": {"radians": {THETA: np.deg2rad}},
    "ThetaNotFinite": {"an angle is NaN": {THETA: with_values(np.nan, 3)}},
    "ThetaShape": {"angles in a column": {THETA: lambda theta: theta[:, None]}},
    "WrongType": {
        "angles as text": {THETA: lambda theta: theta.astype("S8")},
        "complex": {DATA: lambda counts: counts + 0j},
    },
    "DuplicateAngles": {"all angles are zero": {THETA: lambda theta: 0 * theta}},
    "ThetaNotMonotone": {"angles back and forth": {THETA: lambda theta: theta + 12 * (np.arange(theta.size) % 3)}},
    "NoFlats": {"no flats": {WHITE: None}, "zero flats": {WHITE: lambda counts: counts[:0]}},
    "NoDarks": {"no darks": {DARK: None}, "zero darks": {DARK: lambda counts: counts[:0]}},
    "UnwrittenFrames": {
        "flats are zero": {WHITE: lambda counts: 0 * counts},
        "nothing was written": {DATA: lambda counts: 0 * counts},
        "the end was not written": {DATA: with_values(0, np.s_[30:])},
    },
    "FlatNotAboveDark": {"flats and darks are swapped": {WHITE: noise(100), DARK: noise(20_000)}},
    "DarkFrames": {"all dark": {DATA: noise(100)}},
    "SaturatedFrames": {"all saturated": {DATA: with_values(65535, ...)}},
    "NotANumberData": {
        "all NaN": {DATA: with_values(np.nan, ..., dtype=np.float32)},
        "a flat has a NaN": {WHITE: with_values(np.nan, 0, 0, 3, dtype=np.float32)},
        "infinite": {DATA: with_values(np.inf, 0, dtype=np.float32)},
    },
    "TooFewColumns": {"1 column": each(ALL, lambda counts: counts[..., :1])},
    "TooFewAngles": {"1 angle": each((DATA, THETA), lambda values: values[:1])},
    "WrongShape": {
        "a single flat of two axes": {WHITE: lambda counts: counts[0]},
        "projections of two axes": {DATA: lambda counts: counts[:, 0]},
        "flats of another size": {WHITE: lambda counts: counts[..., 1:]},
        "no rows": each(ALL, lambda counts: counts[:, :0]),
    },
}
"""Class of failure → name of the file → what is changed in a sound scan; None leaves a part out."""

HANDLED = {
    "odd width": each(ALL, lambda counts: counts[..., :31]),
    "2 columns": each(ALL, lambda counts: counts[..., 15:17]),
    "1 row": each(ALL, lambda counts: counts[:, :1]),
    "2 angles": each((DATA, THETA), lambda values: values[::18]),
    "1 flat and 1 dark": each((WHITE, DARK), lambda counts: counts[:1]),
    "a dead column": each(ALL, with_values(100, ..., 22)),
    "a column of zeros": each(ALL, with_values(0, ..., 22)),
    "a saturated column": each((DATA, WHITE), with_values(65535, ..., 22)),
    "a NaN between the frames that are looked at": {DATA: with_values(np.nan, 1, 1, 20, dtype=np.float32)},
    "a frame of NaN between them": {DATA: with_values(np.nan, 1, dtype=np.float32)},
    "float64": each(ALL, np.float64),
    "int64": each(ALL, np.int64),
    "big endian": each(ALL, lambda counts: counts.astype(">u2")),
    "backwards": {THETA: lambda theta: -theta},
    "ein Scan mit Leerzeichen é 断層 🦷": {},
    "it's $HOME; `id` & [x] {stem} %s #": {},
    "two\nlines": {},
}
"""Name of the file → what is changed; these are reconstructed."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A sound scan."""
    folder = tmp_path_factory.mktemp("sound")
    (name,) = simulate_scans(folder, Simulation(1, columns=32, angles=36, rows=2, seed=5))
    return folder / name


def spoil(sound, path, changes):
    """Copy a scan with changes."""
    shutil.copy(sound, path)
    with h5py.File(path, "r+") as file:
        for name, change in changes.items():
            values = file[f"exchange/{name}"][()]
            del file[f"exchange/{name}"]
            if change is not None:
                file[f"exchange/{name}"] = change(values)


@pytest.fixture(scope="module")
def spoiled(sound, tmp_path_factory):
    """A folder of bad scans, and the class of failure of each file."""
    folder, expected = tmp_path_factory.mktemp("in") / "bad scans ü", {}
    folder.mkdir()
    for defect, files in SPOILED.items():
        for name, changes in files.items():
            spoil(sound, folder / f"{name}.h5", changes)
            expected[f"{name}.h5"] = defect
    return folder, expected | add_files(folder, sound.read_bytes())


def add_files(folder, content):
    """Add what is no scan, or no whole one."""
    (folder / "cut off.h5").write_bytes(content[: len(content) // 2])
    (folder / "empty.h5").write_bytes(b"")
    (folder / "text.h5").write_text("theta = 0\n")
    (folder / "damaged.h5").write_bytes(content[:600] + bytes(len(content) - 600))
    (folder / "a folder.h5").mkdir()
    os.mkfifo(folder / "pipe.nxs")
    with h5py.File(folder / "no tomography.hdf5", "w") as file:
        file["entry/data"] = np.zeros((3, 4))
    with h5py.File(folder / "broken link.h5", "w") as file:
        file["exchange/data"] = h5py.ExternalLink("gone.h5", "/data")
    return {
        "cut off.h5": "TruncatedFile",
        "empty.h5": "TruncatedFile",
        "text.h5": "NotHdf5File",
        "damaged.h5": "DamagedFile",
        "a folder.h5": "UnreadableFile",
        "pipe.nxs": "UnreadableFile",
        "no tomography.hdf5": "NotATomographyFile",
        "broken link.h5": "BrokenExternalLink",
    }


def test_check_names_what_is_wrong_with_each_scan(spoiled, batchwork):
    folder, expected = spoiled
    lines = batchwork("tomo", "check", folder, code=1).out.splitlines()
    assert lines[-1] == f"{len(expected)} checked, {len(expected)} not sound"
    first = {}
    for line, after in itertools.pairwise(lines):
        if line.endswith(": not sound"):
            first[line.removesuffix(": not sound")] = after.split(": ")[1]
    assert first == expected


def test_each_bad_scan_fails_alone_with_its_own_class(spoiled, sound, batchwork):
    folder, expected = spoiled
    shutil.copy(sound, folder / "sound.h5")
    try:
        done = batchwork("tomo", "run", folder, "--phases", "try,full", "--cor", COR, "--width", 2, code=1)
        items = batchwork("tomo", "cors", folder, "--json").items
    finally:
        (folder / "sound.h5").unlink()
    assert items.pop("sound.h5")["status"] == "done"
    assert {key: item["error"]["class"] for key, item in items.items()} == expected
    for key, item in items.items():
        told = item["error"]["message"]
        assert str(folder / key) in told, "the file is named"
        assert "; " in told, "what to do is told"
        assert f"{key}  try  {item['error']['class']}: {told}" in done.out
    assert [path.name for path in folder.with_name("bad scans ü_rec").glob("*_rec")] == ["sound_rec"]


def test_each_phase_alone_names_a_bad_scan(spoiled, batchwork, tmp_path):
    folder = tmp_path / "scans"
    folder.mkdir()
    shutil.copy(spoiled[0] / "radians.h5", folder)
    scan = folder / "radians.h5"
    for words in (["try", scan], ["infer", scan], ["full", scan, "--cor", COR], ["run", folder]):
        assert "ThetaInRadians" in batchwork("tomo", *words, code=1).out


@pytest.fixture(scope="module")
def handled(sound, tmp_path_factory):
    """A folder of odd scans that can be reconstructed, and a plain one."""
    folder = tmp_path_factory.mktemp("in") / "odd"
    folder.mkdir()
    for name, changes in {**HANDLED, "plain": {}}.items():
        spoil(sound, folder / f"{name}.h5", changes)
    return folder


def volumes(folder):
    """Name of the scan → its volume."""
    found = {}
    for name in [*HANDLED, "plain"]:
        paths = sorted((folder.with_name("odd_rec") / f"{name}_rec").glob("*.tiff"), key=lambda p: natural_key(p.name))
        found[name] = np.stack([tifffile.imread(path) for path in paths])
    return found


def inside(volume, radius=14):
    """Give the values that are seen from all angles."""
    y, x = np.indices(volume.shape[1:]) - (volume.shape[1] - 1) / 2
    return volume[:, np.hypot(x, y) < radius]


def alike(one, other):
    """Correlation of two volumes."""
    return np.corrcoef(inside(one).ravel(), inside(other).ravel())[0, 1]


def half_a_pixel_on(volume):
    """Give the values between four pixels."""
    return (volume[:, 1:, 1:] + volume[:, :-1, :-1] + volume[:, 1:, :-1] + volume[:, :-1, 1:]) / 4


def test_odd_scans_are_reconstructed(handled, batchwork):
    batchwork("tomo", "set", handled, "2 columns.h5=0.5")
    for words in (("full", handled, "--cor", COR), ("publish", handled)):
        assert f"items: {len(HANDLED) + 1} done" in batchwork("tomo", *words).out
    found = volumes(handled)
    plain = found.pop("plain")
    assert all(np.isfinite(volume).all() for volume in found.values())
    assert found["2 columns"].shape == (2, 2, 2)
    for name in ("float64", "int64", "big endian", *list(HANDLED)[-3:]):
        np.testing.assert_allclose(found[name], plain, atol=1e-6, err_msg=name)
    np.testing.assert_array_equal(found["1 row"], plain[:1])
    np.testing.assert_allclose(found["backwards"], plain[:, ::-1], atol=1e-4)
    assert alike(found["odd width"], half_a_pixel_on(plain)) > 0.97
    for name in HANDLED:
        if name.startswith(("a ", "1 flat")):
            assert alike(found[name], plain) > 0.6, name


@pytest.mark.parametrize(
    "options",
    [("--stripe", "vo", "--phase", "paganin"),
     ("--stripe", "fourier-wavelet", "--zinger-threshold", 500, "--rotation-deg", 0.5),
     ("--stripe", "titarenko", "--binning", 1)],
)  # fmt: skip
def test_what_is_no_number_does_not_spread(handled, batchwork, options):
    chosen = [name for name in HANDLED if "NaN" in name or "dead" in name]
    items = [word for name in (*chosen, "plain") for word in ("--items", f"{name}.h5")]
    batchwork("tomo", "full", handled, "--cor", COR, *options, *items)
    found = volumes(handled)
    for name in chosen:
        assert np.isfinite(found[name]).all(), name
        assert alike(found[name], found["plain"]) > 0.5, name


def test_a_dead_column_leaves_no_ring_where_stripes_are_removed(tmp_path, batchwork):
    folder = tmp_path / "scans"
    ((name, cor),) = simulate_scans(folder, Simulation(1, columns=128, angles=181, rows=1, seed=3)).items()
    spoil(folder / name, folder / "dead.h5", each(ALL, with_values(100, ..., 80)))
    wrong = []
    for stripe in ("none", "vo"):
        batchwork("tomo", "full", folder, "--cor", cor, "--stripe", stripe)
        plain, dead = (inside(tifffile.imread(tmp_path / "scans_rec" / f"{stem}_rec" / "recon_00000.tiff")[None], 55)
                       for stem in ("scan_001", "dead"))  # fmt: skip
        wrong.append(np.sqrt(np.mean((dead - plain) ** 2)))
    assert wrong[1] < 0.5 * wrong[0]


def test_too_little_to_infer_from_is_told(sound, tmp_path, batchwork):
    folder = tmp_path / "scans"
    folder.mkdir()
    spoil(sound, folder / "angles.h5", {name: lambda values: values[::9] for name in (DATA, THETA)})
    spoil(sound, folder / "columns.h5", {name: lambda counts: counts[..., 12:20] for name in ALL})
    done = batchwork("tomo", "run", folder, "--width", 2, code=1)
    assert "angles.h5  infer  NotApplicable: 4 angles and 32 columns are too few" in done.out
    assert "columns.h5  infer  NotApplicable: 36 angles and 8 columns are too few" in done.out


def test_parts_that_are_missing_are_taken_from_other_files(sound, tmp_path, batchwork):
    folder = tmp_path / "scans"
    folder.mkdir()
    spoil(sound, folder / "bare.h5", {WHITE: None, DARK: None, THETA: None})
    shutil.copy(sound, folder / "plain.h5")
    with h5py.File(sound) as file:
        (tmp_path / "theta ü.txt").write_text("".join(f"{angle}\n" for angle in file["exchange/theta"]))
    beside = ("--flats", sound, "--darks", sound, "--theta", tmp_path / "theta ü.txt")
    words = ("tomo", "run", folder, "--phases", "try,full,publish", "--cor", COR, "--width", 1, *beside)
    assert "items: 2 done" in batchwork(*words).out
    results = tmp_path / "scans_rec"
    bare, plain = (tifffile.imread(results / f"{name}_rec" / "recon_00000.tiff") for name in ("bare", "plain"))
    np.testing.assert_allclose(bare, plain, atol=1e-6)
    (tmp_path / "wrong.txt").write_text("0\n1.5\nnorth\n")
    told = batchwork(*words, "--theta", tmp_path / "wrong.txt", "--items", "bare.h5", code=1).out
    assert "WrongType" in told
    assert "line 3 is 'north'" in told


@pytest.mark.parametrize("command", ["try", "infer", "full", "run", "watch", "check"])
def test_a_path_that_is_not_there_is_told(tmp_path, batchwork, command):
    gone = tmp_path / "gone ü" / "scan.h5"
    done = batchwork("tomo", command, gone, code=1 if command == "check" else 2)
    assert str(gone) in done.err + done.out or "scan.h5: not sound\n    error: MissingFile" in done.out


@pytest.mark.parametrize("command", ["try", "infer", "full", "run", "check", "publish"])
def test_a_folder_without_scans_is_told(tmp_path, batchwork, command):
    (tmp_path / "notes.txt").write_text("no scan")
    done = batchwork("tomo", command, tmp_path, code=2)
    assert f"{tmp_path}: no scans in it; they end in .h5, .hdf, .hdf5, .nxs" in done.err
    assert not tmp_path.with_name(f"{tmp_path.name}_rec").exists()


def test_what_may_not_be_read_is_told(sound, tmp_path, batchwork):
    folder = tmp_path / "scans"
    folder.mkdir()
    scan = shutil.copy(sound, folder / "closed.h5")
    scan.chmod(0)
    if os.access(scan, os.R_OK):
        pytest.skip("this user may read everything")
    for words in (("check", folder), ("full", folder, "--cor", COR)):
        assert "UnreadableFile" in batchwork("tomo", *words, code=1).out
    folder.chmod(0)
    try:
        assert "UnreadableFile" in batchwork("tomo", "check", scan, code=1).out
        assert "may not be looked into" in batchwork("tomo", "full", scan, code=2).err
        assert "is not readable" in batchwork("tomo", "full", folder, code=2).err
    finally:
        folder.chmod(0o755)


def test_a_run_that_ended_before_it_began_is_begun_again(sound, tmp_path, batchwork):
    folder = tmp_path / "scans"
    folder.mkdir()
    shutil.copy(sound, folder / "sound.h5")
    create_home(tmp_path / "scans_rec", "tomo")
    assert "items: 1 done" in batchwork("tomo", "full", folder, "--cor", COR).out


@pytest.mark.parametrize(
    ("words", "told", "code"),
    [(["full", "--cor", "nan"], "NoCentre: sound.h5 has no centre of rotation (nan: not on its 32 columns)", 1),
     (["full", "--cor", "-3"], "(-3: not on its 32 columns)", 1),
     (["full", "--cor", "middle"], "'middle' is not a valid float", 2),
     (["full", "--cor", COR, "--rows", "5:9"], "rows 5:9: nothing of the detector's 2 rows is in it", 1),
     (["full", "--cor", COR, "--rows", "all"], "rows", 2),
     (["full", "--cor", COR, "--columns", "3"], "columns", 2),
     (["full", "--cor", COR, "--binning", "2"], "of a detector with 2 rows and 32 columns", 1),
     (["full", "--cor", COR, "--binning", "4"], "'--binning'", 2),
     (["full", "--cor", COR, "--blocked", "0:200"], "fewer than two angles are left", 1),
     (["full", "--cor", COR, "--blocked", "a:b"], "blocked", 2),
     (["full", "--cor", COR, "--min", "2", "--max", "1", "--dtype", "uint8"], "not 2 to 1", 1),
     (["full", "--cor", COR, "--flats", "gone.h5"], "'gone.h5' does not exist", 2),
     (["full", "--cor", COR, "-p", "full.colour=red"], "no parameter 'colour'", 2),
     (["try", "--step", "0"], "'--step'", 2),
     (["try", "--row", "2"], "'--row'", 2),
     (["infer", "--scorer", "guess"], "no scorer of centres is named 'guess'", 1)],
)  # fmt: skip
def test_words_that_make_no_sense_are_told(sound, tmp_path, batchwork, words, told, code):
    folder = tmp_path / "scans"
    folder.mkdir()
    shutil.copy(sound, folder / "sound.h5")
    done = batchwork("tomo", words[0], folder, *words[1:], code=code)
    assert told in done.out + done.err
