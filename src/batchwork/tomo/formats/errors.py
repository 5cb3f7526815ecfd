"""What can be wrong with a tomography file, one class for each defect.

The class names are the failure classes that users see in the table::

    FileFormatError
    └── ScanDefect
        ├── MissingFile (FileNotFoundError)      ├── ThetaMismatch
        ├── UnreadableFile (OSError)             ├── AbortedScan
        ├── TruncatedFile (EOFError)             ├── AcquisitionInProgress
        ├── DamagedFile (OSError)                ├── ThetaNotFinite
        ├── LockedFile (BlockingIOError)         ├── ThetaNotMonotone
        ├── NotHdf5File                          ├── ThetaInRadians
        ├── NotTiffFile                          ├── ThetaRange
        ├── NotATomographyFile                   ├── DuplicateAngles
        ├── BrokenExternalLink (OSError)         ├── FlatNotAboveDark
        ├── MissingFilterPlugin (ImportError)    ├── DarkFrames
        ├── MissingDataset (LookupError)         ├── UnwrittenFrames
        │   ├── NoFlats                          ├── SaturatedFrames
        │   ├── NoDarks                          ├── NotANumberData
        │   └── MissingTheta                     ├── PixelSizeUnit
        ├── WrongShape                           ├── ChunkPerProjection
        │   ├── ThetaShape                       └── OddWidth
        │   ├── TooFewAngles
        │   └── TooFewColumns
        └── WrongType (TypeError)
"""

from pathlib import Path
from typing import ClassVar, Self

from batchwork.errors import FileFormatError


class ScanDefect(FileFormatError):
    """Base of everything that can be wrong with a scan; `remedy` is what the user can do."""

    remedy: ClassVar[str] = "look at the file with an HDF5 viewer"

    @classmethod
    def at(cls, path: Path, what: str) -> Self:
        """Make the error whose text names the file, what is wrong, and what to do.

        Parameters
        ----------
        path : Path
            The scan.
        what : str
            The defect, naming the dataset where there is one.
        """
        return cls(f"{path}: {what}; {cls.remedy}")


class MissingFile(ScanDefect, FileNotFoundError):
    """There is no file under this path."""

    remedy = "check the name and that the disk is mounted"


class UnreadableFile(ScanDefect, OSError):
    """The path is a directory, may not be read, or its disk fails."""

    remedy = "check its permissions and its disk"


class TruncatedFile(ScanDefect, EOFError):
    """The file ends before its own header says."""

    remedy = "copy or transfer it again from where it was recorded"


class DamagedFile(ScanDefect, OSError):
    """The file has its length, but what is inside does not hold together."""

    remedy = "copy or transfer it again from where it was recorded"


class LockedFile(ScanDefect, BlockingIOError):
    """Another process has the file open for writing, or did not close it."""

    remedy = "wait until that program has closed it; if none runs, clear the mark on a copy (h5clear -s)"


class NotHdf5File(ScanDefect):
    """The file is of another kind."""

    remedy = "give DXchange or NXtomo files (HDF5), TIFF stacks or folders of TIFFs"


class NotTiffFile(ScanDefect):
    """The file is named as a TIFF, but is of another kind."""

    remedy = "give TIFF files under this name"


class NotATomographyFile(ScanDefect):
    """An HDF5 file without a scan in it."""

    remedy = "a scan has /exchange/data (DXchange), or an image_key beside its detector (NXtomo)"


class BrokenExternalLink(ScanDefect, OSError):
    """A dataset lies in another file that is not there, or not under that name."""

    remedy = "put the file it points to back in its place beside this one"


class MissingFilterPlugin(ScanDefect, ImportError):
    """A dataset is compressed with a filter that this installation lacks."""

    remedy = "install the filters with `pip install hdf5plugin` for HDF5, `pip install imagecodecs` for TIFF"


class MissingDataset(ScanDefect, LookupError):
    """A dataset that every scan has is not in the file."""

    remedy = "the acquisition did not write it; record again, or complete a copy of the file"


class NoFlats(MissingDataset):
    """There are no flat fields."""

    remedy = "they are needed to turn counts into transmission; name another file that has them with --flats FILE"


