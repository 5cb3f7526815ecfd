"""Opening a scan of any format."""

from contextlib import ExitStack
from pathlib import Path

import h5py

from batchwork.tomo.formats import dxchange, nxtomo
from batchwork.tomo.formats.errors import NotATomographyFile, ScanDefect, WrongShape
from batchwork.tomo.formats.hdf5 import find_dataset, open_hdf5, reading
from batchwork.tomo.formats.pixel_size import PixelSize
from batchwork.tomo.formats.scan import FRAME_AXES, FrameSet, Parts, Scan, ScanInfo, native
from batchwork.tomo.formats.structure import short_defect, structure_defects


def find_parts(file: h5py.File) -> tuple[Parts, list[ScanDefect]]:
    """Find the parts of a scan in a file of any format.

    Raises
    ------
    NotATomographyFile
        If the file holds none.
    """
    if dxchange.is_dxchange(file):
        return dxchange.find_parts(file)
    if nxtomo.is_nxtomo(file):
        return nxtomo.find_parts(file)
    raise NotATomographyFile.at(Path(file.filename), "it is HDF5, but holds no tomography scan")


def find_pixel_size(file: h5py.File) -> PixelSize:
    """Read the pixel size of a scan in a file of any format."""
    return dxchange.pixel_size(file) if dxchange.is_dxchange(file) else nxtomo.pixel_size(file)


def open_scan(path: Path, *, accept_short: bool = False, while_written: bool = False) -> Scan:
    """Open a scan for reading; nothing is written, changed or locked.

    Parameters
    ----------
    path : Path
        A DXchange or NXtomo file.
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
    >>> with open_scan(Path("scan_001.h5")) as scan:  # doctest: +SKIP
    ...     flat, dark = scan.flat_dark(slice(0, 8))
    ...     counts = scan.projections(slice(0, 8))
    """
    with ExitStack() as undo:
        file = undo.enter_context(open_hdf5(path, while_written=while_written))
        undo.enter_context(reading(path))
        parts = _sound_parts(file)
        short = short_defect(parts)
        if short is not None and not accept_short:
            raise short
        scan = _scan(file, parts)
        undo.pop_all()
    return scan


def read_metadata(path: Path) -> ScanInfo:
    """Describe a scan without reading its frames; one that is short, or being written, as well.

    Raises
    ------
    ScanDefect
        The first thing for which it cannot be read.
    """
    with open_scan(path, accept_short=True, while_written=True) as scan:
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
    with open_hdf5(path, while_written=True) as file, reading(path):
        if dxchange.is_dxchange(file):
            return _nbytes(FrameSet.whole(find_dataset(file, dxchange.DATA)))
        parts, defects = find_parts(file)
        if parts.data is None:
            raise defects[0]
        return _nbytes(parts.data)


def _sound_parts(file: h5py.File) -> Parts:
    parts, defects = find_parts(file)
    for defect in (*defects, *structure_defects(parts)):
        raise defect
    return parts


def _nbytes(data: FrameSet) -> int:
    shape = data.dataset.shape
    if shape is None or len(shape) != FRAME_AXES:
        raise WrongShape.at(
            Path(data.dataset.file.filename),
            f"{data.dataset.name} has shape {shape}, not (frames, rows, columns)",
        )
    rows, columns = data.frame_shape
    return data.count * rows * columns * int(data.dataset.dtype.itemsize)


def _scan(file: h5py.File, parts: Parts) -> Scan:
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
        dtype=native(data.dataset.dtype),
        nflat=flats.count,
        ndark=darks.count,
        theta_rad=theta_rad,
        theta_count=theta.values.size,
        pixel_size_um=parts.pixel_size_um,
        chunks=data.dataset.chunks,
        compressed=data.dataset.id.get_create_plist().get_nfilters() > 0,
        nbytes=_nbytes(data),
    )
    return Scan(file, info, data, flats, darks)
