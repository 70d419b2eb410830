"""Reads a workbook as another program would and prints what its sheets are made
of as JSON: tables, heads, links, styles, widths."""
import json, sys

import openpyxl


def seen(sheet):
    cells = [c for row in sheet.iter_rows() for c in row if c.value is not None]
    return {
        "name": sheet.title,
        "freeze": sheet.freeze_panes,
        "titles": sheet.print_title_rows,
        "records": sheet.max_row - 1,
        "head": [c.value for c in sheet[1]],
        "bold": [c.coordinate for c in cells if c.font.bold],
        "tables": [{"name": t.displayName, "ref": t.ref, "filter": t.autoFilter.ref, "heads": [c.name for c in t.tableColumns],
                    "insert": bool(t.insertRow), "style": t.tableStyleInfo.name} for t in sheet.tables.values()],
        "filter": sheet.auto_filter.ref,
        "links": {c.coordinate: c.hyperlink.target for c in cells if c.hyperlink},
        "quoted": [c.coordinate for c in cells if c.quotePrefix],
        "formats": {c.coordinate: c.number_format for c in cells if c.number_format != "General"},
        "types": {c.coordinate: c.data_type for c in cells},
        "wrapped": [c.coordinate for c in cells if c.alignment.wrap_text],
        "widths": [sheet.column_dimensions[c.column_letter].width for c in sheet[1]],
    }


book = openpyxl.load_workbook(sys.argv[1])
json.dump([seen(sheet) for sheet in book.worksheets], sys.stdout)
