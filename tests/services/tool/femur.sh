#!/usr/bin/env bash
# osteon bench femur and train tl where the data are not there or the words are wrong.
#   tests/services/tool/femur.sh OSTEON      silent when it passes
set -euo pipefail
osteon=$1
fail() { echo "$*"; exit 1; }
expect() {
  local want=$1 words=$2 code=0 said
  # shellcheck disable=SC2086
  said=$("$osteon" $words 2>&1 >/dev/null) || code=$?
  [[ $code == "$want" ]] || fail "$words: exit $code, not $want: $said"
  [[ $(wc -l <<<"$said") == 1 ]] || fail "$words: more than a line: $said"
}
expect 5 "bench femur --data /nonexistent"
expect 5 "train tl --data /nonexistent -o /nonexistent/file"
expect 2 "train tl --data /nonexistent"
expect 2 "train tl --data /nonexistent -o x --recipe own"
expect 2 "bench femur --cases 0"
expect 2 "bench femur --view-error 90"
expect 3 "bench femur --data /nonexistent --tl /nonexistent"
