"""From a scan and its stack of candidates to the centre of rotation."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from batchwork.tomo.candidates import read_stack
from batchwork.tomo.centres import DoubtfulCentre
from batchwork.tomo.kernels.double_field import is_double_field
from batchwork.tomo.kernels.rotation import tilt_deg
from batchwork.tomo.kernels.scorers import Grid, Inferred, Slice, infer_centre
from batchwork.tomo.preparing import Preparation
from batchwork.tomo.preprocessing import Preprocessing
from batchwork.tomo.regions import Region
from batchwork.tomo.scanning import open_sound
from batchwork.tomo.tried import TriedImages, unlike


@dataclass(frozen=True, slots=True)
class RowCentre:
    """The centre at one detector row.

    Attributes
    ----------
    row : int
        Unbinned.
    cor : float
        A column index on the whole unbinned detector.
    confidence : float
        0 to 1.
    doubt : str
        Why it is doubtful; "" if it is not.
    double_field : str
        Of a scan over 360° with its axis at the side, which side and how many columns are seen twice.
    """

    row: int
    cor: float
    confidence: float
    doubt: str
    double_field: str = ""


@dataclass(frozen=True, slots=True)
class ScanCentre:
    """The centre of a scan.

    Attributes
    ----------
    scorer : str
    rows : tuple of RowCentre
        One or more, from the top.
    """

    scorer: str
    rows: tuple[RowCentre, ...]

    @property
    def sure(self) -> tuple[RowCentre, ...]:
        """The rows without a doubt."""
        return tuple(row for row in self.rows if not row.doubt)

    @property
    def cor(self) -> float:
        """The median of the rows without a doubt, else of all."""
        return median(row.cor for row in self.sure or self.rows)

    @property
    def tilt(self) -> float | None:
        """Tilt of the axis in degrees, from the highest and the lowest row; None with fewer than two."""
        if len(self.sure) < 2:  # noqa: PLR2004 - a slope needs two
            return None
        top, bottom = self.sure[0], self.sure[-1]
        return tilt_deg((top.row, top.cor), (bottom.row, bottom.cor))

    @property
    def note(self) -> str:
        """What a person may want to know beside the centre."""
        by_row = [f"row {row.row}: {row.cor:.2f}" for row in self.rows] if len(self.rows) > 1 else []
        return "; ".join([*by_row, *dict.fromkeys(row.double_field for row in self.rows if row.double_field)])

    def values(self, *, accept_doubtful: bool) -> dict[str, object]:
        """Give the values that are recorded for the scan."""
        best = max(row.confidence for row in self.sure or self.rows)
        cor: dict[str, object] = {"value": round(self.cor, 3), "by": self.scorer, "confidence": round(best, 3)}
        if self.note:
            cor["note"] = self.note
        if not self.sure:
            doubt = DoubtfulCentre(
                f"{self.rows[0].doubt}; look at the stack, then accept {self.cor:.2f} "
                "(batchwork tomo set FOLDER SCAN --accept) or enter another"
            )
            cor["note" if accept_doubtful else "doubt"] = str(doubt) if accept_doubtful else doubt
        return {"cor": cor} if self.tilt is None else {"cor": cor, "tilt": round(self.tilt, 4)}


def infer_scan(source: Path, folder: Path, scorer: str, settings: Preprocessing) -> ScanCentre:
    """Find the centre of a scan.

    Parameters
    ----------
    source : Path
        The scan.
    folder : Path
        Its stack of candidates, whose rows and grid are used.
    scorer : str
        One of `batchwork.tomo.kernels.scorers.SCORERS`.
    settings : Preprocessing

    Raises
    ------
    ScanDefect, FileFormatError, ParameterError
    """
    stack = read_stack(folder)
    with open_sound(source, settings) as scan:
        region = Region.of(scan.info, ":", f"{stack.columns[0]}:{stack.columns[1]}", stack.binning)
        preparation = Preparation(scan, region, settings)
        middle = region.cor(stack.middle)
        grid = Grid(middle, stack.width / region.side, stack.step)
        other = unlike(stack, settings)
        if scorer == "consensus" and is_double_field(preparation.theta_rad, middle, region.size):
            scorer = "overlap"
        found = []
        for row in sorted(stack.rows):
            binned = min(row // region.side, region.rows.stop - 1)
            sinogram = preparation.sinograms(range(binned, binned + 1))[0]
            tried = TriedImages(stack, folder, row, region)
            slice_ = Slice(sinogram, preparation.theta_rad, made=None if other else tried)
            inferred = infer_centre([slice_], grid, scorer)
            told = f"{other}; its images are not read" if other else tried.told
            print(f"row {row}: {told}")  # noqa: T201 - goes to the task's log
            found.append(_at_row(row, region, inferred, scorer))
    return ScanCentre(scorer, tuple(found))


def _at_row(row: int, region: Region, inferred: Inferred, scorer: str) -> RowCentre:
    judged = inferred.judgements[scorer]
    seen_twice = ""
    if judged.side is not None and judged.overlap is not None:
        seen_twice = f"axis at the {judged.side}, {judged.overlap * region.side:.0f} columns seen from both sides"
    cor = float(np.round(region.full_cor(inferred.cor), 4))
    return RowCentre(row, cor, inferred.confidence, inferred.doubt or "", seen_twice)
