"""Batch jobs on folders: the style of BatchLib, on the engine's ledger."""

from batchwork.io.containers.images import read_image, write_image
from batchwork.io.containers.tables import read_table, write_table
from batchwork.jobs.container import BatchJobOnContainer
from batchwork.jobs.job import BatchJob
from batchwork.jobs.sequence import run_workflow
from batchwork.jobs.states import JobError, JobStatus

__all__ = [
    "BatchJob",
    "BatchJobOnContainer",
    "JobError",
    "JobStatus",
    "read_image",
    "read_table",
    "run_workflow",
    "write_image",
    "write_table",
]
