#!/bin/sh
# curl and jq a page: a record a line, as people write it.
set -eu
cursor=null
while :; do
	curl -sS --fail -o page -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d "$BODY$cursor}}" "$URL"
	jq -c '.data.project.object.children.objects[]' page >>export.ndjson
	cursor=$(jq -c '.data.project.object.children.cursor' page)
	[ "$cursor" != null ] || break
done
