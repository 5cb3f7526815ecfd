"""From the words of a command to images: files, datasets in containers, and stacks."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from batchwork.errors import ConfigError
from batchwork.io.naming import natural_key
from batchwork.pixels.errors import ImageError
from batchwork.pixels.locations import CONTAINER_SUFFIXES, is_container, split_inner

IMAGE_SUFFIXES = frozenset(
    {".png", ".tif", ".tiff", ".npy", ".jpg", ".jpeg", ".bmp", ".gif", ".pgm", ".ppm", ".pbm", ".pnm", ".webp"}
    | CONTAINER_SUFFIXES
)
"""What a folder is searched for."""
_WILD = "*?["


@dataclass(frozen=True, slots=True)
class Chosen:
    """One image of a command.

    Attributes
    ----------
    word : str
        As the user gave it, or the dataset that a wildcard found.
    locations : tuple of str
        Absolute paths, with the inner path of a container behind them; several of a stack.
    along : str or None
        Axis along which a stack is put together.
    """

    word: str
    locations: tuple[str, ...]
    along: str | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files on disk."""
        return tuple(split_inner(location)[0] for location in self.locations)

    @property
    def nickname(self) -> str:
        """The name in names of outputs, as ilastik gives it."""
        stems = [file.stem for file in self.files]
        if self.along is not None:
            return os.path.commonprefix(stems).replace("*", "") or f"stack_at-{stems[0]}"  # noqa: RUF071 - of names
        inner = split_inner(self.locations[0])[1]
        ending = "-" + inner.replace("/", "-") if inner else ""
        return (stems[0] + ending).replace("*", "")

    def preview(self) -> str:
        """Say what a stack is made of."""
        names = [Path(location).name for location in self.locations]
        shown = names if len(names) <= 3 else [names[0], names[1], "…", names[-1]]  # noqa: PLR2004 - fits a line
        count = "1 file" if len(names) == 1 else f"{len(names)} files"
        return f"stack {self.word}: {count} along {self.along}: {', '.join(shown)}"


def find_inputs(words: Sequence[str], along: str = "z") -> list[Chosen]:
    """Find the images that words stand for.

    Parameters
    ----------
    words : sequence of str
        A file is one image, ``file.h5/inner`` one dataset, ``file.h5/*`` each of them. A pattern such as
        ``slice_*.png`` is one stack, a folder too.
    along : str, optional
        z, t or c: where stacks are put together.

    Raises
    ------
    ConfigError
        If a pattern or folder has no image. Files that are missing are left to be told when they are opened.
    """
    return [chosen for word in words for chosen in _found(word, along)]


def _found(word: str, along: str) -> Iterator[Chosen]:
    location = str(Path(word).expanduser().absolute())
    file, inner = split_inner(location)
    if file.exists() and _is_wild(inner):
        yield from _datasets(word, file, inner)
    elif file.is_dir() and not is_container(file):
        yield Chosen(word, tuple(map(str, _images_in(file))), along)
    elif file.exists() or not _is_wild(str(file)):
        yield Chosen(word, (location,))
    else:
        yield Chosen(word, tuple(f"{path}/{inner}" if inner else str(path) for path in _matching(file, word)), along)


def _is_wild(text: str) -> bool:
    return any(character in text for character in _WILD)


def _datasets(word: str, file: Path, pattern: str) -> Iterator[Chosen]:
    """Find the datasets that a pattern matches; a file that cannot be read stays, to fail alone."""
    from batchwork.pixels.images.containers import list_container

    try:
        names = list_container(file)
    except ImageError:
        yield Chosen(word, (f"{file}/{pattern}",))
        return
    found = sorted((name for name in names if fnmatchcase(name, pattern)), key=natural_key)
    if not found:
        raise ConfigError(f"{word}: no image in this file matches; it holds {', '.join(names) or 'none'}")
    for name in found:
        yield Chosen(f"{file.name}/{name}", (f"{file}/{name}",))


def _images_in(folder: Path) -> list[Path]:
    found = [path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES and path.name[0] != "."]
    if not found:
        raise ConfigError(f"{folder}: this folder holds no image that is known by its suffix")
    return sorted(found, key=lambda path: natural_key(path.name))


def _matching(pattern: Path, word: str) -> list[Path]:
    import glob

    found = sorted(glob.glob(str(pattern)), key=natural_key)  # noqa: PTH207 - the pattern may be absolute
    if not found:
        raise ConfigError(f"{word}: no file matches this pattern")
    return [Path(path) for path in found]
