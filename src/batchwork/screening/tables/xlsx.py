"""Writing one table as an Excel workbook, row by row."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from batchwork.errors import ParameterError

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
"""Limits of the format."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OOXML = "http://schemas.openxmlformats.org"
_MAIN = f"{_OOXML}/spreadsheetml/2006/main"
_RELATIONS = f"{_OOXML}/officeDocument/2006/relationships"
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_OOXML}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_OOXML}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_OOXML}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}


def write_xlsx(path: Path, title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a workbook of one sheet; the same table gives the same bytes.

    Parameters
    ----------
    path : Path
    title : str
        Of the sheet.
    header : sequence of str
    rows : iterable of sequences
        Numbers stay numbers, None is an empty cell, all else is text.

    Raises
    ------
    ParameterError
        If there are more rows or columns than the format holds.

    References
    ----------
    ECMA-376, Office Open XML File Formats, part 1, SpreadsheetML.
    """
    if len(header) > MOST_COLUMNS:
        raise ParameterError(f"{path.name}: {len(header)} columns; Excel takes {MOST_COLUMNS}: export CSV instead")
    book = (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
        f'<sheet name="{escape(title)}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    with ZipFile(path, "w") as archive:
        for name, text in {**_PARTS, "xl/workbook.xml": book}.items():
            archive.writestr(_entry(name), _HEAD + text)
        with archive.open(_entry("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as sheet:
            _write_sheet(sheet, path.name, header, rows)


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _EPOCH)
    entry.compress_type = ZIP_DEFLATED
    return entry


def _write_sheet(sheet: IO[bytes], name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{_row(header)}'.encode())
    for number, row in enumerate(rows, start=2):
        if number > MOST_ROWS:
            raise ParameterError(f"{name}: more than {MOST_ROWS} rows, which Excel does not take: export CSV instead")
        sheet.write(_row(row).encode())
    sheet.write(b"</sheetData></worksheet>")


def _row(values: Sequence[object]) -> str:
    return f"<row>{''.join(map(_cell, values))}</row>"


def _cell(value: object) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, int | float):
        return f"<c><v>{value!r}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'
