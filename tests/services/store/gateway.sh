#!/usr/bin/env bash
# Osteon's blobs in a real S3 store: Ceph's object gateway, one machine, all of it in memory, in a
# folder that goes away.
#   tests/services/store/gateway.sh BUILD [COMMAND...]    COMMAND runs with the gateway's settings;
#                                                         without one gateway_test does
# Needs radosgw, ceph-mon, ceph-osd and ceph-common (Debian 12; no test of the suite asks for them);
# CEPH_ROOT names a folder they were unpacked to. Exit 77 where they are not there.
set -euo pipefail
build=$(cd "$1" && pwd)
shift
root=${CEPH_ROOT:-}
lib=$root/usr/lib/x86_64-linux-gnu
for program in ceph ceph-mon ceph-osd radosgw radosgw-admin monmaptool; do
    [ -x "$root/usr/bin/$program" ] && continue
    echo "skipped: no $program (radosgw, ceph-mon, ceph-osd, ceph-common)"
    exit 77
done
in_ceph() {
    CEPH_CONF=$dir/ceph.conf PYTHONPATH=$root/usr/lib/python3/dist-packages \
        LD_LIBRARY_PATH=${root:+$lib:$lib/ceph:$root/lib/x86_64-linux-gnu} timeout 120 "$root/usr/bin/$1" "${@:2}"
}

dir=$(mktemp -d /tmp/osteon-gateway-XXXXXX)
up=no
finish() {
    [ "$up" = yes ] || tail -n 20 "$dir/log/start" >&2
    for file in "$dir"/run/*.pid; do
        [ ! -s "$file" ] || kill -9 "$(cat "$file")" 2>/dev/null || true
    done
    rm -rf "$dir"
}
trap finish EXIT
mkdir "$dir"/{mon,osd,log,run}
touch "$dir/keyring"
free_port() { node -e "require('net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port); this.close(); })"; }
port=$(free_port) monitor=$(free_port)
fsid=$(cat /proc/sys/kernel/random/uuid) osd=$(cat /proc/sys/kernel/random/uuid)
cat >"$dir/ceph.conf" <<LINES
[global]
fsid = $fsid
mon host = [v2:127.0.0.1:$monitor]
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
ms bind ipv6 = false
public network = 127.0.0.0/8
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon max pg per osd = 1000
mon cluster log to file = false
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 2147483648
osd class dir = $lib/rados-classes
erasure code dir = $lib/ceph/erasure-code
compressor dir = $lib/ceph/compressor
plugin dir = $lib/ceph
mon data = $dir/mon
osd data = $dir/osd
run dir = $dir/run
crash dir = $dir/run
keyring = $dir/keyring
admin socket = $dir/run/\$name.asok
pid file = $dir/run/\$name.pid
log file = $dir/log/\$name.log
LINES
{
    in_ceph monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$monitor]" "$dir/monmap"
    in_ceph ceph-mon -i a --mkfs --monmap "$dir/monmap" --keyring "$dir/keyring"
    in_ceph ceph-mon -i a
    in_ceph ceph osd new "$osd"
    in_ceph ceph-osd -i 0 --mkfs --osd-uuid "$osd"
    in_ceph ceph-osd -i 0
    in_ceph ceph osd crush add osd.0 1.0 root=default host=localhost
    in_ceph radosgw -n client.rgw --rgw-frontends "beast endpoint=127.0.0.1:$port"
    for _ in $(seq 120); do
        curl -s "http://127.0.0.1:$port/" >/dev/null && break
        sleep 0.5
    done
    in_ceph radosgw-admin -n client.rgw user create --uid=osteon --display-name=osteon \
        --access-key=AKIAOSTEONTEST --secret=a+secret/of-the=test --admin-socket=
} >"$dir/log/start" 2>&1
up=yes

# The bucket, made with the gateway's older signature.
when=$(date -uR)
sign=$(printf 'PUT\n\n\n%s\n/osteon' "$when" | openssl dgst -sha1 -hmac a+secret/of-the=test -binary | base64)
curl -sf -X PUT -H "Date: $when" -H "Authorization: AWS AKIAOSTEONTEST:$sign" "http://127.0.0.1:$port/osteon"

(umask 077 && echo AKIAOSTEONTEST >"$dir/id" && echo a+secret/of-the=test >"$dir/secret" &&
    echo nothing >"$dir/wrong" && openssl rand -hex 32 >"$dir/master")
export OSTEON_BLOB_S3_URL=http://127.0.0.1:$port/osteon/blobs OSTEON_BLOB_S3_KEY_ID_FILE=$dir/id \
    OSTEON_BLOB_S3_SECRET_FILE=$dir/secret
if [ $# -gt 0 ]; then
    "$@"
    exit
fi

export OSTEON_SECRET_FILE=$dir/master
says() { # says WORD NAME=VALUE: what the program answers to a wrong setting
    local out
    out=$(env "$2" "$build/osteon" blobs check 2>&1) && { echo "$2 passes" && exit 1; }
    [[ $out == *"$1"* ]] || { echo "expected '$1': $out" && exit 1; }
}
"$build/osteon" blobs check
says NoSuchBucket "OSTEON_BLOB_S3_URL=http://127.0.0.1:$port/nowhere"
says InvalidAccessKeyId "OSTEON_BLOB_S3_KEY_ID_FILE=$dir/wrong"
says SignatureDoesNotMatch "OSTEON_BLOB_S3_SECRET_FILE=$dir/wrong"
"$build/bin/services_store_gateway_test"
