"""Opening a scan of any format."""

from contextlib import ExitStack
from pathlib import Path

from batchwork.tomo.formats import layouts, tiff_scan
from batchwork.tomo.formats.companions import NONE, Companions
from batchwork.tomo.formats.errors import LockedFile, NotATomographyFile, ScanDefect, WrongShape
from batchwork.tomo.formats.frame_set import FRAME_AXES, native
from batchwork.tomo.formats.hdf5 import open_hdf5, reading
from batchwork.tomo.formats.scan import Parts, Scan, ScanInfo
from batchwork.tomo.formats.separate import with_companions
from batchwork.tomo.formats.structure import short_defect, structure_defects
from batchwork.tomo.formats.tiff_frames import is_tiff


def open_parts(
    files: ExitStack, path: Path, beside: Companions = NONE, *, while_written: bool = False
) -> tuple[Parts, list[ScanDefect]]:
    """Find the parts of a scan of any format.

    Parameters
    ----------
    files : ExitStack
        Takes the files, which stay open.
    path : Path
        A DXchange or NXtomo file, a TIFF stack, or a folder of TIFFs.
    beside : Companions
        Flats, darks and angles in other files.
    while_written : bool
        Take a file that another process has open for writing.

    Returns
    -------
    parts : Parts
        None for what is missing.
    defects : list of ScanDefect
        Why it is missing.

    Raises
    ------
    ScanDefect
        If the file itself cannot be read, or holds no scan.
    """
    if is_tiff(path):
        parts, defects = tiff_scan.find_parts(path, beside)
    else:
        file = files.enter_context(open_hdf5(path, while_written=while_written))
        with reading(path):
            parts, defects = layouts.find_parts(file, beside)
    return with_companions(files, parts, beside, defects), defects


def lock_of(path: Path) -> LockedFile | None:
    """Say how a file is held by its writer; None if it is not, or is a TIFF: these have no locks.

    Raises
    ------
    ScanDefect
        If it cannot be opened.
    """
    if is_tiff(path):
        return None
    try:
        open_hdf5(path).close()
    except LockedFile as defect:
        return defect
    return None


def open_scan(
    path: Path,
    *,
    flats: Path | None = None,
    darks: Path | None = None,
    theta: Path | None = None,
    accept_short: bool = False,
    while_written: bool = False,
) -> Scan:
    """Open a scan for reading; nothing is written, changed or locked.

    Parameters
    ----------
    path : Path
        A DXchange or NXtomo file, a TIFF stack, or a folder of TIFFs.
    flats, darks, theta : Path, optional
        Other files that have what the scan's own lacks, or that shall be used instead; see `Companions`.
    accept_short : bool
        Take a scan with fewer projections than angles, with the angles present.
    while_written : bool
        Take a file that another process has open for writing.

    Returns
    -------
    Scan
        A context manager.

    Raises
    ------
    ScanDefect
        The first thing for which it cannot be read; `AbortedScan` unless `accept_short`. Contents are not
        looked at, see `check_scan`.

    Examples
    --------
    >>> from batchwork.tomo.formats.simulate import Simulation, simulate_scans
    >>> centres = simulate_scans(Path(), Simulation(1, columns=32, angles=16, rows=4))
    >>> with open_scan(Path("scan_001.h5")) as scan:
    ...     flat, dark = scan.flat_dark(slice(0, 2))
    ...     counts = scan.projections(slice(0, 2))
    >>> counts.shape, flat.shape
    ((16, 2, 32), (2, 32))
    """
    with ExitStack() as files:
        parts, defects = open_parts(files, path, Companions(flats, darks, theta), while_written=while_written)
        with reading(path):
            for defect in (*defects, *structure_defects(parts)):
                raise defect
            short = short_defect(parts)
            if short is not None and not accept_short:
                raise short
            return _scan(files, parts)


def read_metadata(
    path: Path, *, flats: Path | None = None, darks: Path | None = None, theta: Path | None = None
) -> ScanInfo:
    """Describe a scan without reading its frames; one that is short, or being written, as well.

    Parameters
    ----------
    path, flats, darks, theta : Path
        As in `open_scan`.

    Raises
    ------
    ScanDefect
        The first thing for which it cannot be read.
    """
    with open_scan(path, flats=flats, darks=darks, theta=theta, accept_short=True, while_written=True) as scan:
        return scan.info


def data_nbytes(path: Path) -> int:
    """Give the size of the projections of a scan, as its series compares it.

    The shape's product times the item size: what compression, flats, or space set aside in the file do to
    the file's own size does not matter. Other parts of the scan may be missing.

    Returns
    -------
    int
        Bytes.

    Raises
    ------
    ScanDefect
        If the projections cannot be found.
    """
    with ExitStack() as files:
        parts, defects = open_parts(files, path, while_written=True)
        if parts.data is None:
            raise defects[0]
        source = parts.data.source
        if source.shape is None or len(source.shape) != FRAME_AXES:
            raise WrongShape.at(path, f"{source.name} has shape {source.shape}, not (frames, rows, columns)")
        return parts.data.nbytes


def _scan(files: ExitStack, parts: Parts) -> Scan:
    """Make the scan of sound parts; it takes over the open files."""
    data, flats, darks, theta = parts.data, parts.flats, parts.darks, parts.theta
    if data is None or flats is None or darks is None or theta is None:
        raise NotATomographyFile.at(parts.path, "parts of the scan are missing")
    theta_rad = theta.radians[: data.count]
    theta_rad.flags.writeable = False
    rows, columns = data.frame_shape
    info = ScanInfo(
        path=parts.path,
        kind=parts.kind,
        angles=data.count,
        rows=rows,
        columns=columns,
        dtype=native(data.source.dtype),
        nflat=flats.count,
        ndark=darks.count,
        theta_rad=theta_rad,
        theta_count=theta.values.size,
        pixel_size_um=parts.pixel_size.um,
        chunks=data.source.chunks,
        compressed=data.source.packed,
        nbytes=data.nbytes,
    )
    return Scan(files.pop_all(), info, data, flats, darks, parts.flat_groups)
