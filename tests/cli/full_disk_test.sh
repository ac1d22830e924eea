#!/usr/bin/env bash
# Nodes on disks that are full: the coordinator, a key holder, the agency with the only Red and another have a small
# file system each, which is filled up to some bytes, at once or so that the node notices before a family is asked. What
# cannot be logged is not told: a case is refused, or shows who is missing or checked nobody. With room again all goes
# on by itself or after a restart, with the undisturbed picture, no leaf gone, and every log whole. By hand more:
#
#   tests/cli/full_disk_test.sh BUILD --points 1000 --seed 7
set -euo pipefail
# A name space of its own, so that the file systems go away by themselves.
if [ -z "${FULL_DISK_INSIDE:-}" ]; then
    as=()
    unshare --mount true 2>/dev/null || as=(--map-root-user)
    if ! unshare "${as[@]}" --mount true 2>/dev/null; then
        echo "SKIPPED: this user may not mount a small file system here"
        exit 77
    fi
    FULL_DISK_INSIDE=yes exec unshare "${as[@]}" --mount bash "$0" "$@"
fi
. "$(dirname "$0")/checks.sh" "$@"
shift
points=4 seed=1
while (($#)); do
    case $1 in
        --points) points=$2 ;;
        --seed) seed=$2 ;;
        *) echo "unknown: $1" >&2 && exit 64 ;;
    esac
    shift 2
done
RANDOM=$seed
small=(health substance_misuse social_care) # with the coordinator, whose turn is every other time
disk_mib=192 # a node goes on with 96 MiB free
block=1024

