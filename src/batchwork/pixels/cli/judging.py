"""``pixels evaluate`` and ``pixels suggest``: how good a classifier is, and which features are worth their cost."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchwork.cli.common import json_option, seed_option
from batchwork.pixels.cli.options import both

if TYPE_CHECKING:
    from batchwork.pixels.kernels.selection import FeatureSelection
    from batchwork.pixels.training.evaluating import Evaluation
    from batchwork.pixels.training.suggesting import Suggestion

_project = click.argument("project", metavar="P.ilp", type=click.Path(dir_okay=False, path_type=Path))
_raw = both("raw", multiple=True, metavar="FILE", help="Where the project's images are now, in its order; repeatable.")
_folds = click.option(
    "--folds", type=click.IntRange(min=2), default=5, show_default=True, help="Parts held out in turn."
)
_seed = seed_option("figures")
_trees = click.option(
    "--trees", type=click.IntRange(min=1), default=100, show_default=True, help="Trees of the forests."
)


@click.command()
@_project
@_raw
@_folds
@_trees
@_seed
@json_option
def evaluate(project: Path, raw: tuple[str, ...], folds: int, trees: int, seed: int, as_json: bool) -> int:
    """Say how well a project's features and labels do on places that were held out.

    The forest is trained anew without whole blocks of labels, which it then has to judge.
    """
    from batchwork.pixels.projects import read_project
    from batchwork.pixels.training import Growth
    from batchwork.pixels.training.evaluating import evaluate as evaluate_lanes
    from batchwork.pixels.training.old_projects import open_old

    read = read_project(project)
    with open_old(read, raw) as old:
        found = evaluate_lanes(old.lanes, old.plans, Growth(trees, seed), folds=folds)
    names = [*read.stages[-1].label_names]
    called = [names[label - 1] if label <= len(names) else f"Label {label}" for label in found.labels]
    _tell_evaluation(found, called, as_json=as_json)
    return 0


def _tell_evaluation(found: "Evaluation", names: list[str], *, as_json: bool) -> None:
    from batchwork.cli.display import table

    if as_json:
        told = {
            "error": found.error,
            "balanced_error": found.balanced_error,
            "folds": found.folds,
            "block": found.side,
            "reach": found.reach,
            "labels": names,
            "confusion": found.confusion.tolist(),
        }
        click.echo(json.dumps(told))
        return
    figures = zip(names, found.confusion.tolist(), found.recall, found.precision, strict=True)
    rows = [[name, *map(str, row), f"{recall:.1%}", f"{precision:.1%}"] for name, row, recall, precision in figures]
    for line in table(rows, ["drawn \\ found", *names, "recall", "precision"]):
        click.echo(line)
    click.echo(f"error {found.error:.2%}, mean of the classes {found.balanced_error:.2%}")
    click.echo(f"{found.folds} folds of blocks of {found.side} pixels; the features reach {found.reach} pixels")
    if found.reach > found.side:
        click.echo("Features of one block see into the next; labels in more places make the figure surer")


@click.command()
@_project
@_raw
@click.option("--method", type=click.Choice(["filter", "wrapper", "both"]), default="both", show_default=True,
              help="Rank features, or try them out one by one.")  # fmt: skip
@click.option("--most", type=click.IntRange(min=1), metavar="N", help="Features of a suggestion at most.")
@both("save", metavar="FILE.yml", type=click.Path(dir_okay=False, path_type=Path),
      help="Write the best suggestion for `train --features`.")  # fmt: skip
@_folds
@_trees
@_seed
@json_option
def suggest(
    project: Path,
    raw: tuple[str, ...],
    method: str,
    most: int | None,
    save: Path | None,
    folds: int,
    trees: int,
    seed: int,
    as_json: bool,
) -> int:
    """Say which features to keep, what they cost and what they gain.

    Of autocontext the first stage is looked at.
    """
    from dataclasses import replace

    from batchwork.pixels.projects import read_project
    from batchwork.pixels.training import Growth
    from batchwork.pixels.training.old_projects import open_old
    from batchwork.pixels.training.suggesting import suggest as suggest_features

    read = read_project(project)
    now = read.stages[0].selection
    first = replace(read, stages=read.stages[:1])
    with open_old(first, raw, now or _all()) as old:
        lanes = [replace(lane, blocks=blocks) for lane, blocks in zip(old.lanes, old.plans[0].blocks, strict=True)]
        methods = ("filter", "wrapper") if method == "both" else (method,)
        found = suggest_features(lanes, now, Growth(trees, seed), methods=methods, folds=folds, most=most)
    _tell_suggestions(found, as_json=as_json)
    if save is not None:
        _save(save, min(found[-len(methods) :], key=lambda one: one.error))
        click.echo(f"Results saved to {save}", err=as_json)
    return 0


def _all() -> "FeatureSelection":
    from batchwork.pixels.training.selecting import all_features

    return all_features()


def _tell_suggestions(found: "list[Suggestion]", *, as_json: bool) -> None:
    from batchwork.cli.display import table

    if as_json:
        click.echo(json.dumps({"suggestions": [_plain(one) for one in found]}))
        return
    rows = [
        [
            one.name,
            str(len(one.boxes)),
            str(one.columns),
            f"{one.error:.2%}",
            f"{one.out_of_bag_error:.2%}",
            f"{one.cost:.0f}",
        ]
        for one in found
    ]
    for line in table(rows, ["set", "features", "columns", "error", "out of bag", "ms/megapixel"]):
        click.echo(line)
    for one in found:
        if one.name in {"filter", "wrapper"}:
            click.echo(f"{one.name}: " + ", ".join(f"{feature.title} {scale:g}" for feature, scale in one.boxes))


def _plain(one: "Suggestion") -> dict[str, object]:
    return {
        "set": one.name,
        "features": [[feature.value, scale] for feature, scale in one.boxes],
        "columns": one.columns,
        "error": one.error,
        "out_of_bag_error": one.out_of_bag_error,
        "ms_per_megapixel": one.cost,
    }


def _save(path: Path, best: "Suggestion") -> None:
    from batchwork.io.atomic import write_text

    lines = [f"# error {best.error:.2%} on blocks held out, {best.columns} columns"]
    for feature in best.selection.features:
        scales = [f"{scale:g}" for kind, scale in best.boxes if kind is feature]
        lines += [f"{feature.value}: [{', '.join(scales)}]"] if scales else []
    if best.selection.in_2d is not None:
        flat = [f"{s:g}" for s, one in zip(best.selection.scales, best.selection.in_2d, strict=True) if one]
        lines.append(f"in_2d: [{', '.join(flat)}]")
    write_text(path, "\n".join(lines) + "\n")
