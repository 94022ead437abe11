#!/usr/bin/env bash
# What an administrator does at a shell: people, and whether the chains hold.
#   tests/services/admin/admin_test.sh OSTEON      silent when it passes
set -euo pipefail
osteon=$1
: "${OSTEON_OWNER_DATABASE_URL:?run by ctest, which starts a database}"
fail() { echo "$*"; exit 1; }
refused() { # refused EXIT WORD COMMAND...
  local want=$1 word=$2 out rc=0
  shift 2
  out=$("$@" 2>&1) || rc=$?
  [[ $rc -eq $want && $out == *"$word"* ]] || fail "expected exit $want and '$word', got $rc: $out"
}
sql() { /usr/lib/postgresql/15/bin/psql -X -q -At -v ON_ERROR_STOP=1 "$OSTEON_OWNER_DATABASE_URL" -c "$1"; }
field() { sed -E "s/.*\"$1\":\"?([^\",}]*).*/\\1/"; }
tag=admin$$

id=$("$osteon" user institution add "Hospital $tag" --json | field id)
refused 5 "is there" "$osteon" user institution add "Hospital $tag"
account=$("$osteon" user add "$tag@osteon.example" --role engineer --institution "Hospital $tag" --json)
password=$(field password <<<"$account")
[[ ${#password} -eq 23 ]] || fail "no password was drawn: $account"
sql "select password from app_user where email = '$tag@osteon.example'" | grep -q '^\$argon2id\$v=19\$m=65536,t=3' ||
  fail "the password is not kept as Argon2id"
refused 5 "has an account" "$osteon" user add "$tag@osteon.example" --role surgeon --institution "Hospital $tag"
refused 3 "no such institution" "$osteon" user add "b$tag@osteon.example" --role surgeon --institution nowhere
refused 3 "--role" "$osteon" user add "b$tag@osteon.example" --role king --institution "Hospital $tag"
refused 3 "no e-mail" "$osteon" user add nobody --role surgeon --institution "Hospital $tag"
refused 2 "usage" "$osteon" user fly
(umask 077 && printf 'short\n' >"/tmp/$tag")
refused 3 "12 to 255" "$osteon" user password "$tag@osteon.example" --password-file "/tmp/$tag"
printf 'a long enough phrase\n' >"/tmp/$tag"
[[ $("$osteon" user password "$tag@osteon.example" --password-file "/tmp/$tag") != *phrase* ]] ||
  fail "a password from a file was printed"
rm "/tmp/$tag"
"$osteon" user disable "$tag@osteon.example"
"$osteon" user list | grep "$tag@osteon.example" | grep -q disabled || fail "the person is not disabled"
refused 3 "no such user" "$osteon" user disable "nobody$tag@osteon.example"

# Other tests on this server leave broken chains behind: the verdict on this one counts.
verdict() { "$osteon" audit verify || true; }
[[ $(verdict) == *"institution $id: 4 rows in one chain"* ]] || fail "$(verdict)"
sql "update audit set object_id = object_id + 1 where institution_id = $id and seq = 3"
refused 3 "institution $id: BROKEN at row 3" "$osteon" audit verify
refused 3 '"ok":false' "$osteon" audit verify --json
sql "update audit set object_id = object_id - 1 where institution_id = $id and seq = 3"
[[ $(verdict) == *"institution $id: 4 rows in one chain"* ]] || fail "the mended chain does not hold"
OSTEON_OWNER_DATABASE_URL='' refused 3 "no database" "$osteon" user list
OSTEON_OWNER_DATABASE_URL='postgresql://x@/x?host=/nowhere' refused 5 "does not answer" "$osteon" user list
