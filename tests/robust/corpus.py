"""Make malformed inputs of every format: ``python -m tests.robust.corpus DIR [SEED]`` writes them and counts them.

Each is ``DIR/READER/NUMBER_FAULT/NAME``; the same seed gives the same inputs.
"""

import json
import shutil
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from tests.robust.sound import FILES, texts

Make = Callable[[Path], None]
ODD_NAMES = (
    "ä ö – 水",
    "a b\tc",
    "-rf",
    "{stem}{parent}",
    "%s%n",
    "x" * 180,
    "line\nbreak",
    "..hidden",
    "'; rm",
    "*?[a]",
)
DEEP = 100_000


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound input as bytes, or as a folder of them."""

    reader: str
    name: str
    path: Path

    @property
    def files(self) -> list[Path]:
        """The files that it consists of."""
        return [self.path] if self.path.is_file() else sorted(p for p in self.path.rglob("*") if p.is_file())


def sound_inputs(folder: Path) -> list[Sound]:
    """Write the sound inputs."""
    found = []
    for reader, told in FILES.items():
        for name, write in told:
            path = folder / reader / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path)
            found.append(Sound(reader, name, path))
    for reader, (name, text) in texts().items():
        path = folder / reader / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
        found.append(Sound(reader, name, path))
    return found


def make_corpus(folder: Path, seed: int = 0) -> list[Path]:
    """Write all malformed inputs, and give their paths in order."""
    rng = np.random.default_rng(seed)
    with_numbers: list[Path] = []

    def place(reader: str, fault: str, name: str) -> Path:
        path = folder / reader / f"{len(with_numbers):04d}_{fault}" / name
        path.parent.mkdir(parents=True)
        with_numbers.append(path)
        return path

    for one in sound_inputs(folder / "sound"):
        for fault, spoil in _bytewise(rng):
            path = place(one.reader, fault, one.name)
            _copied(one.path, path)
            _spoil(path, rng, spoil)
        odd = ODD_NAMES[len(with_numbers) % len(ODD_NAMES)]
        _copied(one.path, place(one.reader, "odd_name", odd + Path(one.name).suffix))
        place(one.reader, "folder", one.name).mkdir()
        for fault, write in _by_format(one):
            path = place(one.reader, fault, one.name)
            _copied(one.path, path)
            write(path)
    return with_numbers


def _copied(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def _spoil(path: Path, rng: np.random.Generator, spoil: Callable[[bytes], bytes]) -> None:
    """Spoil a file, or one file of a folder."""
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    chosen = files[int(rng.integers(len(files)))]
    chosen.write_bytes(spoil(chosen.read_bytes()))


def _bytewise(rng: np.random.Generator) -> Iterator[tuple[str, Callable[[bytes], bytes]]]:
    """Give faults that any file can have."""
    for _ in range(3):
        yield "cut", lambda data: data[: int(rng.integers(len(data) + 1))]
    for count in (1, 8, 64):
        yield f"flipped_{count}", lambda data, count=count: _flipped(data, rng, count)
    yield "flipped_head", lambda data: _flipped(data[:96], rng, 6) + data[96:]
    yield "zeroed", lambda data: _zeroed(data, rng)
    yield "empty", lambda _: b""
    yield "noise", lambda data: rng.bytes(max(len(data), 64))
    yield "longer", lambda data: data + rng.bytes(200)
    yield "other_kind", lambda _: b"PK\x03\x04 this is quite another kind of file \xff\xfe\x00"


def _flipped(data: bytes, rng: np.random.Generator, count: int) -> bytes:
    changed = bytearray(data)
    for at in rng.integers(max(len(changed), 1), size=count if changed else 0):
        changed[at] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _zeroed(data: bytes, rng: np.random.Generator) -> bytes:
    at = int(rng.integers(max(len(data), 1)))
    return data[:at] + bytes(min(64, len(data) - at)) + data[at + 64 :]


def _by_format(one: Sound) -> Iterator[tuple[str, Make]]:
    """Give faults of a format."""
    suffix = one.path.suffix
    if suffix in {".h5", ".nxs", ".ilp"}:
        yield from _of_hdf5(one)
    elif suffix in {".n5", ".zarr"}:
        yield from _of_json_arrays()
    elif suffix in {".tif", ".tiff"}:
        yield from _of_tiff()
    elif suffix == ".npy":
        yield from _of_npy()
    elif suffix == ".png":
        yield "huge_shape", lambda path: path.write_bytes(_png(65_000, 65_000))
        yield "no_shape", lambda path: path.write_bytes(_png(0, 0))
    elif suffix in {".yml", ".json", ".csv", ".conf", ".txt"}:
        yield from _of_text(suffix)


def _datasets(path: Path) -> list[str]:
    found: list[str] = []
    with h5py.File(path, "r") as file:
        file.visititems(lambda name, node: found.append(name) if isinstance(node, h5py.Dataset) else None)
    return sorted(found, key=lambda name: ("data" not in name, name))


def _of_hdf5(one: Sound) -> Iterator[tuple[str, Make]]:
    shape = (1 << 20, 1 << 20, 1 << 20)
    kinds: dict[str, Callable[[h5py.File, str], object]] = {
        "huge_shape": lambda file, name: file.create_dataset(name, shape, "u2", chunks=(1, 64, 64)),
        "huge_vector": lambda file, name: file.create_dataset(name, (1 << 40,), "f8", chunks=(1024,)),
        "text_for_numbers": lambda file, name: file.create_dataset(name, data=["a", "bc"]),
        "a_group_for_numbers": lambda file, name: file.create_group(name),
        "one_number": lambda file, name: file.create_dataset(name, data=7),
        "nothing": lambda file, name: file.create_dataset(name, (0, 4, 5), "u2"),
        "no_value": lambda file, name: file.create_dataset(name, data=h5py.Empty("f4")),
        "six_axes": lambda file, name: file.create_dataset(name, data=np.zeros((1, 2, 1, 2, 3, 2))),
        "complex": lambda file, name: file.create_dataset(name, data=np.zeros((3, 4, 5), complex)),
        "compound": lambda file, name: file.create_dataset(name, data=np.zeros(4, [("a", "i4"), ("b", "S3")])),
        "not_finite": lambda file, name: file.create_dataset(name, data=np.full((60, 4, 32), np.nan)),
        "circle": lambda file, name: file.__setitem__(name, h5py.SoftLink(f"/{name}")),
        "dangling": lambda file, name: file.__setitem__(name, h5py.ExternalLink("not_there.h5", "/x")),
    }
    names = _datasets(one.path)
    for place, (fault, write) in enumerate(kinds.items()):
        for name in dict.fromkeys((names[0], names[place % len(names)])):
            yield fault, lambda path, write=write, name=name: _replace(path, name, write)
    yield "deep", _deep_hdf5
    yield "bare", lambda path: h5py.File(path, "w").close()


def _replace(path: Path, name: str, write: Callable[[h5py.File, str], object]) -> None:
    with h5py.File(path, "a") as file:
        del file[name]
        write(file, name)


def _deep_hdf5(path: Path) -> None:
    with h5py.File(path, "a") as file:
        node = file
        for _ in range(500):
            node = node.create_group("g")
        node["again"] = h5py.SoftLink("/g")


def _of_json_arrays() -> Iterator[tuple[str, Make]]:
    for fault, change in (
        ("huge_shape", {"shape": [1 << 40, 1 << 40], "dimensions": [1 << 40, 1 << 40]}),
        ("huge_chunks", {"chunks": [1 << 40, 1 << 40], "blockSize": [1 << 30, 1 << 30],
                         "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1 << 40, 1 << 40]}}}),
        ("below_0", {"shape": [-4, 5], "dimensions": [-4, 5]}),
        ("text_for_numbers", {"shape": "forty", "dimensions": "forty", "chunks": "x"}),
        ("other_type", {"dtype": "|O", "data_type": "object", "dataType": "string"}),
        ("other_codec", {"compressor": {"id": "no"}, "compression": {"type": "no"}, "codecs": [{"name": "no"}]}),
        ("wrong_types", {"shape": {"a": None}, "dimensions": {"a": None}, "zarr_format": "x", "n5": 5}),
    ):  # fmt: skip
        yield fault, lambda path, change=change: _edit_json(path, change)
    yield "deep", lambda path: _all_json(path, "[" * DEEP)
    yield "no_mapping", lambda path: _all_json(path, "[1, 2]")
    yield "null", lambda path: _all_json(path, "null")


def _json_files(path: Path) -> list[Path]:
    return [p for p in sorted(path.rglob("*")) if p.is_file() and p.name in
            {"attributes.json", "zarr.json", ".zarray", ".zgroup", ".zattrs"}]  # fmt: skip


def _edit_json(path: Path, change: dict[str, object]) -> None:
    for file in _json_files(path):
        told = json.loads(file.read_text())
        if isinstance(told, dict):
            told.update({key: value for key, value in change.items() if key in told})
            file.write_text(json.dumps(told))


def _all_json(path: Path, text: str) -> None:
    for file in _json_files(path):
        file.write_text(text)


def _tiff(entries: list[tuple[int, int, int, int]], *, again: bool = False) -> bytes:
    """Give a TIFF of one page with these entries (tag, type, count, value); `again`: its next page is itself."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return b"II*\x00" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", 8 if again else 0) + bytes(4096)


