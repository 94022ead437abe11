#!/usr/bin/env bash
# infra/stack stops what it started and nothing else; infra/run refuses what cannot be.
#   tests/infra/stack_test.sh OSTEON WEB_ROOT      silent when it passes
set -euo pipefail
export OSTEON_PROGRAM=$1 OSTEON_WEB_ROOT=$2
unset OSTEON_DATABASE_URL OSTEON_OWNER_DATABASE_URL
cd "$(dirname "$0")/../.."
fail() { echo "$*"; exit 1; }
dir=$(mktemp -d)
chmod 755 "$dir" # the database's user walks through
sleep 600 &
bystander=$!
finish() {
  kill "$bystander" ${watch:+"$watch"} ${taken:+"$taken"} 2>/dev/null || true
  infra/stack stop "$dir/at" >/dev/null 2>&1 || true
  rm -rf "$dir"
}
trap finish EXIT

refused() { # refused EXIT WORD COMMAND...
  local want=$1 word=$2 rc=0
  shift 2
  "$@" >"$dir/out" 2>&1 || rc=$?
  [[ $rc -eq $want && $(<"$dir/out") == *"$word"* ]] || fail "$*: expected exit $want and '$word', got $rc: $(<"$dir/out")"
}
free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }
pids() { cat "$dir/at/api.pid" "$dir/at/worker.pid" && head -n 1 "$dir/at/db/data/postmaster.pid"; }
alive() { kill -0 "$1" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$1/status"; }
health() { curl -sf --max-time 5 --cacert "$dir/at/tls/$1.pem" "https://$1:$port/api/v1/health" >/dev/null; }

refused 2 "--listen" infra/run --listen
refused 2 "not every address" infra/run --listen 0.0.0.0
refused 2 "needs a number" infra/run --port web
refused 2 "what is" infra/run --stay
refused 5 "nobody knows the address" infra/stack start "$dir/at" --listen no-such-host.invalid

port=$(free_port)
infra/stack start "$dir/at" --port "$port" >"$dir/first" 2>"$dir/said" || fail "no start: $(<"$dir/said")"
health 127.0.0.1 || fail "no answer under the certificate of 127.0.0.1"
for file in environment database secret app_password tls/127.0.0.1.key; do
  [[ $(stat -c %a "$dir/at/$file") == 600 ]] || fail "others can read $file"
done
first=$(pids)
for name in api worker; do # who takes one of them over must not become the owner
  tr '\0' '\n' <"/proc/$(<"$dir/at/$name.pid")/environ" >"$dir/environ"
  grep -q '^OSTEON_DATABASE_URL=' "$dir/environ" || fail "$name has no database"
  ! grep -Eq '^OSTEON_(OWNER|APP)' "$dir/environ" || fail "$name was told how to be the owner"
done

if [[ $EUID -eq 0 ]] && setpriv --reuid=osteon --regid=osteon --init-groups test -x "$OSTEON_PROGRAM" -a -x "$PWD/migrations"; then
  for name in api worker; do
    [[ $(stat -c %U "/proc/$(<"$dir/at/$name.pid")") == osteon ]] || fail "$name runs as $(stat -c %U "/proc/$(<"$dir/at/$name.pid")")"
  done
  as_osteon() { (cd / && setpriv --reuid=osteon --regid=osteon --init-groups "$@"); }
  owner=$(sed -n "s/^OSTEON_OWNER_DATABASE_URL='*\\([^']*\\)'*/\\1/p" "$dir/at/database")
  psql=/usr/lib/postgresql/15/bin/psql
  as_osteon $psql -Atc 'select 1' "${owner/osteon@/osteon_app@}" >/dev/null || fail "the services' user cannot be the application"
  ! as_osteon $psql -Atc 'select 1' "$owner" >/dev/null 2>&1 || fail "the services' user can be the database's owner"
  for file in environment database app_password log/api.log db/data/PG_VERSION; do
    ! as_osteon test -r "$dir/at/$file" || fail "the services' user can read $file"
  done
fi

infra/stack start "$dir/at" --port "$port" >"$dir/second" 2>/dev/null
[[ $(pids) == "$first" ]] || fail "a second start began others"
cmp -s "$dir/first" "$dir/second" || fail "a second start prints something else"

# What a killed run left behind serves the old name: it makes way for the new one.
infra/stack start "$dir/at" --port "$port" --listen localhost >"$dir/third" 2>/dev/null
health localhost || fail "no answer under the certificate of localhost"
[[ $(pids | head -n 1) != "$(head -n 1 <<<"$first")" ]] || fail "the api serves the old name still"

# What is killed comes back while somebody watches.
infra/stack watch "$dir/at" --port "$port" --listen localhost 2>"$dir/watched" &
watch=$!
for name in worker api database; do
  before=$(pids)
  case $name in
    database) kill -9 "$(tail -n 1 <<<"$before")" ;;
    *) kill -9 "$(<"$dir/at/$name.pid")" ;;
  esac
  for _ in $(seq 1 70); do
    sleep 0.5
    grep -q "$name has died" "$dir/watched" && [[ $(pids) != "$before" ]] && health localhost && break
  done
  [[ $(pids) != "$before" ]] || fail "the $name did not come back: $(<"$dir/watched")"
  health localhost || fail "no answer after the $name was killed"
done
kill "$watch"
wait "$watch" || fail "the watch ended with $?"

running=$(pids)
infra/stack stop "$dir/at"
for pid in $running; do
  ! alive "$pid" || fail "process $pid outlived the stop"
done
alive "$bystander" || fail "the stop ended a process of somebody else"

node -e 'require("net").createServer().listen(+process.argv[1], "127.0.0.1", () => console.log("up"))' "$port" >"$dir/taken" &
taken=$!
for _ in $(seq 1 100); do
  [[ -s $dir/taken ]] && break
  sleep 0.05
done
refused 5 "something else listens on port $port" infra/stack start "$dir/at" --port "$port"
alive "$taken" || fail "who had the port was ended"
kill "$taken"
