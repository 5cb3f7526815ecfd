"""Batch jobs on folders: the style of BatchLib, on the engine's ledger."""

from batchwork.jobs.container import BatchJobOnContainer
from batchwork.jobs.job import BatchJob
from batchwork.jobs.states import JobError, JobStatus

__all__ = ["BatchJob", "BatchJobOnContainer", "JobError", "JobStatus"]