def _page(
    width: int, height: int, *, strip: int = 64, count: int = 4096, compression: int = 1
) -> list[tuple[int, int, int, int]]:
    return [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 16), (259, 3, 1, compression), (262, 3, 1, 1),
            (273, 4, 1, strip), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, count)]  # fmt: skip


def _of_tiff() -> Iterator[tuple[str, Make]]:
    made = {
        "huge_shape": _tiff(_page(4_000_000_000, 4_000_000_000)),
        "huge_packed": _tiff(_page(200_000, 200_000, compression=8)),
        "huge_rows": _tiff(_page(40, 2_000_000_000)),
        "no_shape": _tiff(_page(0, 0)),
        "itself_again": _tiff(_page(40, 40), again=True),
        "far_strip": _tiff(_page(40, 40, strip=4_000_000_000)),
        "other_packing": _tiff(_page(40, 40, compression=999)),
        "no_entries": _tiff([]),
        "huge_count": _tiff([*_page(40, 40), (65_000, 2, 4_000_000_000, 8)]),
        "wrong_types": _tiff([(tag, 2, 1, value) for tag, _, _, value in _page(40, 40)]),
    }
    for fault, content in made.items():
        yield fault, lambda path, content=content: path.write_bytes(content)


def _npy(header: str) -> bytes:
    text = (header + "\n").encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + bytes(256)