class NoDarks(MissingDataset):
    """There are no dark fields."""

    remedy = "they are needed to turn counts into transmission; name another file that has them with --darks FILE"


class MissingTheta(MissingDataset):
    """There are no angles; they are never guessed."""

    remedy = "name a file with one angle in degrees for each projection with --theta FILE"


class WrongShape(ScanDefect):
    """A dataset has the wrong number of axes, or does not fit the others."""

    remedy = "projections, flats and darks must be (frames, rows, columns) with the same rows and columns"


class ThetaShape(WrongShape):
    """The angles are no list."""

    remedy = "write one angle for each projection to a copy of the file, or name a file that has them with --theta FILE"


class TooFewAngles(WrongShape):
    """Nothing can be reconstructed from fewer than two projections."""

    remedy = "record the scan again"


class TooFewColumns(WrongShape):
    """Nothing can be reconstructed from fewer than two columns."""

    remedy = "record the scan again with a wider region of the detector"


class WrongType(ScanDefect, TypeError):
    """A dataset does not hold real numbers."""

    remedy = "frames and angles must be integers or floating-point numbers"


class ThetaMismatch(ScanDefect):
    """There are fewer angles than projections."""

    remedy = "each projection needs its angle; complete them in a copy of the file"


class AbortedScan(ScanDefect):
    """There are fewer projections than angles and nobody is writing the file: the scan was broken off."""

    remedy = "record it again, or use the angles present with --accept-short"


class AcquisitionInProgress(ScanDefect):
    """The file is open for writing and not all of its frames are there."""

    remedy = "wait until the acquisition has ended"


class ThetaNotFinite(ScanDefect):
    """Some angles are NaN or infinite."""

    remedy = "write the true angles to a copy of the file"


class ThetaNotMonotone(ScanDefect):
    """The angles go back and forth."""

    remedy = "check the encoder readings; an interlaced scan must visit evenly spaced angles"


class ThetaInRadians(ScanDefect):
    """The angles look like radians where degrees are expected."""

    remedy = "write degrees, or say `units = radians` in the dataset's attributes, in a copy of the file"


class ThetaRange(ScanDefect):
    """The angles cover less than half a turn, or more than a whole one."""

    remedy = "expect artefacts of missing angles, or check the angles"


class DuplicateAngles(ScanDefect):
    """The same angle stands more than once."""

    remedy = "check the encoder readings; an unwritten end of theta reads as zeros"


class FlatNotAboveDark(ScanDefect):
    """The flat field is not brighter than the dark field."""

    remedy = "check that flats and darks are not swapped and that the shutter was open for the flats"


class DarkFrames(ScanDefect):
    """Projections are as dark as the dark field."""

    remedy = "check the shutter and the beam during the scan"


class UnwrittenFrames(ScanDefect):
    """Frames of one value throughout, as space set aside and never written reads."""

    remedy = "the acquisition did not write them; record the scan again"


class SaturatedFrames(ScanDefect):
    """Pixels at the highest value that the camera can give."""

    remedy = "attenuation there is wrong; expose for a shorter time"


class NotANumberData(ScanDefect):
    """NaN or infinite values among the counts."""

    remedy = "check the program that converted the data"


class PixelSizeUnit(ScanDefect):
    """The pixel size has no unit, an unknown one, or an impossible value; it is left out."""

    remedy = "results are per pixel; write the pixel size with `units` (um, mm, nm, m) for lengths"


class ChunkPerProjection(ScanDefect):
    """Each compressed chunk holds whole projections, so that every block of rows reads the whole file."""

    remedy = "it reads slowly; give it more memory so that the blocks of rows are larger"


class OddWidth(ScanDefect):
    """The detector has an odd number of columns."""

    remedy = "nothing to do: it is handled"


def defect_class(name: str) -> type[ScanDefect]:
    """Find the class of a defect by its name.

    Raises
    ------
    KeyError
        If there is no such defect.
    """
    found = globals()[name]
    if not (isinstance(found, type) and issubclass(found, ScanDefect)):
        raise KeyError(name)
    return found
