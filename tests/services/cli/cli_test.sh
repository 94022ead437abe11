#!/usr/bin/env bash
# The command line as a contract: help, exit codes, one line that says what is wrong.
#   tests/services/cli/cli_test.sh OSTEON      silent when it passes
set -euo pipefail
osteon=$1
fail() { echo "$*"; exit 1; }
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT

refused() { # refused EXIT WORD ARGUMENTS...
  local want=$1 word=$2 rc=0
  shift 2
  "$osteon" "$@" >"$dir/out" 2>"$dir/err" </dev/null || rc=$?
  [[ $rc -eq $want && $(<"$dir/err") == *"$word"* ]] || fail "$*: expected exit $want and '$word', got $rc: $(<"$dir/err")"
  [[ ! -s $dir/out && $(wc -l <"$dir/err") -eq 1 ]] || fail "$*: more than one line on stderr, or something on stdout"
}

refused 2 "osteon help lists them" nonsense
commands=$("$osteon" help | sed -n 's/^  \([a-z]*\) .*/\1/p')
for command in recon compare drr cohort train bmd fem plan guide report bench deid api worker migrate user audit rotate blobs; do
  grep -qx "$command" <<<"$commands" || fail "help does not list $command"
done
for command in $commands; do
  most=five; [[ $command = fem ]] && most=$(seq 65)
  "$osteon" "$command" --help >"$dir/help" || fail "$command --help failed"
  for word in "usage: osteon $command" --json --help; do
    grep -q -- "$word" "$dir/help" || fail "$command --help does not tell of $word"
  done
  refused 2 "usage: osteon $command" "$command" --no-such-option
  refused 2 "usage: osteon $command" "$command" one two three four $most
done
for command in recon compare drr cohort train bmd fem plan guide report bench deid user audit; do
  refused 2 "usage: osteon $command" "$command"
done

refused 2 "full and fit" recon "$dir" --method magic
refused 2 "-o PNG" drr "$dir/volume.nii"
refused 2 "40 to 69" drr v --camera c -o p --kvp 300
refused 2 "mineral or hu" drr v --camera c -o p --unit kg
refused 2 "how many" cohort 0 -o "$dir/c"
refused 2 "0 to 1" cohort 1 -o "$dir/c" --malunion 2
refused 2 "lattice or direct" fem "$dir" --engine magic
refused 2 "--ranks" fem "$dir" --ranks 2
refused 2 "--farm" fem "$dir" --farm 99
refused 2 "0.15 to 0.6" guide "$dir" --voxel 9
refused 2 "no such verb" plan fly "$dir"
refused 2 "NAME is missing" plan approve "$dir"
refused 2 "no more" plan show "$dir" extra
refused 2 "surgeon or engineer" plan new "$dir" --role king
refused 2 "collab, drr, femur, recon, layers, bmd, doubts and fem" bench magic
refused 2 "line of JSON" bench collab --kills "$dir/none"
refused 2 "a folder and no more" plan encode "$dir" extra
refused 2 "--clients" plan encode "$dir/frames" --clients 0
refused 2 "--columns" bench drr --columns 1
refused 3 "--volume" bench drr --volume "$dir/none"
refused 2 "'train' knows prior, predictor, tl and tl-forearm" train magic --data d -o f
refused 2 "--data DIR and -o FILE" train prior

# Nothing there, a folder that is no case, a case that is a file, bytes that mean nothing.
head -c 500 /dev/zero | tr '\0' x >"$dir/junk"
mkdir "$dir/case" "$dir/strange" "$dir/escape" "$dir/damaged" "$dir/empty"
echo '{"osteon_case":1,"views":[{"image":"film.png"}]}' | tee "$dir/case/case.json" >"$dir/damaged/case.json"
echo '{"osteon_case":1,"colour":3}' >"$dir/strange/case.json"
echo '{"osteon_case":1,"views":[{"image":"../../etc/passwd"}]}' >"$dir/escape/case.json"
cp "$dir/junk" "$dir/damaged/film.png"
for place in none junk empty; do
  refused 3 "case.json: there is no such file" recon "$dir/$place"
  refused 3 "run osteon recon" bmd "$dir/$place"
  refused 3 "run osteon recon" fem "$dir/$place"
  refused 3 "run osteon recon" plan new "$dir/$place"
  refused 3 "run osteon recon" guide "$dir/$place"
  refused 3 "run osteon recon" report "$dir/$place"
  refused 3 "plan.json: there is no such file" plan show "$dir/$place"
  refused 3 "case.json: there is no such file" compare "$dir/$place"
