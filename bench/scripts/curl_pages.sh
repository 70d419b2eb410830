#!/bin/sh
# curl a page: one process a request, the cursor by sed, answers as they come.
set -eu
cursor=null
while :; do
	curl -sS --fail -o page -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d "$BODY$cursor}}" "$URL"
	cat page >>pages
	cursor=$(head -c 400 page | sed 's/.*"cursor":\([^,]*\),.*/\1/')
	[ "$cursor" != null ] || break
done
