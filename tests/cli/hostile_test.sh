#!/usr/bin/env bash
# Hostile peers at every door of a coordinator: strangers at its port, a party with a good certificate, and a program of
# its own user at its socket. They are slow, silent, endless, oversized, many, or talk nonsense. Meanwhile a family is
# asked, and whoever is honest answers as fast as ever; memory stays under a bound, and file descriptors come back.
# A few of the attacks; by hand all, for longer:
#
#   tests/cli/hostile_test.sh BUILD --all --seconds 20
set -euo pipefail
. "$(dirname "$0")/checks.sh" "$@"
shift
all= seconds=5
while (($#)); do
    case $1 in
        --all) all=yes && shift ;;
        --seconds) seconds=$2 && shift 2 ;;
        *) echo "unknown: $1" >&2 && exit 64 ;;
    esac
done

# What a coordinator of eleven parties may have in memory under any of these attacks; 33 MiB when nothing happens.
memory_mib_max=${FANLIGHT_MEMORY_MIB_MAX:-160}
# A family takes 2 to 4 s when nothing happens. A busy test machine gets some more.
family_s_max=15
rogue=housing # its certificate is in bad hands; its own node is stopped

federation_make
federation_start
federation_ceremony
federation_import
coordinator_pid=${node_pid[coordinator]}

submit() { # into $id
    id=$(fanlight_at coordinator query --timeout 0 --json "$forms/marie.toml" | expect get case)
}
of_the_honest() { # CASE: its grid without the rogue's cells, and whether it is provisional is the rogue's
    grid_of "$1" | grep -vE "	$rogue	|	provisional	"
}
others_answered() { # CASE
    local stages
    stages=$(fanlight_at coordinator case show "$1" --json 2>/dev/null | expect stages 2>/dev/null) || return 1
    ! grep -vE "^$rogue " <<<"$stages" | grep -qE ' (pending|asked)$'
}
files_open() {
    ls "/proc/$coordinator_pid/fd" | wc -l
}
files_are_back() {
    (($(files_open) <= files + 3))
}
memory_mib() { # the most since it was forgotten
    echo $(($(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$coordinator_pid/status") / 1024))
}
forget_memory() {
    echo 5 >"/proc/$coordinator_pid/clear_refs"
}

submit
wait_for 40 "undisturbed query" settled "$id"
undisturbed=$(of_the_honest "$id")
check "undisturbed: RED" grep -qx "marie	RED" <<<"$undisturbed"
node_stop "$rogue"
sleep 1
files=$(files_open)

attack() { # NAME ARGUMENTS...: of hostile-peer
    local name=$1 began took peak said
    shift
    forget_memory
    "$build/tests/hostile-peer" "$name" "$@" --seconds "$seconds" >"$work/attack.out" 2>&1 3<"$(node_key $rogue)" &
    local attacker=$!
    local what="$name${*:+ ($(sed 's|[^ ]*/||g' <<<"$*"))}"
    if [ "$1" = --port ]; then
        began=$(date +%s%N)
        submit
        check "$what: every honest party answers" wait_for $family_s_max "them" others_answered "$id"
        took=$((($(date +%s%N) - began) / 1000000))
        check "$what: the picture is whole" same "$(of_the_honest "$id")" "$undisturbed"
    else
        # This door is shared: whoever holds it keeps the user's other programs out, but no party.
        took=-
    fi
    wait "$attacker" || { echo "FAILED: $what: $(<"$work/attack.out")"; failures=$((failures + 1)); }
    peak=$(memory_mib)
    said=$(tail -n 1 "$work/attack.out")
    check "$what: memory is at most $memory_mib_max MiB" test "$peak" -le "$memory_mib_max"
    check "$what: file descriptors come back" wait_for 45 "them" files_are_back
    check "$what: it is the same process" kill -0 "$coordinator_pid"
    echo "    $said; $peak MiB, family in $took ms"
}

stranger=(--port "$port")
party=(--port "$port" --data "$work/nodes/$rogue" --key-fd 3)
local_user=(--socket "$work/nodes/coordinator/api.sock")
if [ "$all" ]; then
    by_strangers=(idle slow-handshake garbage reset half-hello endless-hello handshakes)
    by_the_rogue=(handshakes slow-upgrade endless-header slow-frame oversized-frame fragments empty-fragments pings)
    by_the_rogue+=(noise)
    by_local_users=(http-idle http-slow-header http-slow-body http-garbage http-large-header http-large-body http-reset)
else
    by_strangers=(idle slow-handshake handshakes)
    by_the_rogue=(slow-upgrade fragments pings)
    by_local_users=(http-idle http-large-body)
fi
for name in "${by_strangers[@]}"; do attack "$name" "${stranger[@]}"; done
for name in "${by_the_rogue[@]}"; do attack "$name" "${party[@]}"; done
attack large-frames "${party[@]}" --to coordinator
for name in "${by_local_users[@]}"; do attack "$name" "${local_user[@]}"; done
check "a local program is served again" node_runs coordinator

node_start "$rogue"
check "the honest node of that party is back" node_ready "$rogue"
check "every link is up" node_ready coordinator
check "the last case settles as well" wait_for 60 "case to settle" settled "$id"
check "every log verifies" every_log_verifies
checks_end
