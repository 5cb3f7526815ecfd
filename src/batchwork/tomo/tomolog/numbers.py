"""Which scans are meant by their numbers: ``1``, ``2-5``, ``6,8-15,18``."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from batchwork.errors import ConfigError

MOST_DIGITS = 9
"""Of a number; more of them are a slip of the keyboard."""
_PART = re.compile(rf"(\d{{1,{MOST_DIGITS}}})(?:\s*-\s*(\d{{1,{MOST_DIGITS}}}))?")
_INDEX = re.compile(r"\d+$")


def parse_numbers(text: str) -> list[range]:
    """Read numbers of scans.

    Parameters
    ----------
    text : str
        Numbers and ranges ``A-B``, both ends included, separated by commas.

    Returns
    -------
    list of range

    Raises
    ------
    ConfigError
        If it has another form, or a range runs backwards.

    Examples
    --------
    >>> parse_numbers("6, 8-15")
    [range(6, 7), range(8, 16)]
    """
    return [_part(word.strip(), text) for word in text.split(",")]


def _part(word: str, text: str) -> range:
    match = _PART.fullmatch(word)
    if match is None:
        raise ConfigError(f"scans '{text}': '{word}' is no number or range; write for example 6,8-15,18")
    first, last = int(match[1]), int(match[2] or match[1])
    if last < first:
        raise ConfigError(f"scans '{text}': the range {word} runs backwards; write {last}-{first}")
    return range(first, last + 1)


def index_of(stem: str) -> int | None:
    """Give the number at the end of a scan's name without its suffix; None if it has none.

    Examples
    --------
    >>> index_of("sample_0018"), index_of("sample")
    (18, None)
    """
    match = _INDEX.search(stem)
    return int(match[0]) if match else None


def numbered(stems: Iterable[str], wanted: Sequence[range]) -> tuple[list[str], list[range]]:
    """Choose scans by their numbers, whatever zeros stand before them.

    Returns
    -------
    list of str, list of range
        The names that are meant, in their order, and the numbers that no scan has; those next to each other
        are one range.
    """
    names = list(stems)
    there = {index for index in map(index_of, names) if index is not None}
    chosen = [name for name in names if any(index_of(name) in part for part in wanted)]
    return chosen, [gap for part in wanted for gap in _gaps(part, there)]


def _gaps(part: range, there: set[int]) -> list[range]:
    """Give the stretches of a range that hold none of some numbers."""
    inside = sorted(number for number in there if number in part)
    edges = [part.start - 1, *inside, part.stop]
    return [range(a + 1, b) for a, b in pairwise(edges) if b > a + 1]
