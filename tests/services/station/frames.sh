#!/usr/bin/env bash
# A forearm that was pronated by 60 degrees between its two films: told so it is one arm, with the
# turn and its interval; frames that leave one out are refused.
#   tests/services/station/frames.sh OSTEON DIR      silent when it passes
set -euo pipefail
osteon=$1 dir=$2
fail() { echo "$*"; exit 1; }
export OMP_WAIT_POLICY=PASSIVE
rm -rf "$dir" && mkdir -p "$dir"
"$osteon" cohort 1 -o "$dir" --seed 7102 --pronated 60 --malunion 0 >/dev/null
"$osteon" recon "$dir/case_0" >/dev/null || [ $? -eq 4 ]
node - "$dir/case_0/result/result.json" <<'END' || fail "the turn"
const { views } = JSON.parse(require('node:fs').readFileSync(process.argv[2]));
const turn = views[1].pronated;
const ok = !('frame' in views[0]) && views[1].frame === 1 && turn.unit === 'deg' && turn.how === 'fit'
  && turn.low < 60 && turn.high > 60 && Math.abs(turn.value - 60) < 20;
if (!ok) console.log(JSON.stringify(views.map(({ frame, pronated }) => ({ frame, pronated }))));
process.exit(ok ? 0 : 1);
END
sed -i 's/"frame": 1/"frame": 2/' "$dir/case_0/case.json"
code=0; said=$("$osteon" recon "$dir/case_0" 2>&1) || code=$?
[[ $code == 3 && $said == *"without gaps"* ]] || fail "a frame left out: $code, $said"
