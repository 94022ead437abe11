#!/usr/bin/env bash
# Runs one pgTAP file, or compares the schema, on a database migrated from nothing.
#
#   tests/sql/run.sh OSTEON FILE.sql      needs OSTEON_OWNER_DATABASE_URL
#   tests/sql/run.sh OSTEON schema        against tests/sql/schema.sql; --write makes it anew
set -euo pipefail
cd "$(dirname "$0")/../.."
osteon=$1 what=$2 write=${3:-}
: "${OSTEON_OWNER_DATABASE_URL:?run by ctest, which starts a database}"
bin=/usr/lib/postgresql/15/bin

name=sql_$(basename "$what" .sql)
base=$OSTEON_OWNER_DATABASE_URL
url=${base/@\/osteon?/@/$name?}
psql() { "$bin/psql" -X -q -v ON_ERROR_STOP=1 "$@"; }
psql "$base" -c "drop database if exists $name" -c "create database $name" 2>/dev/null
trap 'psql "$base" -c "drop database if exists $name with (force)"' EXIT
OSTEON_OWNER_DATABASE_URL=$url OSTEON_MIGRATIONS=migrations "$osteon" migrate >/dev/null 2>&1

if [[ $what == schema ]]; then
  dump() {
    "$bin/pg_dump" -s -O "$url" |
      grep -Ev '^(--|SET |SELECT pg_catalog|\\(un)?restrict|$)'
  }
  if [[ $write == --write ]]; then
    { echo "-- The schema after all steps. Made by: tests/sql/run.sh OSTEON schema --write"; dump; } >tests/sql/schema.sql
    exit
  fi
  diff -u <(grep -v '^--' tests/sql/schema.sql) <(dump) ||
    { echo "the schema differs; if it should, run tests/sql/run.sh OSTEON schema --write"; exit 1; }
  exit
fi

psql "$url" -c "create schema tap" -c "create extension pgtap schema tap"
out=$(PGOPTIONS='-c search_path=public,tap' "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -f "$what" "$url" 2>&1) ||
  { echo "$out"; exit 1; }
if grep -qE '^not ok|Looks like' <<<"$out" || ! grep -qE '^1\.\.[1-9]' <<<"$out"; then
  echo "$out" | grep -vE '^ok'
  exit 1
fi
