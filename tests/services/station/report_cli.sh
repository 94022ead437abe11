#!/usr/bin/env bash
# osteon report -o: a draft says so in the file's own name, and a path that cannot be is told.
#   tests/services/station/report_cli.sh OSTEON CASE
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
cp -r "$2" "$dir/case"
mkdir "$dir/DRAFTS"
"$1" plan new "$dir/case" --force >"$dir/said"
"$1" report "$dir/case" -o "$dir/DRAFTS/page.pdf" >"$dir/said"
[ "$(ls "$dir/DRAFTS")" = page_DRAFT.pdf ] || { echo "a draft is named: $(ls "$dir/DRAFTS")"; exit 1; }
"$1" report "$dir/case" -o "$dir/none/page.pdf" >"$dir/said" 2>&1 && rc=0 || rc=$?
[ $rc -eq 5 ] && grep -q "its folder is not there" "$dir/said" ||
  { echo "a folder that is not there: exit $rc"; cat "$dir/said"; exit 1; }
