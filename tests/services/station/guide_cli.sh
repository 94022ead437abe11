#!/usr/bin/env bash
# osteon guide on an approved plan whose guide fails a check: exit 4, the reason, no STL.
#   tests/services/station/guide_cli.sh OSTEON CASE
set -euo pipefail
export OMP_WAIT_POLICY=PASSIVE
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
cp -r "$2" "$dir/case"
echo '{"ops":[{"op":"set","object":"guide","property":"distal_mm","value":55}]}' >"$dir/ops.json"
"$1" plan new "$dir/case" --force >"$dir/said"
"$1" plan apply "$dir/case" "$dir/ops.json" >"$dir/said"
"$1" guide "$dir/case" --voxel 0.5 >"$dir/said" 2>&1 && rc=0 || rc=$?
[ $rc -eq 4 ] && [ -e "$dir/case/result/guide_DRAFT.stl" ] ||
  { echo "a draft that fails a check: exit $rc"; exit 1; }
"$1" plan approve "$dir/case" v1 >"$dir/said"
"$1" guide "$dir/case" --voxel 0.5 -o "$dir/out" >"$dir/said" 2>&1 && rc=0 || rc=$?
[ $rc -eq 4 ] && grep -q "no STL is released" "$dir/said" ||
  { echo "an approved one: exit $rc"; cat "$dir/said"; exit 1; }
[ -e "$dir/out/guide.json" ] || { echo "no guide.json"; exit 1; }
left=$(find "$dir" -name 'guide*.stl')
[ -z "$left" ] || { echo "still there: $left"; exit 1; }
