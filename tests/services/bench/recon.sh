#!/usr/bin/env bash
# osteon bench recon on one case by the way that takes no time: what is printed, what is left out
# and why, and what is refused. No figure is asked to be good.
#   tests/services/bench/recon.sh OSTEON      silent when it passes
set -euo pipefail
osteon=$1
fail() { echo "$*"; exit 1; }
said=$("$osteon" bench recon --data /nonexistent --only simulated,leave_one_out,biplane,femur \
  --methods mean --cases 1 --json 2>/dev/null)
node - "$said" <<'END' || fail "$said"
const all = JSON.parse(process.argv[2]);
const check = (ok, what) => { if (!ok) { console.log(what); process.exit(1); } };
check(all.osteon_bench_recon === 1 && all.quick === false, 'the kind');
check(all.ladder.length === 1 && all.ladder[0].method === 'mean' && !all.ladder[0].oracle, 'the ladder');
check(all.ladder.every((row) => row.asd_mm > 0.1 && row.asd_mm < 10), 'a distance of the ladder');
check(all.ladder.every((row) => row.set === 'simulated' && row.simulated.radius > 0.1), 'the sets');
// What did not run has no figure, and a reason.
check(!('seconds' in all) && !('angles' in all) && !('biplane' in all), 'figures nobody measured');
for (const part of ['shifted', 'curves', 'leave_one_out', 'biplane', 'femur', 'layers', 'bmd'])
  check(typeof all.left_out[part] === 'string' && all.left_out[part] !== '', part);
check(!('simulated' in all.left_out), 'left out what ran');
END
table=$("$osteon" bench recon --data /nonexistent --only biplane --quick 2>/dev/null)
grep -q '^QUICK' <<<"$table" || fail "quick and silent about it: $table"
grep -q 'left out: biplane: wrist_biplane_xray' <<<"$table" || fail "no reason: $table"
grep -q '1.05 +- 0.36' <<<"$table" || fail "no anchor: $table"
for bad in "--only nothing" "--methods guess" "--cases 0" "--cases x"; do
  # shellcheck disable=SC2086
  code=0; "$osteon" bench recon $bad >/dev/null 2>&1 || code=$?
  [[ $code == 2 ]] || fail "$bad: exit $code"
done
code=0; "$osteon" bench recon --model /nonexistent --only simulated >/dev/null 2>&1 || code=$?
[[ $code == 3 ]] || fail "no model: exit $code"
