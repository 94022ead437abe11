#!/usr/bin/env bash
# osteon bench drr on its simulated forearm: our film, and where plastimatch is installed the
# same film to a thousandth of its most. Nothing is asked of the clock.
#   tests/services/tool/bench.sh OSTEON      silent when it passes
set -euo pipefail
osteon=$1
fail() { echo "$*"; exit 1; }
for angle in 0 25 120; do
  said=$("$osteon" bench drr --data /nonexistent --columns 160 --rounds 1 --angle "$angle" --json)
  word() { node -e 'console.log(eval("JSON.parse(process.argv[1])." + process.argv[2]))' "$said" "$1"; }
  [[ $(word volume.kind) == simulated ]] || fail "what was not simulated: $said"
  [[ $(word ours.trace_runs_s.length) == 2 ]] || fail "ours ran not first and last: $said"
  if command -v plastimatch >/dev/null; then
    awk -v rms="$(word rms_share)" 'BEGIN { exit !(rms > 0 && rms <= 1e-3) }' ||
      fail "$angle degrees: RMS $(word rms_share) of the most"
    [[ $(word peer.trace_runs_s.length) == 1 ]] || fail "the peer ran not once: $said"
  else
    [[ $(word peer) == null && $(word speed_ratio) == null ]] || fail "a peer that is not there"
  fi
done
