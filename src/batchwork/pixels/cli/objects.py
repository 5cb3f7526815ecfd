"""``pixels objects``: from files of probabilities to objects, their properties and classes."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batchwork.cli.common import seed_option
from batchwork.cli.options import RunningOptions, running_options
from batchwork.errors import ConfigError

if TYPE_CHECKING:
    from batchwork.engine.definition import Definition
    from batchwork.pixels.objects.classifying import Finding

_FILE = click.Path(dir_okay=False, path_type=Path)
_SHARE = click.FloatRange(0, 1, max_open=True)


@click.command()
@click.argument("files", metavar="PROBABILITIES...", nargs=-1, required=True)
@click.option("--threshold", type=_SHARE, help="Smoothed probabilities above it belong to objects; 0.5 by default.")
@click.option("--core", type=_SHARE, help="Hysteresis: an object must also hold a pixel above this.")
@click.option("--sigma", metavar="S|Z,Y,X", help="Smoothing before that, in pixels; 1 by default.")
@click.option("--min-size", "--min_size", type=click.IntRange(min=1),
              help="Smaller objects are left out, in pixels; 10 by default.")  # fmt: skip
@click.option("--max-size", "--max_size", type=click.IntRange(min=1), help="So are larger ones.")
@click.option("--corners", is_flag=True, help="Pixels that share only a corner belong together.")
@click.option("--class", "class_number", type=click.IntRange(min=1), help="Class of pixels; 1 by default.")
@click.option("--raw", multiple=True, metavar="FILE", help="The image of each file, in order, for brightness.")
@click.option("--classifier", metavar="P.ilp", type=_FILE, help="Classify; how objects are found comes from it too.")
@click.option("--train", metavar="P.ilp", type=_FILE, help="Train a classifier on marked objects instead.")
@click.option("--labels", multiple=True, metavar="FILE", help="With --train: marks on the objects of each file.")
@click.option("--label-names", "--label_names", metavar="A,B", help="With --train: names of the classes.")
@click.option("--trees", type=click.IntRange(min=1), default=100, show_default=True, help="With --train.")
@seed_option("forest")
@click.option(
    "--table", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True, help="Form of the table."
)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where results go; beside the files by default.",
)
@running_options
def objects(files: tuple[str, ...], options: RunningOptions, **given: object) -> int:
    """Find objects in probabilities, measure them, and write label images and tables.

    Each FILE gives FILE_objects.h5 with the label image and the table, and the table alone beside it.
    """
    named = _named(given)
    raw, labels = _strings(given["raw"]), _strings(given["labels"])
    for what, words in (("--raw", raw), ("--labels", labels)):
        if words and len(words) != len(files):
            raise ConfigError(
                f"{what} was given {len(words)} times for {len(files)} files; give one for each, in order"
            )
    if given["train"] is not None:
        return _train(files, raw, labels, named, given)
    if labels:
        raise ConfigError("--labels are for --train P.ilp; --classifier P.ilp applies what was trained")
    return _run(files, raw, named, given, options)


def _strings(words: object) -> tuple[str, ...]:
    return tuple(str(word) for word in words) if isinstance(words, tuple) else ()


def _named(given: dict[str, object]) -> dict[str, object]:
    """Give the options that say which objects are meant, where the user has said it."""
    named = {name: given[name] for name in ("threshold", "core", "min_size", "max_size", "class_number")}
    named |= {"sigma": _sigmas(given["sigma"]), "corners": given["corners"] or None}
    chosen = {name: value for name, value in named.items() if value is not None}
    if given["classifier"] is not None and chosen:
        raise ConfigError(
            f"--classifier says itself how objects are found; leave out --{next(iter(chosen)).replace('_', '-')}"
        )
    return chosen


def _sigmas(text: object) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        found = tuple(float(part) for part in str(text).split(","))
    except ValueError:
        found = ()
    if len(found) not in {1, 3} or any(not 0 <= sigma < float("inf") for sigma in found):
        raise ConfigError(f"--sigma {text}: write one number of pixels, or three along z,y,x")
    return found * 3 if len(found) == 1 else found


def _run(
    files: Sequence[str],
    raw: Sequence[str],
    named: dict[str, object],
    given: dict[str, object],
    options: RunningOptions,
) -> int:
    from batchwork.cli.running import run_and_show

    definition = _definition(files, raw, given)
    classifier = given["classifier"]
    params = {**named, "table": given["table"]}
    if isinstance(classifier, Path):
        params["classifier"] = str(classifier.absolute())
    batch = options.apply(_with_earlier(definition), {"objects": params})
    keys = frozenset(str(row["key"]) for row in _rows(definition))
    return run_and_show(batch, replace(options.selection(batch), keys=keys), options)


def _rows(definition: "Definition") -> "list[dict[str, Any]]":  # Any: JSON data
    return definition.source.plain()["items"]  # type: ignore[return-value]  # rows, as `_definition` has made them


def _with_earlier(definition: "Definition") -> "Definition":
    """Keep the files that were worked on before in the same folder."""
    from batchwork.engine.items import ListedItems
    from batchwork.pixels.cli.batches import rows_before

    rows = {row["key"]: row for row in rows_before(definition.out, definition.workflow.name)}
    rows.update((row["key"], row) for row in _rows(definition))
    return replace(definition, source=ListedItems(tuple(rows.values())))


def _definition(files: Sequence[str], raw: Sequence[str], given: dict[str, object]) -> "Definition":
    """Give the batch: an item per file, under its path below the folder of the results."""
    from batchwork.engine.definition import Definition, RunOptions
    from batchwork.engine.items import ListedItems
    from batchwork.pixels.locations import split_inner
    from batchwork.pixels.workflow import objects_flow

    places = [split_inner(Path(file).expanduser().absolute()) for file in files]
    root = Path(os.path.commonpath([path.parent for path, _ in places]))
    out = given["out"].expanduser().absolute() if isinstance(given["out"], Path) else root
    rows = [_row(path, inner, root) for path, inner in places]
    classifier = [str(given["classifier"].absolute())] if isinstance(given["classifier"], Path) else []
    images = [str(Path(image).expanduser().absolute()) for image in raw]
    for number, row in enumerate(rows):
        also = images[number : number + 1] + classifier
        row.update({"raw": images[number]} if images else {}, **({"also": also} if also else {}))
    keys = [str(row["key"]) for row in rows]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice:
        raise ConfigError(f"{twice} was given twice")
    return Definition(objects_flow, ListedItems(tuple(rows)), out, {}, RunOptions(gpus="none"))


def _row(path: Path, inner: str, root: Path) -> dict[str, object]:
    """Describe a file, or a dataset in it, whose results have its path in their names."""
    row: dict[str, object] = {"key": path.relative_to(root).as_posix(), "source": str(path)}
    if not inner:
        return row
    named = path.with_name(f"{path.stem}-{inner.replace('/', '-')}{path.suffix}")
    return {**row, "key": named.relative_to(root).as_posix(), "location": f"{path}/{inner}"}


def _train(
    files: Sequence[str], raw: Sequence[str], labels: Sequence[str], named: dict[str, object], given: dict[str, object]
) -> int:
    from batchwork.pixels.objects.projects import write_object_classifier
    from batchwork.pixels.objects.training import train_on_files
    from batchwork.pixels.training.training import Growth

    out, trees, seed = given["train"], given["trees"], given["seed"]
    if not isinstance(out, Path) or not isinstance(trees, int) or not isinstance(seed, int):
        raise TypeError
    if not labels or given["classifier"] is not None:
        raise ConfigError("--train needs --labels for each file, and no --classifier")
    names = [name.strip() for name in str(given["label_names"] or "").split(",") if name.strip()]
    trained = train_on_files(files, raw, labels, _finding(named), names, Growth(trees, seed))
    write_object_classifier(out, trained.classifier)
    told = ", ".join(f"{name} {count}" for name, count in trained.marked.items())
    click.echo(f"{len(trained.classifier.stored.feature_names)} properties, marked objects: {told}")
    click.echo(f"out-of-bag error {trained.classifier.out_of_bag_error:.2%}")
    click.echo(f"Results saved to {out}")
    return 0


def _finding(named: dict[str, object]) -> "Finding":
    from batchwork.pixels.objects.classifying import Finding
    from batchwork.pixels.objects.kernels.thresholds import Thresholding

    options = {name: value for name, value in named.items() if name != "class_number"}
    number = named.get("class_number", 1)
    return Finding(replace(Thresholding(), **options), number if isinstance(number, int) else 1)  # type: ignore[arg-type]  # click has checked their types
