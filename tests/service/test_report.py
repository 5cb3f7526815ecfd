"""The report page: what it tells, that it is well made, and that nothing on it comes from elsewhere."""

import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from batchwork.engine.batch import Batch
from batchwork.engine.definition import RunOptions
from batchwork.engine.graph import Graph
from batchwork.engine.items import files, sweep
from batchwork.engine.ledger.ledger import home_of, open_reader
from batchwork.engine.loading import load_module
from batchwork.errors import NotABatchError, ReadOnlyBatchError
from batchwork.service.report import write_report
from batchwork.service.reporting import items, pictures
from batchwork.service.reporting.failures import log_tail

FLOW = '''
import base64
from pathlib import Path
import batchwork as bw

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")

@bw.step(outputs={"picture": "{stem}.png", "text": "{stem}.txt"}, writes=("level",))
def measure(source: Path, output: dict[str, Path], *, sigma: float = 2.0, title: str = "a") -> dict[str, object]:
    """Measure one file.

    Parameters
    ----------
    sigma : float, px
        Width of the blur.
    """
    text = source.read_text()
    if text == "bad":
        print("<b>last words</b>")
        raise ValueError(f"<i>no header</i> in {source.name}")
    if text == "skip":
        raise bw.Skip("undersized: 3 of 8")
    output["picture"].write_bytes(PNG)
    output["text"].write_text(text)
    return {"level": float(len(text))}

@bw.step(outputs="shown/{stem}/", reads=("level",))
def show(measure: dict[str, Path], output: Path, level: float) -> None:
    """Write a folder with pictures."""
    (output / "one.png").write_bytes(PNG)
    (output / "no.png").write_bytes(b"this is no picture")

@bw.step(outputs="{group}_all.txt", over="series")
def gather(measure: list[dict[str, Path]], output: Path) -> None:
    """Join a series."""
    output.write_text("".join(p["text"].read_text() for p in measure))

flow = bw.Workflow("marks", steps=[measure, show, gather])
'''

HOSTILE = "<script>alert('x')</script>&_1.txt".replace("/", "_")
_VOID = {"meta", "link", "br", "img", "hr", "input"}


