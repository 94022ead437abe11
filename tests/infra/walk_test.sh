#!/usr/bin/env bash
# The sample case goes all the way, films to approved guide and report, and its verdict is good.
#   tests/infra/walk_test.sh OSTEON WEB_ROOT      silent when it passes
set -euo pipefail
export OSTEON_PROGRAM=$1 OSTEON_WEB_ROOT=$2
unset OSTEON_DATABASE_URL OSTEON_OWNER_DATABASE_URL
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
chmod 755 "$dir" # the database's user walks through
finish() {
  infra/stack stop "$dir/at" >/dev/null 2>&1 || true
  rm -rf "$dir"
}
trap finish EXIT
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
infra/stack start "$dir/at" --port "$port" >/dev/null 2>"$dir/said" || { cat "$dir/said"; exit 1; }
# shellcheck disable=SC1091
. "$dir/at/environment"
infra/sample/people "$dir/at"
node infra/sample/walk.mjs "$dir/at" >"$dir/figures"
node infra/sample/walk.mjs --verdict "$dir/figures"
