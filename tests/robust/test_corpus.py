"""Malformed inputs through every reader: an error for the user or a result, in seconds, in little memory."""

from collections import Counter
from pathlib import Path

import pytest
from tests.robust.corpus import make_corpus
from tests.robust.reading import GIGABYTE, READERS

from batchwork.io.isolated import ask

SEED = 0
LEAST = 300
SECONDS = 10.0
READING = Path(__file__).parent / "reading.py"


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Give what was said of each input of the corpus."""
    folder = tmp_path_factory.mktemp("corpus")
    first = {answer.path: answer for answer in _looked_at(make_corpus(folder, SEED))}
    dear = [path for path, answer in first.items() if not answer.died and _is_dear(answer.value)]
    again = {answer.path: answer for answer in _looked_at(dear)}  # the first may have waited for kernels to compile
    return {"/".join(path.relative_to(folder).parts): answer for path, answer in (first | again).items()}


def _is_dear(value):
    return value["cpu_seconds"] > SECONDS or value["bytes"] > GIGABYTE


def _looked_at(paths):
    return list(ask(f"{READING}:look", paths, patience=6 * SECONDS))


def test_the_corpus_is_large_and_has_every_reader(outcomes):
    assert len(outcomes) >= LEAST
    count = Counter(name.split("/")[0] for name in outcomes)
    assert set(count) == set(READERS)
    assert min(count.values()) >= 10


def test_no_input_brings_the_reader_down(outcomes):
    assert {name: answer.died for name, answer in outcomes.items() if answer.died} == {}


def test_every_input_gives_a_result_or_an_error_for_the_user(outcomes):
    strange = {name: a.value["told"] for name, a in outcomes.items() if a.value["ended"] == "traceback"}
    assert strange == {}
    assert Counter(answer.value["ended"] for answer in outcomes.values())["refused"] > LEAST


def test_no_input_takes_long_or_much_memory(outcomes):
    assert {name: a.value for name, a in outcomes.items() if _is_dear(a.value)} == {}


def test_the_errors_name_the_file(outcomes):
    """Some kinds of reader are told of by file and line, by name only, or by the key that does not fit."""
    nameless = [
        f"{name}: {answer.value['told'][:200]}" for name, answer in outcomes.items()
        if answer.value["ended"] == "refused" and Path(name).name.encode("unicode_escape").decode()[:20]
        not in answer.value["told"].encode("unicode_escape").decode()
    ]  # fmt: skip
    assert nameless == []


def test_the_same_seed_gives_the_same_inputs(tmp_path):
    first, second = (make_corpus(tmp_path / name, 5) for name in ("a", "b"))
    assert [path.parent.name for path in first] == [path.parent.name for path in second]
    cut = [[p.read_bytes() for p in paths if p.is_file() and "theta" in p.name] for paths in (first, second)]
    assert cut[0] == cut[1]
    assert len(set(cut[0])) > 10
