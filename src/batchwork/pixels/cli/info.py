"""``pixels info``: what a project or an image file holds."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batchwork.cli.common import json_option

if TYPE_CHECKING:
    from batchwork.pixels.projects import Project

Facts = dict[str, Any]
"""JSON data, hence Any."""


@click.command()
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def info(paths: tuple[Path, ...], as_json: bool) -> int:
    """Show what is in projects, in containers and in images."""
    found = [_facts(path) for path in paths]
    if as_json:
        click.echo(json.dumps(found if len(found) > 1 else found[0]))
        return 0
    for facts in found:
        click.echo("\n".join(_project_lines(facts) if "stages" in facts else _image_lines(facts)))
    return 0


def _facts(path: Path) -> Facts:
    if path.suffix.lower() == ".ilp":
        from batchwork.pixels.projects import read_project

        return _project_facts(read_project(path))
    return _image_facts(path)


def _project_facts(project: "Project") -> Facts:
    from batchwork.pixels.drift import found_at

    return {
        "path": str(project.path),
        "workflow": project.workflow,
        "version": project.version,
        "stages": [_stage_facts(project, number) for number in range(len(project.stages))],
        "inputs": [
            {
                "lane": one.lane,
                "role": one.role,
                "nickname": one.nickname,
                "path": one.file_path or one.inner_path,
                "axes": one.axes,
                "shape": list(one.shape),
                "found": found_at(project.path, one) is not None,
            }
            for one in project.inputs
        ],
        "problem": _problem(project),
    }


def _problem(project: "Project") -> str | None:
    from batchwork.pixels.errors import ProjectError

    try:
        project.classifiers()
    except ProjectError as error:
        return str(error)
    return None


def _stage_facts(project: "Project", number: int) -> Facts:
    stage = project.stages[number]
    selection, stored = stage.selection, stage.classifier
    return {
        "labels": list(stage.label_names),
        "labelled_pixels": sum(int((block.values > 0).sum()) for lane in stage.labels for block in lane),
        "features": {}
        if selection is None
        else {
            feature.value: [selection.scales[j] for j, ticked in enumerate(row) if ticked]
            for feature, row in zip(selection.features, selection.ticked, strict=True)
            if any(row)
        },
        "trees": stored.forest.trees if stored else 0,
        "nodes": len(stored.forest.column) if stored else 0,
        "columns": stored.forest.columns if stored else 0,
        "columns_used": len(stored.forest.used_columns()) if stored else 0,
    }


def _project_lines(facts: Facts) -> list[str]:
    lines = [f"{facts['path']}: {facts['workflow']}, ilastik {facts['version']}"]
    for number, stage in enumerate(facts["stages"], start=1):
        lines.append(f"  stage {number}: classes {', '.join(stage['labels']) or 'none'}; "
                     f"{stage['labelled_pixels']} labelled pixels")  # fmt: skip
        lines += [
            f"    {name}: σ = {', '.join(f'{s:g}' for s in scales)}" for name, scales in stage["features"].items()
        ]
        if stage["trees"]:
            lines.append(f"    forest: {stage['trees']} trees, {stage['nodes']} nodes; "
                         f"{stage['columns_used']} of {stage['columns']} columns are read")  # fmt: skip
    for one in facts["inputs"]:
        where = "" if one["found"] else " (not found)"
        lines.append(f"  {one['role']}: {one['path']}{where}, axes {one['axes']}, {tuple(one['shape'])}")
    lines.append(f"  cannot predict: {facts['problem']}" if facts["problem"] else "  ready to predict")
    return lines


def _image_facts(path: Path) -> Facts:
    from batchwork.pixels.images import open_image
    from batchwork.pixels.images.containers import list_container
    from batchwork.pixels.locations import is_container, split_inner

    file, inner = split_inner(str(path))
    locations = [f"{file}/{name}" for name in list_container(file)] if is_container(file) and not inner else [str(path)]
    images = []
    for location in locations:
        with open_image(location) as image:
            shape, dtype = list(image.source.array.shape), str(image.source.dtype)
            images.append({"name": location, "axes": image.axes, "shape": shape, "dtype": dtype})
    return {"path": str(path), "images": images}


def _image_lines(facts: Facts) -> list[str]:
    return [f"{one['name']}: axes {one['axes']}, {tuple(one['shape'])}, {one['dtype']}" for one in facts["images"]] or [
        f"{facts['path']}: holds no image"
    ]
