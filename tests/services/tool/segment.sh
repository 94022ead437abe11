#!/bin/sh
# The real CT of ankle_ct_dicom through `osteon segment`, and series that are none.
#   segment.sh OSTEON (the data lie in OSTEON_DATA, else ../shared/data)
set -u
osteon=$1
data=${OSTEON_DATA:-../shared/data}/ankle_ct_dicom
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "segment.sh: $*" >&2; exit 1; }
refused() { # refused WORD DIR: exit 3 and one line that holds WORD
    "$osteon" segment "$2" -o "$work/no" >"$work/out" 2>"$work/err"
    [ $? -eq 3 ] || fail "$2: not exit 3"
    [ "$(wc -l <"$work/err")" -eq 1 ] || fail "$2: not one line"
    grep -q "$1" "$work/err" || fail "$2: $(cat "$work/err") does not say $1"
}
mkdir "$work/empty" "$work/text"
refused "holds no file" "$work/empty"
echo "no picture" >"$work/text/a.dcm"
refused "file 1 of 1" "$work/text"
refused "there is no CT" "$work/nowhere"
"$osteon" segment "$work/empty" >/dev/null 2>&1
[ $? -eq 2 ] || fail "without -o: not exit 2"
[ -d "$data" ] || { echo "skipped: $data is not there"; exit 77; }

mkdir "$work/few" "$work/gap" "$work/twice" "$work/part"
cp "$data/slice_001.dcm" "$data/slice_002.dcm" "$work/few/"
refused "needs 3" "$work/few"
for i in 100 101 102 104 105 106; do cp "$data/slice_$i.dcm" "$work/gap/"; done
refused "slices are missing" "$work/gap"
for i in 100 101 102 103; do cp "$data/slice_$i.dcm" "$work/twice/"; done
cp "$data/slice_102.dcm" "$work/twice/again.dcm"
refused "same place" "$work/twice"

# The upper fifty slices hold both heels.
for i in $(seq 101 150); do cp "$data/slice_$i.dcm" "$work/part/"; done
"$osteon" segment "$work/part" -o "$work/case" --json >"$work/told" 2>"$work/err" ||
    fail "the ankle: $(cat "$work/err")"
for name in calcaneus_left calcaneus_right; do
    for ending in stl glb density.nii.gz vdb; do
        [ -s "$work/case/result/$name.$ending" ] || fail "no $name.$ending"
    done
done
for file in case.json ct/ct.nii.gz result/labels.nii.gz result/uncertainty.nii.gz; do
    [ -s "$work/case/$file" ] || fail "no $file"
done
grep -q '"closed": false' "$work/told" && fail "a surface is open"
grep -q '"code": "no_forearm"' "$work/told" || fail "it does not say that this is no forearm"
cmp -s "$work/told" /dev/null && fail "nothing was told"
exit 0
