"""From scans whose centre people have confirmed to what the network learns from."""

from pathlib import Path

from batchwork.errors import FileFormatError, ParameterError
from batchwork.tomo.candidates import read_stack
from batchwork.tomo.kernels.scorers import Slice
from batchwork.tomo.preparing import Preparation
from batchwork.tomo.preprocessing import Preprocessing
from batchwork.tomo.regions import Region
from batchwork.tomo.scanning import open_sound
from batchwork.tomo.training.labelled import Labelled


def label_scan(source: Path, folder: Path, cor: float, settings: Preprocessing) -> Labelled:
    """Take the slice of a scan's stack that is nearest the middle of the detector, and say where its axis is.

    Parameters
    ----------
    source : Path
        The scan.
    folder : Path
        Its stack of candidates, whose row, columns and binning are used; where there is none, the middle row
        of the whole detector.
    cor : float
        The confirmed centre, a column index on the whole unbinned detector.
    settings : Preprocessing
        As for the stack.

    Raises
    ------
    ScanDefect, FileFormatError, ParameterError
    """
    with open_sound(source, settings) as scan:
        middle = (scan.info.rows - 1) // 2
        try:
            stack = read_stack(folder)
        except FileFormatError:
            row, region = middle, Region.of(scan.info)
        else:
            row = min(stack.rows, key=lambda row: abs(row - middle))
            region = Region.of(scan.info, ":", f"{stack.columns[0]}:{stack.columns[1]}", stack.binning)
        local = region.cor(cor)
        if not 0 <= local <= region.size - 1:
            raise ParameterError(f"{source.name}: its centre {cor:g} is not on the columns of its stack")
        preparation = Preparation(scan, region, settings)
        binned = min(row // region.side, region.rows.stop - 1)
        sinogram = preparation.sinograms(range(binned, binned + 1))[0]
        return Labelled(Slice(sinogram, preparation.theta_rad), local, f"{source.name}, row {row}")
