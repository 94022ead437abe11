#!/usr/bin/env bash
# A throw-away PostgreSQL cluster for the tests, migrated and durable as in production.
#
#   tests/services/cluster.sh start DIR OSTEON   DIR short; OSTEON the program
#   tests/services/cluster.sh stop DIR
set -euo pipefail
cd "$(dirname "$0")/../.."
dir=$2
case $1 in
start)
  [[ ! -e $dir ]] || { infra/cluster stop "$dir" || true; rm -rf "$dir"; }
  mkdir -p "$dir"
  infra/cluster start "$dir" >"$dir/env"
  (umask 077 && od -An -tx1 -N32 /dev/urandom | tr -d ' \n' >"$dir/secret")
  set -a
  # shellcheck disable=SC1091
  . "$dir/env"
  set +a
  OSTEON_MIGRATIONS=migrations "$3" migrate >"$dir/migrate.log" 2>&1 || { cat "$dir/migrate.log" >&2; exit 1; }
  ;;
stop)
  OSTEON_STOP=immediate infra/cluster stop "$dir" || true
  rm -rf "$dir"
  ;;
esac
