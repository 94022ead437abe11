#!/usr/bin/env bash
# Five minutes of seeds beside the other tests, with what time these leave: a test that takes a
# place for so long would make all of them longer.
#   tests/sim/background.sh begin FOLDER COMMAND...   starts it and comes back
#   tests/sim/background.sh end FOLDER                waits for it and says what it said
set -euo pipefail
verb=$1 folder=$2
shift 2
case $verb in
begin)
    mkdir -p "$folder"
    rm -f "$folder/status"
    {
        status=0
        nice -n 19 "$@" || status=$?
        echo "$status" >"$folder/status.new"
        mv "$folder/status.new" "$folder/status"
    } >"$folder/said" 2>&1 </dev/null &
    ;;
end)
    until [ -s "$folder/status" ]; do sleep 0.2; done
    cat "$folder/said"
    exit "$(cat "$folder/status")"
    ;;
*) exit 2 ;;
esac