def _of_npy() -> Iterator[tuple[str, Make]]:
    for fault, header in (
        ("huge_shape", "{'descr': '<u2', 'fortran_order': False, 'shape': (1099511627776, 1099511627776)}"),
        ("below_0", "{'descr': '<u2', 'fortran_order': False, 'shape': (-1, 4)}"),
        ("objects", "{'descr': '|O', 'fortran_order': False, 'shape': (4,)}"),
        ("text", "{'descr': '<U3', 'fortran_order': False, 'shape': (4, 4)}"),
        ("wrong_types", "{'descr': 7, 'fortran_order': 'x', 'shape': 'y'}"),
        ("deep", "(" * 30_000),
        ("code", "__import__('os').getcwd()"),
        ("no_axes", "{'descr': '<u2', 'fortran_order': False, 'shape': ()}"),
    ):
        yield fault, lambda path, header=header: path.write_bytes(_npy(header))


def _png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]\n" for k in range(1, 12)
)


def _of_text(suffix: str) -> Iterator[tuple[str, Make]]:
    made = {
        "not_utf8": b"\xff\xfe\x00abc,\x80\n\xc3\x28\n",
        "zeros": b"a\x00b: c\x00\n\x00,\x00\n",
        "deep": {".yml": b"a: " + b"[" * 5000, ".json": b"[" * DEEP}.get(suffix, b"a = " + b"[" * DEEP),
        "deep_lines": b"".join(b" " * k + b"a:\n" for k in range(800)),
        "deep_mapping": {".yml": b"{a: " * 3000, ".json": b'{"a":' * DEEP}.get(suffix, b"'\"" * 2000),
        "long_word": b"x" * 3_000_000,
        "long_field": b'well,filename,label,key,cor\n"' + b"y" * 300_000 + b'",1,1,1,1\n',
        "long_number": b"1" * 50_000 + b": " + b"9" * 50_000 + b"\n",
        "long_numbers": {".json": b'{"a": ' + b"9" * 50_000 + b"}",
                         ".csv": b"Filename,COR,well,key,label\n" + b"9" * 6000
                         + b",1e999999999," + b"9" * 6000 + b",1,1\n"}.get(suffix, b"threshold = 1e999999\nnan\n"),
        "open_quote": b'well,label\n"A01,1\nA02,0\n',
        "few_fields": b"well,filename,label,key\nA01\n\n,,,,,,\n",
        "list_for_mapping": b"- a\n- b\n", "word_for_mapping": b'"just a word"\n', "null": b"null\n",
        "laughs": LAUGHS.encode(), "tabs": b"a:\n\t- b\n\t\tc: d\n", "code": b"!!python/object/apply:os.getcwd []\n",
        "twice": b"a: 1\na: 2\n{}: {}\n? [x]\n: y\n", "itself": b"&a [*a]\n", "carriage": b"\r\r\n\r,\r",
    }  # fmt: skip
    for fault, content in made.items():
        yield fault, lambda path, content=content: path.write_bytes(content)


if __name__ == "__main__":
    print(len(make_corpus(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)))  # noqa: T201 - a script
