"""Python's standard library: page by page, a record a line."""
import json
import os
import urllib.request

headers = {"Authorization": "Bearer " + os.environ["TOKEN"], "Content-Type": "application/json"}
cursor = None
with open("export.ndjson", "w", encoding="utf-8") as out:
    while True:
        body = os.environ["BODY"] + json.dumps(cursor) + "}}"
        request = urllib.request.Request(os.environ["URL"], body.encode(), headers)
        with urllib.request.urlopen(request) as answer:
            children = json.load(answer)["data"]["project"]["object"]["children"]
        for record in children["objects"]:
            out.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
        cursor = children["cursor"]
        if cursor is None:
            break