class _Balance(HTMLParser):
    """Sees that every element is closed, and collects what the tests ask for."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.errors: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.errors.append(f"</{tag}> at {self.getpos()}")


def parsed(page: str) -> _Balance:
    """Read a page, and see that it is well formed and refers to nothing outside."""
    found = _Balance()
    found.feed(page)
    found.close()
    assert not found.errors
    assert not found.open
    for tag, attrs in found.tags:
        assert tag not in {"script", "link", "iframe", "object"}
        assert not [name for name in attrs if name.startswith("on")]
        for name in ("src", "href"):
            assert (attrs.get(name) or "#").startswith(("#", "data:image/png;base64,"))
        if tag == "th":
            assert attrs["scope"] in {"col", "row"}
        if tag == "img":
            assert attrs["alt"]
    assert "url(" not in page
    assert "@import" not in page
    return found


def batch_of(root: Path, texts: dict[str, str]) -> Batch:
    """Describe a batch over some files."""
    (root / "in").mkdir(parents=True)
    for name, text in texts.items():
        (root / "in" / name).write_text(text)
    (root / "flow.py").write_text(FLOW)
    flow = load_module(str(root / "flow.py")).flow
    options = RunOptions(workers=2, gpus="none")
    return Batch.create(
        root / "out", flow, items=files(root / "in" / "*.txt"), params={"measure": {"sigma": 3.5}}, options=options
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """A batch with results, failures, a skip, edits and a name that wants escaping."""
    texts = {"disk_1.txt": "ok", "disk_2.txt": "bad", "disk_3.txt": "skip", "disk_4.txt": "fine", HOSTILE: "ok"}
    batch = batch_of(tmp_path_factory.mktemp("report"), texts)
    assert batch.run().exit_code == 1
    batch.set("disk_1.txt", level=12.25)
    batch.set("disk_4.txt", level=7)
    batch.run(steps=["show"], items="disk_1.txt")
    return batch


@pytest.fixture(scope="module")
def page(finished: Batch) -> str:
    """Its report."""
    path = write_report(finished.definition.out)
    assert path == finished.definition.out / "report.html"
    return path.read_text(encoding="utf-8")


def test_page_is_well_formed_and_loads_nothing(page):
    parsed(page)


def test_page_escapes_what_is_not_ours(page):
    assert "<script" not in page
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;_script&gt;&amp;_1.txt" in page
    assert "&lt;i&gt;no header&lt;/i&gt; in disk_2.txt" in page
    assert "&lt;b&gt;last words&lt;/b&gt;" in page


def test_page_tells_parameters_with_units_and_meanings(page):
    row = re.search(r"<code>sigma</code>.*", page)
    assert row is not None
    assert "<td>3.5</td><td>px</td><td>Width of the blur.</td>" in row.group()
    assert "Runs over groups of series." in page


def test_page_tells_values_with_origins_and_edits(page):
    assert '>12.25 <span class="by">hand</span>' in page
    assert '<span class="by">measure</span>' in page
    assert "disk_1.txt: level 2 → 12.25" in page


def test_page_tells_skips_stale_and_left_out(page):
    assert "undersized: 3 of 8" in page
    assert '<span class="state is-stale">stale</span>' in page
    assert 'disk_2.txt <span class="by">' in page


def test_page_counts_items(page):
    legend = re.search(r'aria-label="Items by status">(.*?)</ul>', page, re.DOTALL)
    assert legend is not None
    counts = {state: int(count) for count, state in re.findall(r"</i>(\d+) (\w+)", legend.group(1))}
    assert counts == {"done": 2, "failed": 1, "skipped": 1, "stale": 1}


def test_page_shows_real_pictures_only(page):
    found = [attrs for tag, attrs in parsed(page).tags if tag == "img"]
    shown = [str(attrs["alt"]).partition(",")[0] for attrs in found]
    assert "disk_1.png" in shown
    assert "shown/disk_1/one.png" in shown
    assert not [alt for alt in shown if alt.endswith("no.png")]


def test_page_tells_runs_slots_and_versions(page):
    assert page.count('<th scope="row" class="num">') == 2
    assert "cpu:0</text>" in page
    assert "workers=2" in page
    assert re.search(r"Python <span class=\"soft\">3\.\d+", page)


def test_the_worst_items_come_first_where_the_workflow_says_what_that_is(finished):
    with open_reader(home_of(finished.definition.out, None)) as ledger:
        graph = replace(Graph.load(ledger), worst="level")
        lines = [line.key for line in items.item_lines(ledger.db, graph, ["level"])]
    assert lines[:3] == ["disk_2.txt", "disk_1.txt", "disk_4.txt"]
    assert lines[-1] == "disk_3.txt"


def test_limits_are_told(finished, tmp_path, monkeypatch):
    monkeypatch.setattr(items, "MAX_ITEMS", 2)
    monkeypatch.setattr(pictures, "MAX_PICTURES", 1)
    text = write_report(finished.definition.out, file=tmp_path / "deep" / "r.html").read_text(encoding="utf-8")
    parsed(text)
    assert "The first 2 of 5 items" in text
    assert re.search(r"1 of \d+ pictures are shown", text)


def test_pictures_stop_at_their_size(finished, monkeypatch, tmp_path):
    monkeypatch.setattr(pictures, "MAX_BYTES", 100)
    text = write_report(finished.definition.out, file=tmp_path / "r.html").read_text(encoding="utf-8")
    assert text.count("<img") == 1


def test_report_leaves_no_other_file(finished, tmp_path):
    write_report(finished.definition.out, "marks", tmp_path / "r.html")
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_prepared_batch_has_a_report(tmp_path):
    batch = batch_of(tmp_path, {"a_1.txt": "ok", "a_2.txt": "ok"})
    batch.set("a_1.txt", level=3)
    text = write_report(batch.definition.out).read_text(encoding="utf-8")
    parsed(text)
    assert "Nothing has run yet." in text
    assert "It has not run yet." in text
    assert "2 pending" in text


def test_report_without_the_workflow_says_so(tmp_path):
    batch = batch_of(tmp_path, {"a_1.txt": "ok"})
    batch.run()
    (tmp_path / "flow.py").unlink()
    load_module.cache_clear()
    text = write_report(batch.definition.out).read_text(encoding="utf-8")
    parsed(text)
    assert "Units and meanings are missing" in text
    assert "<code>sigma</code>" in text


def test_report_with_a_lost_log_and_picture(tmp_path):
    batch = batch_of(tmp_path, {"a_1.txt": "bad", "a_2.txt": "ok"})
    batch.run()
    shutil.rmtree(home_of(batch.definition.out, None) / "logs")
    (batch.definition.out / "a_2.png").unlink()
    text = write_report(batch.definition.out).read_text(encoding="utf-8")
    parsed(text)
    assert "last words" not in text
    assert 'alt="a_2.png' not in text


def test_run_that_never_ended(tmp_path):
    batch = batch_of(tmp_path, {"a_1.txt": "ok"})
    batch.run()
    with closing(sqlite3.connect(home_of(batch.definition.out, None) / "ledger.sqlite")) as db:
        db.execute("UPDATE run SET ended = NULL, outcome = NULL")
        db.commit()
    text = write_report(batch.definition.out).read_text(encoding="utf-8")
    parsed(text)
    assert "not ended" in text


def test_sweep_shows_what_it_varies(tmp_path):
    code = "import batchwork as bw\n\n@bw.step(writes=('double',))\ndef twice(n: int) -> dict[str, object]:\n"
    (tmp_path / "flow.py").write_text(
        code + "    return {'double': 2 * n}\n\nflow = bw.Workflow('twice', steps=[twice])\n"
    )
    flow = load_module(str(tmp_path / "flow.py")).flow
    batch = Batch.create(tmp_path / "out", flow, items=sweep(n=[3, 4]), options=RunOptions(workers=1, gpus="none"))
    assert batch.run().exit_code == 0
    text = write_report(batch.definition.out).read_text(encoding="utf-8")
    parsed(text)
    assert "a sweep over n (2)" in text
    assert re.findall(r'<td class="value" title="">(\d)</td>', text) == ["3", "4"]


def test_no_batch_is_an_error(tmp_path):
    with pytest.raises(NotABatchError):
        write_report(tmp_path)


@pytest.fixture
def as_reader(tmp_path: Path) -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """Do something as a user who may read the batch and not change it."""
    folders = [tmp_path, *tmp_path.parents[:2]]
    modes = [folder.stat().st_mode for folder in folders]

    @contextmanager
    def reader() -> Iterator[None]:
        for folder in folders:
            folder.chmod(0o755)
        if os.geteuid() != 0:
            (tmp_path / "out").chmod(0o555)
            yield
            return
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)

    yield reader
    for folder, mode in zip(folders, modes, strict=True):
        folder.chmod(mode)


def test_batch_that_one_may_only_read(tmp_path, as_reader):
    batch = batch_of(tmp_path, {"a_1.txt": "ok"})
    batch.run()
    before = sorted(tmp_path.rglob("*"))
    with as_reader(), pytest.raises(ReadOnlyBatchError, match="choose another place with --out"):
        write_report(batch.definition.out)
    assert sorted(tmp_path.rglob("*")) == before
    with tempfile.TemporaryDirectory() as elsewhere:
        Path(elsewhere).chmod(0o777)
        with as_reader():
            parsed(write_report(batch.definition.out, file=Path(elsewhere, "r.html")).read_text(encoding="utf-8"))


def test_log_tail_is_the_end(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("\n".join(map(str, range(100_000))) + "\nü\n", encoding="utf-8")
    assert log_tail(path).splitlines() == [*map(str, range(99_981, 100_000)), "ü"]
    assert log_tail(tmp_path / "none") == ""
