"""The card of a data set."""

import os
import re

import pytest
from ruamel.yaml import YAML
from tests.tactile.recording import CONFIG, prepare, record

from batchwork.errors import BatchError, ConfigError, FileFormatError
from batchwork.tactile.card.card import write_card
from batchwork.tactile.card.checksums import compare, files_of, read_checksums
from batchwork.tactile.results.opening import open_results
from batchwork.tactile.results.splits import split_samples


@pytest.fixture
def folder(tmp_path):
    record(tmp_path / "touch")
    return tmp_path / "touch"


def front_of(path):
    return YAML(typ="safe").load(path.read_text(encoding="utf-8").split("---\n")[1])


def table_of(card, head):
    """Give the rows of the table with this head."""
    below = card.split(f"| {' | '.join(head)} |\n", 1)[1].splitlines()[1:]
    lines = below[: next(i for i, line in enumerate(below) if not line)]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]


def test_it_says_what_the_data_are(folder):
    card = write_card(folder, {"numpy": "2.1, 2.2"}, "CC-BY-4.0").read_text(encoding="utf-8")
    assert {"samples": "23 of 9 conditions", "neurons": "sa 9, ra 12", "seed": "42"}.items() <= dict(
        table_of(card, ("", ""))
    ).items()
    parameters = table_of(card, ("stimulus", "samples", "parameter", "values"))
    assert ("gaussian", "18", "amplitude", "20, 40, 60") in parameters
    assert ("step", "1", "step_time", "10") in parameters
    assert table_of(card, ("program", "version")) == [("numpy", "2.1, 2.2")]
    (config,) = re.findall(r"^``` yaml\n(.*?)^```$", card, re.MULTILINE | re.DOTALL)
    found = YAML(typ="safe").load(config)
    assert (found["pipeline"]["grid_size"], found["stimuli"]) == (10, CONFIG["stimuli"])
    assert card.count("```") == 4


def test_the_splits_are_those_of_the_data_sets(folder):
    card = write_card(folder, {}).read_text(encoding="utf-8")
    told = {part: (int(c), int(s)) for part, c, s in table_of(card, ("part", "conditions", "samples"))}
    parts = split_samples(open_results(folder).samples)
    assert told == {part: (len({s.condition for s in samples}), len(samples)) for part, samples in parts.items()}
    assert "not recorded" in card


def test_every_file_has_its_checksum(folder):
    (folder / "results.pt").write_bytes(b"x")
    card = write_card(folder, {})
    assert list(read_checksums(card)) == list(files_of(folder))
    assert "checkpoint.pt" in read_checksums(card)
    shard = next((folder / "events").iterdir())
    assert compare(folder).is_good
    content = bytearray(shard.read_bytes())
    content[-1] ^= 1
    shard.write_bytes(content)
    assert compare(folder).changed == (f"events/{shard.name}",)


def test_a_licence_stays_until_another_is_given(folder):
    assert front_of(write_card(folder, {}))["license"] == "unknown"
    assert front_of(write_card(folder, {}, "CC0-1.0"))["license"] == "CC0-1.0"
    assert front_of(write_card(folder, {}))["license"] == "CC0-1.0"
    assert front_of(write_card(folder, {}, "MIT: really"))["license"] == "MIT: really"


def test_a_file_of_the_users_is_left_alone(folder):
    (folder / "README.md").write_text("# My notes\n")
    with pytest.raises(ConfigError, match=r"README\.md: was not written by this command .* rename it"):
        write_card(folder, {})
    (folder / "README.md").write_text("---\na: [\n---\n")
    with pytest.raises(FileFormatError, match="its head cannot be read"):
        write_card(folder, {})
    assert (folder / "README.md").read_text() == "---\na: [\n---\n"


def test_what_is_missing_is_told(folder, tmp_path):
    os.truncate(next((folder / "events").iterdir()), 100)
    card = write_card(folder, {}).read_text(encoding="utf-8")
    assert "of 23 samples are done" in card
    assert "is damaged" in card
    prepare(tmp_path / "empty")
    with pytest.raises(BatchError, match="0 of 23 samples are done"):
        write_card(tmp_path / "empty", {})
