"""What a check of a scan reports."""

from dataclasses import dataclass
from typing import Literal, Self

from batchwork.tomo.formats.errors import ScanDefect, defect_class

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    Attributes
    ----------
    defect : str
        Name of its class in `batchwork.tomo.formats.errors`, the failure class in the table.
    severity : "error", "warning" or "note"
        An error makes the reconstruction wrong or impossible; a warning may make it worse; a note is for
        information.
    message : str
        Names the file, the dataset and what to do.
    """

    defect: str
    severity: Severity
    message: str

    @classmethod
    def of(cls, defect: ScanDefect, severity: Severity = "error") -> Self:
        """Make a finding of a defect."""
        return cls(type(defect).__name__, severity, str(defect))

    @property
    def is_error(self) -> bool:
        """Whether the scan cannot be used as it is."""
        return self.severity == "error"

    def exception(self) -> ScanDefect:
        """Give the finding as the exception of its class."""
        return defect_class(self.defect)(self.message)
