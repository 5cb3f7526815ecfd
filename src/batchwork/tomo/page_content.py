"""What a page about a scan shows, as the user chooses it; light to import."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContent:
    """What stands on a page about a reconstructed scan.

    Attributes
    ----------
    low, high : float
        Values of black and white, in the volume's unit; by default the 5th and 95th percentile of what is shown.
    column, row, slice : int
        Where the volume is cut; in the middle by default.
    note : str
        Words that stand below the title.
    """

    low: float | None = None
    high: float | None = None
    column: int | None = None
    row: int | None = None
    slice: int | None = None
    note: str = ""

    @property
    def cuts(self) -> tuple[int | None, int | None, int | None]:
        """Column, row and slice."""
        return self.column, self.row, self.slice
