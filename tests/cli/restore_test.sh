#!/usr/bin/env bash
# A node is put back from a backup, in a real federation of twelve processes: it refuses to go on with the older copy of
# its log, gets the rest back from the others, and its log is one history to everybody.
set -euo pipefail
. "$(dirname "$0")/checks.sh" "$@"

federation_make
federation_start
node=housing
data=$work/nodes/$node
year=$(date -u +%Y)
log_at() { # VERB...
    fanlight_at "$node" log "$@"
}
says() { # TEXT COMMAND...
    local text=$1 out
    shift
    out=$("$@" 2>&1) || true
    grep -qF -- "$text" <<<"$(tr -s ' \n' ' ' <<<"$out")" || { echo "$out"; return 1; }
}
is_cosigned() { [ "$(log_at show "$1" --json | expect get cosigned)" = true ]; }
restore() {
    "$bin/fanlight-node" restore --data "$data" --key-fd 3 3<"$(node_key "$node")"
}
ends() { # PARTY: its process has ended
    ! kill -0 "${node_pid[$1]}" 2>/dev/null
}
size_of() { # CHECKPOINT
    sed -n 2p "$1"
}

check "the first head is cosigned" wait_for 30 "cosignatures" is_cosigned "$year/0"
node_stop "$node"
cp -a "$data" "$work/backup"
node_start "$node"
node_ready "$node"
for note in one two three; do
    log_at review "$year/0" --verdict justified --user r.patel --note "$note" >/dev/null
done
last=$(log_at list --class review --limit 1 --json | expect get rows.0.place)
check "what follows the backup is cosigned" wait_for 90 "cosignatures" is_cosigned "$last"
log_at policy >"$work/policy"
log_at heads --out "$work/head" >/dev/null
node_stop "$node"

# -------------------------------------------------------------------------------------------------- an older copy

mv "$data" "$work/lost"
cp -a "$work/backup" "$data"
node_start "$node"
check "a node from the backup finds out and ends" wait_for 60 "its end" ends "$node"
code=0
wait "${node_pid[$node]}" || code=$?
unset "node_pid[$node]"
check "with the code for damage" same 70 "$code"
check "it says what it is and what to do" grep -q 'older copy.*fanlight-node restore' "$work/logs/$node.log"

# Cut off before anything came back: nothing is changed.
node_stop coordinator
"$bin/fanlight-node" restore --data "$data" --key-fd 3 3<"$(node_key "$node")" >"$work/restore.1" 2>&1 &
restoring=$!
check "it waits and says for whom" \
    wait_for 20 "whom it waits for" grep -q 'waiting for the heads.*police' "$work/restore.1"
kill "$restoring"
wait "$restoring" || true
check "stopped, it has changed nothing" grep -q 'nothing was changed' "$work/restore.1"
check "and the copy is where it was" test ! -e "$data/log/$year.before-restore"
mkdir "$data/log/$year.restoring"
check "beside a restore that was begun no node runs" says "It was begun and not ended" \
    "$bin/fanlight-node" run --data "$data" --key-fd 3 3<"$(node_key "$node")"
node_start coordinator
for party in "${parties[@]}"; do [ "$party" = "$node" ] || node_ready "$party"; done 2>/dev/null || true

check "it comes back" restore
cat "$work/check.out" >"$work/restore.2"
check "all of it" grep -q 'restored; start the node' "$work/restore.2"
check "up to the last head that was cosigned" \
    test "$(size_of "$data/log/$year/checkpoint")" -ge "$(size_of "$work/head")"
check "the older copy is kept beside it" test -d "$data/log/$year.before-restore"
check "nothing half-done is left" test ! -e "$data/log/$year.restoring"

# -------------------------------------------------------------------------------------------------- and it goes on

node_start "$node"
node_ready "$node"
check "the log verifies, and says that openings were lost" says "Openings lost:" log_at verify
check "a leaf says so as well" says "came back from other organisations" log_at show \
    "$(log_at list --class gap --limit 1 --json | expect get rows.0.place)"
check "what was logged after the backup is in it" same "review" \
    "$(log_at show "$last" --json | expect get class)"
check "the head from before the loss is of the same log" says "cosigned as the policy asks: yes" \
    "$bin/fanlight" log fsck "$data/log/$year" --policy "$work/policy" --head "$work/head"
gap=$(log_at list --class gap --limit 1 --json | expect get rows.0.place)
check "the witnesses cosign on" wait_for 90 "cosignatures" is_cosigned "$gap"
node_stop "$node"
node_start "$node"
node_ready "$node"
check "another start changes nothing" says "Openings lost:" log_at verify
check "all other logs verify" every_log_verifies
checks_end
