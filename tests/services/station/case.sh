#!/usr/bin/env bash
# A simulated patient, reconstructed once for the tests of this folder.
#   tests/services/station/case.sh OSTEON DIR      DIR/case_0 is the case
set -euo pipefail
rm -rf "$2"
mkdir -p "$2"
export OMP_WAIT_POLICY=PASSIVE
"$1" cohort 1 -o "$2" --seed 20 --sample >/dev/null
mkdir "$2/case_0/result"
echo '{}' | tee "$2/case_0/plan.json" "$2/case_0/result/fem.json" >"$2/case_0/result/report.pdf" # of other bones
"$1" recon "$2/case_0" >/dev/null || [ $? -eq 4 ] # above its limit is a result too
[ ! -e "$2/case_0/result/fem.json" ] && [ ! -e "$2/case_0/result/report.pdf" ] ||
  { echo "stress or a report of other bones stays"; exit 1; }
rm "$2/case_0/plan.json" # people's: it stays
