"""Batch processing for scientific data: one engine, many instruments, no work lost."""

from typing import TYPE_CHECKING

from batchwork.lazy import lazy_names

if TYPE_CHECKING:
    from batchwork.engine.batch import Batch
    from batchwork.engine.definition import RunOptions
    from batchwork.engine.items import files, items, sweep
    from batchwork.engine.loading import get_step
    from batchwork.engine.plans import Plan
    from batchwork.engine.progress import progress
    from batchwork.engine.steps import Resources, Step, step
    from batchwork.engine.summary import Report
    from batchwork.engine.workflow import Workflow
    from batchwork.errors import BatchworkError, Skip

_HOMES = {
    "Batch": "engine.batch",
    "BatchworkError": "errors",
    "Plan": "engine.plans",
    "Report": "engine.summary",
    "Resources": "engine.steps",
    "RunOptions": "engine.definition",
    "Skip": "errors",
    "Step": "engine.steps",
    "Workflow": "engine.workflow",
    "files": "engine.items",
    "get_step": "engine.loading",
    "items": "engine.items",
    "progress": "engine.progress",
    "step": "engine.steps",
    "sweep": "engine.items",
}

__all__ = [
    "Batch",
    "BatchworkError",
    "Plan",
    "Report",
    "Resources",
    "RunOptions",
    "Skip",
    "Step",
    "Workflow",
    "files",
    "get_step",
    "items",
    "progress",
    "step",
    "sweep",
]


__getattr__, __dir__ = lazy_names(__name__, _HOMES)
