"""Commands that train: from images and labels, or from a project's own."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchwork.cli.common import json_option, seed_option
from batchwork.errors import ConfigError

if TYPE_CHECKING:
    from batchwork.pixels.projects import Project
    from batchwork.pixels.training import Growth, Trained

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--project", "out", required=True, metavar="OUT.ilp", type=_FILE, help="The project to write.")
@click.option("--raw", multiple=True, metavar="FILE", help="An image; repeatable. For HDF5 with the dataset behind it.")
@click.option("--labels", multiple=True, metavar="FILE", help="Its labels: 1, 2, … per pixel, 0 where none is drawn.")
@click.option("--from", "old", metavar="OLD.ilp", type=_FILE, help="Take images, labels and features of a project.")
@click.option("--features", metavar="default|all|FILE", help="Which features; FILE is a project or YAML.")
@click.option("--input-axes", "--input_axes", "axes", metavar="AXES", help="Axes of the images, such as zyxc.")
@click.option("--label-names", "--label_names", "names", metavar="A,B", help="Names of the labels.")
@click.option("--trees", type=click.IntRange(min=1), default=100, show_default=True, help="Trees of the forest.")
@seed_option("forest")
@json_option
def train(
    out: Path,
    raw: tuple[str, ...],
    labels: tuple[str, ...],
    old: Path | None,
    features: str | None,
    axes: str | None,
    names: str | None,
    trees: int,
    seed: int,
    as_json: bool,
) -> int:
    """Train a classifier and write it as a project.

    With --from, the images are those of the old project; --raw says where they are now, if they have moved.
    """
    from batchwork.pixels.training import Growth

    growth = Growth(trees, seed)
    if old is not None:
        if labels or names or axes:
            raise ConfigError(
                "--from takes labels, their names and axes from the project; leave out --labels, --label-names "
                "and --input-axes"
            )
        project, trained = _retrained(out, old, raw, features, growth)
    else:
        _check_pairs(raw, labels)
        project, trained = train_on_files(out, raw, labels, features or "default", axes, names, growth)
    from batchwork.pixels.projects.writing import write_project

    write_project(out, project)
    _tell(out, project, trained, growth, as_json=as_json)
    return 0


def _check_pairs(raw: tuple[str, ...], labels: tuple[str, ...]) -> None:
    if not raw or len(raw) != len(labels):
        raise ConfigError(
            f"{len(raw)} images by --raw and {len(labels)} by --labels; give each image with its labels, "
            "--raw A --labels LA --raw B --labels LB, or take those of a project by --from OLD.ilp"
        )


def train_on_files(
    out: Path,
    raw: tuple[str, ...],
    labels: tuple[str, ...],
    features: str,
    axes: str | None,
    names: str | None,
    growth: "Growth",
) -> tuple["Project", "list[Trained]"]:
    """Train on images and their labels, and give the project, which is not written yet; see `train`."""
    from batchwork.pixels.training import train as train_lanes
    from batchwork.pixels.training.label_images import check_numbering, open_labelled
    from batchwork.pixels.training.saving import new_project
    from batchwork.pixels.training.selecting import selection_from

    selection = selection_from(features)
    with ExitStack() as stack:
        lanes = [stack.enter_context(open_labelled(a, b, axes=axes)) for a, b in zip(raw, labels, strict=True)]
        check_numbering(lanes)
        trained = train_lanes(lanes, selection, growth)
        called = [name.strip() for name in names.split(",")] if names else []
        return new_project(out, raw, lanes, trained, called), [trained]


def _retrained(
    out: Path, old: Path, raw: tuple[str, ...], features: str | None, growth: "Growth"
) -> tuple["Project", "list[Trained]"]:
    from batchwork.pixels.projects import read_project
    from batchwork.pixels.training.old_projects import open_old
    from batchwork.pixels.training.saving import retrained_project
    from batchwork.pixels.training.selecting import selection_from
    from batchwork.pixels.training.training import train_stages

    project = read_project(old)
    selection = selection_from(features) if features else None
    with open_old(project, raw, selection) as opened:
        trained = train_stages(opened.lanes, opened.plans, growth)
        return retrained_project(out, project, opened.inputs, trained), trained


def _tell(out: Path, project: "Project", trained: "list[Trained]", growth: "Growth", *, as_json: bool) -> None:
    if as_json:
        stages = [
            {"columns": len(one.table.names), "pixels": _counts(one), "out_of_bag_error": one.out_of_bag_error}
            for one in trained
        ]
        click.echo(json.dumps({"project": str(out), "trees": growth.trees, "seed": growth.seed, "stages": stages}))
        return
    for number, (one, stage) in enumerate(zip(trained, project.stages, strict=True), 1):
        which = f"Stage {number}: " if len(trained) > 1 else ""
        counts = ", ".join(f"{stage.label_names[int(label) - 1]} {count}" for label, count in _counts(one).items())
        click.echo(f"{which}{len(one.table.names)} feature columns, labelled pixels: {counts}")
        click.echo(f"{which}out-of-bag error {one.out_of_bag_error:.2%} (`pixels evaluate` gives an honest one)")
    click.echo(f"Results saved to {out}")


def _counts(trained: "Trained") -> dict[str, int]:
    import numpy as np

    known, counts = np.unique(trained.table.labels, return_counts=True)
    return {str(label): int(count) for label, count in zip(known, counts, strict=True)}
