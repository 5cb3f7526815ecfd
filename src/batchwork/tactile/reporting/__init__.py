"""The report of a sweep: what its parameters do to the spikes, as a page, and as a table."""

from batchwork.tactile.reporting.report import Choice, Written, write_page, write_report

__all__ = ["Choice", "Written", "write_page", "write_report"]