done

# Several cases fail each alone, and the farm with the worst of them.
rc=0
"$osteon" fem "$dir/none" "$dir/empty" "$dir/junk" --farm 2 >"$dir/out" 2>"$dir/err" || rc=$?
[[ $rc -eq 3 && $(grep -c ': not done, exit 3, ' "$dir/out") -eq 3 ]] || fail "farm: exit $rc, $(<"$dir/out")"
for number in 1 2 3; do
  grep -q "fem, case $number: .*run osteon recon" "$dir/err" || fail "farm: case $number says nothing: $(<"$dir/err")"
done
refused 3 "film 1: there is no such file" recon "$dir/case"
refused 3 "film 1: png: not a PNG" recon "$dir/damaged"
refused 3 "unknown" recon "$dir/strange"
refused 3 "a path must be relative" recon "$dir/escape"
refused 3 "no model file" recon "$dir/case" --model "$dir/junk"
refused 3 "the first surface" compare "$dir/a.stl" "$dir/b.stl"
refused 3 "STL, PLY or OBJ" compare "$dir/junk" "$dir/junk"
refused 2 "mm, cm, m and in" compare "$dir/junk" "$dir/junk" --unit feet
refused 3 "--camera" drr "$dir/junk" --camera "$dir/none" -o "$dir/p.png"
refused 3 "--camera" drr "$dir/junk" --camera "$dir/junk" -o "$dir/p.png"
refused 3 "nothing to read" deid "$dir/none" "$dir/out.dcm"
refused 3 "no file" deid "$dir/empty" "$dir/clean"
refused 3 "DICM" deid "$dir/junk" "$dir/out.dcm"
refused 3 "no JSON" deid "$dir/junk" "$dir/out.dcm" --profile "$dir/junk"
refused 3 "--key" deid "$dir/junk" "$dir/out.dcm" --key "$dir/none"
refused 3 "--data" train prior --data "$dir/empty" -o "$dir/m.ostm"
refused 5 "-o: a folder could not be made: a file stands" cohort 1 -o "$dir/junk/c"
refused 2 "usage: osteon user" user fly
refused 2 "usage: osteon user" user add a@b.example
refused 2 "usage: osteon audit" audit fly
refused 2 "usage: osteon blobs" blobs fly
refused 2 "usage: osteon blobs" blobs copy
refused 2 "usage: osteon blobs" blobs copy --from "$dir/a" --to "$dir/b"
refused 2 "usage: osteon blobs" blobs check --to "$dir/b"
export OSTEON_BLOB_DIR=$dir/blobs
(umask 077 && printf '%064d\n' 7 >"$dir/master" && printf 'a word\n' >"$dir/spaced")
export OSTEON_SECRET_FILE=$dir/master
[[ $("$osteon" blobs check --json) == '{"store":"folder","ok":true}' ]] || fail "blobs check of a folder"
OSTEON_BLOB_S3_URL=http://s3.example/bucket refused 3 "loopback" blobs check
OSTEON_BLOB_S3_URL=s3.example/bucket refused 3 "OSTEON_BLOB_S3_URL" blobs check
OSTEON_BLOB_S3_URL=https://s3.example/bucket refused 5 "OSTEON_BLOB_S3_KEY_ID_FILE" blobs check
OSTEON_BLOB_S3_URL=https://s3.example/bucket OSTEON_BLOB_S3_KEY_ID_FILE=$dir/master OSTEON_BLOB_S3_SECRET_FILE=$dir/spaced \
  refused 3 "is no key" blobs check
unset OSTEON_SECRET_FILE
OSTEON_MODEL=$dir/none refused 3 "OSTEON_MODEL" worker
OSTEON_WORK_DIR=$dir/none refused 5 "OSTEON_WORK_DIR" worker
OSTEON_LOG_LEVEL=loud refused 3 "debug, info" api
OSTEON_PORT=x refused 3 "OSTEON_PORT" api
for command in migrate rotate "user list" "audit verify"; do
  # shellcheck disable=SC2086 # two words
  OSTEON_OWNER_DATABASE_URL='' refused 3 "OSTEON_OWNER_DATABASE_URL" $command
done
OSTEON_OWNER_DATABASE_URL='postgresql://x@/x?host=/nowhere' refused 5 "does not answer" migrate

"$osteon" config --json | grep -q '^{.*}$' || fail "config --json is not one object"
[[ ! -e $dir/out.dcm && ! -e $dir/p.png && ! -e $dir/m.ostm ]] || fail "a refused command left a file"