checks_clean_up() {
    federation_stop
    umount "$work"/disks/*/ 2>/dev/null || true
    rm -rf "$work"
}

disk_make() { # PARTY: moves its data there
    local image=$work/disks/$1.image at=$work/disks/$1
    mkdir -p "$at"
    truncate -s "${disk_mib}M" "$image"
    if mkfs.ext4 -q -m 0 -b "$block" "$image" && mount -o loop "$image" "$at" 2>/dev/null; then
        kind="ext4, loop-mounted"
    elif mount -t tmpfs -o size="${disk_mib}m" tmpfs "$at" 2>/dev/null; then
        kind=tmpfs
    else
        echo "SKIPPED: neither a loop device nor tmpfs can be mounted here"
        exit 77
    fi
    mv "$work/nodes/$1" "$at/node"
    ln -s "$at/node" "$work/nodes/$1"
}
room() { # PARTY -> bytes
    df --output=avail -B1 "$work/disks/$1" | tail -n 1
}
disk_fill() { # PARTY FREE_BYTES
    local left=$(($(room "$1") - $2))
    if ((left > 0)); then fallocate -l "$left" "$work/disks/$1/ballast" 2>/dev/null || true; fi
    # What was allocated for the ballast itself, and what the node has freed meanwhile.
    if (($2 == 0)); then dd if=/dev/zero bs=$block of="$work/disks/$1/ballast.rest" 2>/dev/null || true; fi
}
disk_free() { # PARTY
    rm -f "$work/disks/$1/ballast" "$work/disks/$1/ballast.rest"
}

is_gone() { # PARTY: its process has ended
    ! kill -0 "${node_pid[$1]}" 2>/dev/null
}
stopped=0 went_on=0 refused_cases=0 missing_seen=0
declare -A lines=()
mark_logs() {
    local party
    for party in "${parties[@]}"; do lines[$party]=$(wc -l <"$work/logs/$party.log"); done
}
# A node that ended, by itself: with an error code, and words about its disk.
gather() { # PARTY
    local code=0 said
    wait "${node_pid[$1]}" || code=$?
    unset "node_pid[$1]"
    said=$(tail -n +"$((lines[$1] + 1))" "$work/logs/$1.log")
    stopped=$((stopped + 1))
    if [ "$code" != 74 ] || ! grep -qE '^fanlight-node: .*[Dd]isk' <<<"$said"; then
        problems+="$1 ended with $code and said: $(tail -n 3 <<<"$said"); "
    fi
}
submit() { # into $id
    local answer
    answer=$(timeout 10 "$bin/fanlight" query --timeout 0 --json "$forms/marie.toml" \
        --data "$work/nodes/coordinator" 2>"$work/submit.err") || return 1
    id=$(expect get case <<<"$answer" 2>/dev/null)
}

# A query takes up to that much of a node's disk, about; half of the points are where the last blocks are.
draw_free() { # into $drawn
    if ((RANDOM % 2)); then drawn=$((RANDOM % 16 * block)); else drawn=$((RANDOM % 400 * block)); fi
}
is_gone_or_runs() { # PARTY
    is_gone "$1" || node_runs "$1"
}
silent_for_its_disk() { # PARTY
    fanlight_at "$1" status | grep -q 'NOTHING IS DISCLOSED: .*disk'
}
tells_again() { # PARTY
    fanlight_at "$1" status >"$work/status" && ! grep -q 'NOTHING IS DISCLOSED' "$work/status"
}
fill() { # at once|noticed PARTY...
    local party when=$1
    shift
    for party in "$@"; do
        size[$party]=$(leaves "$party")
        if [ "$when" = noticed ]; then drawn=$((RANDOM % 60 * 1024 * 1024 + 1024 * 1024)); else draw_free; fi
        disk_fill "$party" "$drawn"
        what+=" $party $drawn"
    done
    [ "$when" = noticed ] || return 0
    for party in "$@"; do wait_for 12 "it" silent_for_its_disk "$party" || problems+="$party does not notice; "; done
}
make_room() { # PARTY...: and whoever ended starts
    local party
    # One of those that ended is started again with its disk still full: it runs, or ends with the same words.
    for party in "$@"; do
        is_gone "$party" || continue
        gather "$party"
        node_start "$party"
        wait_for 20 "$party, on a full disk" is_gone_or_runs "$party" || problems+="$party does neither run nor end; "
        break
    done
    for party in "$@"; do disk_free "$party"; done
    for party in "$@"; do
        if is_gone "$party"; then
            gather "$party"
            node_start "$party"
        else
            went_on=$((went_on + 1))
        fi
    done
    for party in "$@"; do
        node_ready "$party" || problems+="$party is not ready; "
        wait_for 15 "it" tells_again "$party" || problems+="$party does not go on; "
    done
}
look() { # PARTY...: at the case under way
    local grid
    grid=$(grid_of "$id")
    nothing_made_up "$undisturbed" "$grid" "$@" >"$work/made_up" || problems+="$(<"$work/made_up"); "
    if grep -qE '	(waiting|unreachable|no_reply|not_checked)$' <<<"$grid"; then missing_seen=$((missing_seen + 1)); fi
}
patience_s=5
point() { # at once|noticed PARTY...: their disks are full
    local party end now when=$1
    shift
    what="point $done_points, $when, free bytes:" problems="" id=""
    done_points=$((done_points + $#))
    mark_logs
    fill "$when" "$@"
    if ! submit; then
        refused_cases=$((refused_cases + 1))
        [ "$1" = coordinator ] || problems+="a family was refused: $(<"$work/submit.err"); "
    fi
    if [ "$when" = noticed ] && [ "$1" = coordinator ] && [ -n "$id" ]; then problems+="somebody was asked; "; fi
    end=$((SECONDS + patience_s))
    until ((SECONDS >= end)) || [ -z "$id" ] || settled "$id" 2>/dev/null; do sleep 0.2; done
    if [ -n "$id" ] && ! is_gone coordinator; then look "$@"; fi
    if [ "$when" = noticed ]; then
        for party in "$@"; do if is_gone "$party"; then problems+="$party ended; "; fi; done
    fi
    make_room "$@"
    if [ -n "$id" ]; then
        wait_for 40 "case to settle" settled "$id" || problems+="the case does not settle; "
        look "$@"
    fi
    submit && wait_for 40 "case to settle" settled "$id" || problems+="the next case does not settle; "
    [ -n "$id" ] && diff <(echo "$undisturbed") <(grid_of "$id") >"$work/differs" ||
        problems+="the next picture is another one: $(head -n 5 "$work/differs"); "
    for party in "$@"; do
        now=$(leaves "$party") || now=0
        ((now >= size[$party])) || problems+="$party has $now leaves of ${size[$party]}; "
        fanlight_at "$party" log verify >"$work/verify" 2>&1 || problems+="$(<"$work/verify"); "
    done
    check "$what" same "$problems" ""
}
declare -A size=()

# Hundreds of families in a day are more than an agreement allows.
sed -i -E 's/^(query_evaluations_per_day|slots_per_day) = [0-9_]+/\1 = 4_000_000/' "$template"
federation_make
kind=
for party in coordinator "${small[@]}"; do disk_make "$party"; done
echo "disks of $disk_mib MiB: $kind"
federation_start
federation_ceremony
federation_import
submit || { cat "$work/submit.err"; exit 1; }
wait_for 40 "undisturbed query" settled "$id"
undisturbed=$(grid_of "$id")
check "undisturbed: RED" grep -qx "marie	RED" <<<"$undisturbed"

done_points=0
for ((turn = 0; done_points < points; ++turn)); do
    case $((turn % 4)) in
        0) point "at once" "${small[@]}" ;;
        1) point noticed coordinator ;;
        2) point noticed "${small[@]}" ;;
        3) point "at once" coordinator ;;
    esac
done

check "every log verifies" every_log_verifies
check "both ends of every exchange are there" for_each both_ends "${agencies[@]}"
echo "figure: disk fill points, live nodes $done_points"
echo "$done_points fill points, $stopped times a node stopped at a full disk, $went_on times it went on," \
    "$refused_cases cases refused, somebody shown as missing or unable to check at $missing_seen looks"
check "a disk was full" test "$((stopped + refused_cases))" -gt 0
checks_end
