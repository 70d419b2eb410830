"""Reads an export as another program would and prints its table as JSON: the
head, and rows of texts and nulls. CSV and JSON come on standard input."""
import csv, datetime, json, sys


def text(v):
    if v is None:
        return None
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, float):
        return str(int(v)) if v.is_integer() else repr(v)
    if isinstance(v, datetime.datetime):
        return v.isoformat(timespec="milliseconds") + "Z"
    if isinstance(v, (list, dict)):
        return json.dumps(v, separators=(",", ":"), ensure_ascii=False)
    return str(v)


def of_csv():
    rows = list(csv.reader(sys.stdin))
    return rows[0], rows[1:]


def of_records(records):
    head = list(records[0])
    return head, [[r[key] for key in head] for r in records]


def of_xlsx(path):
    import openpyxl

    sheet = openpyxl.load_workbook(path).active
    assert sheet.freeze_panes == "A2", sheet.freeze_panes
    rows = [list(r) for r in sheet.iter_rows(values_only=True)]
    return rows[0], rows[1:]


kind = sys.argv[1]
sys.stdin.reconfigure(newline="")
if kind == "csv":
    head, rows = of_csv()
elif kind == "ndjson":
    head, rows = of_records([json.loads(line) for line in sys.stdin])
elif kind == "json":
    head, rows = of_records(json.load(sys.stdin))
else:
    head, rows = of_xlsx(sys.argv[2])
json.dump({"head": head, "rows": [[text(v) for v in row] for row in rows]}, sys.stdout)
