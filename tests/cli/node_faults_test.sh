#!/usr/bin/env bash
# Live nodes whose system calls fail: a coordinator, a key holder and the agency with the only Red run with one call on
# a file or socket failing (EIO, a disk that is full from then on, a broken connection, no file descriptor, half of a
# write) or being the last thing the process does, each at a call of its own, while a family is asked; or with every few
# calls interrupted or half done, which is no error at all. A node goes on, or stops and says where. Once all run
# without faults again the case settles with the undisturbed picture, no leaf is gone, every log verifies, and both ends
# of every exchange are there. Four rounds of three nodes; by hand more:
#
#   tests/cli/node_faults_test.sh BUILD --rounds 1000 --seed 7
set -euo pipefail
. "$(dirname "$0")/checks.sh" "$@"
shift
rounds=4 seed=1
while (($#)); do
    case $1 in
        --rounds) rounds=$2 ;;
        --seed) seed=$2 ;;
        *) echo "unknown: $1" >&2 && exit 64 ;;
    esac
    shift 2
done
echo "rounds of seed $seed"

suffering=(coordinator health substance_misuse)
library=$build/tests/liblog-fault-injection.so
went_on=0 stopped=0 reached=0

# How calls fail, and how many calls a coordinator and an agency make from their start to the answer, about: the call
# that fails is drawn from these. With "every" each so-manyth call fails so, and the node must not stop.
hows=(EIO exit ECONNRESET ENOSPC torn partial short EMFILE EINTR)
declare -A calls_of_coordinator=([EIO]=6000 [ENOSPC]=6000 [exit]=6000 [torn]=900 [short]=900 [EMFILE]=500
    [ECONNRESET]=2000 [EINTR]=40 [partial]=40)
declare -A calls_of_agency=([EIO]=1000 [ENOSPC]=1000 [exit]=1100 [torn]=250 [short]=250 [EMFILE]=90 [ECONNRESET]=240
    [EINTR]=40 [partial]=40)
declare -A kind_of=([torn]=write [short]=write) calls_like=([ECONNRESET]=sockets)
declare -A every=([EINTR]=3 [partial]=2)

draw() { # BELOW: into $drawn; the same numbers for the same seed, whatever happens
    seed_state=$(((seed_state * 6364136223846793005 + 1442695040888963407) & 0x7fffffffffffffff))
    drawn=$(((seed_state >> 33) % $1))
}
seed_state=$((seed * 7919 + 17))

start_with_fault() { # PARTY HOW CALL
    LD_PRELOAD=$library FAULT_UNDER=$work/nodes/$1 FAULT_AT=$3 FAULT_HOW=$2 FAULT_CALLS=${calls_like[$2]:-all} \
        FAULT_KIND=${kind_of[$2]:-any} FAULT_EVERY=${every[$2]:-} node_start "$1"
}
is_gone() { # PARTY: its process has ended
    ! kill -0 "${node_pid[$1]}" 2>/dev/null
}
ended_as_it_should() { # PARTY HOW CODE itself|told: a node that ended by itself or was told to
    local last
    last=$(tail -n +"$((log_lines[$1] + 1))" "$work/logs/$1.log")
    case $2/$3 in
        exit/137 | torn/137) return 0 ;;
        */143) [ "$4" = told ] && return 0 ;; # before it could listen for signals
        */6[4-9] | */7[0-8]) grep -qE '^fanlight-node: [a-z]' <<<"$last" && return 0 ;;
    esac
    echo "$1, $2: ended with $3 and said:"
    tail -n 5 <<<"$last"
    return 1
}
declare -A log_lines=() fault=() size=()

gather() { # PARTY itself|told: its process has ended or is ending; then it starts without faults
    local code=0
    wait "${node_pid[$1]}" || code=$?
    unset "node_pid[$1]"
    if ((code != 0)); then
        if ended_as_it_should "$1" "$how" "$code" "$2" >"$work/ended"; then
            stopped=$((stopped + 1))
            if [ -n "${every[$how]:-}" ] && [ "$code" != 143 ]; then problems+="$1 stopped at what is no error; "; fi
        else
            problems+="$(cat "$work/ended"); "
        fi
    else
        went_on=$((went_on + 1))
    fi
    unset "fault[$1]"
    node_start "$1"
}
gather_the_gone() {
    local party
    for party in "${!fault[@]}"; do if is_gone "$party"; then gather "$party" itself; fi; done
}
gather_all() {
    local party
    for party in "${!fault[@]}"; do
        kill "${node_pid[$party]}" 2>/dev/null || true
        for _ in {1..100}; do is_gone "$party" && break; sleep 0.1; done
        if ! is_gone "$party"; then
            problems+="$party does not stop; "
            kill -9 "${node_pid[$party]}"
        fi
        gather "$party" told
    done
}
has_settled() { # CASE, at a coordinator that may not answer
    [ "$(timeout 5 "$bin/fanlight" case show "$1" --json --data "$work/nodes/coordinator" 2>/dev/null |
        expect get settled 2>/dev/null)" = true ]
}
submit() { # into $id, once somebody has acknowledged it
    local answer
    answer=$(timeout 5 "$bin/fanlight" query --timeout 0 --json "$forms/marie.toml" \
        --data "$work/nodes/coordinator" 2>/dev/null) || return 1
    id=$(expect get case <<<"$answer" 2>/dev/null)
}

# A node under faults has so long to bring its case to an end; then it goes on without them.
patience_s=7
round() { # HOW
    local party end now
    how=$1 problems="" id=""
    for party in "${parties[@]}"; do size[$party]=$(leaves "$party"); done
    federation_stop # everybody starts anew, or they would dial a coordinator that often stops ever more rarely
    for party in "${parties[@]}"; do
        log_lines[$party]=$(wc -l <"$work/logs/$party.log")
        if [[ " ${suffering[*]} " != *" $party "* ]]; then
            node_start "$party"
            continue
        fi
        draw "${calls_of_agency[$how]}"
        if [ "$party" = coordinator ]; then draw "${calls_of_coordinator[$how]}"; fi
        fault[$party]=$((drawn + 1))
        start_with_fault "$party" "$how" "${fault[$party]}"
    done
    what="round $number, $how at$(for party in "${suffering[@]}"; do echo -n " $party ${fault[$party]}"; done)"
    end=$((SECONDS + patience_s))
    until [ -n "$id" ] && has_settled "$id"; do
        gather_the_gone
        [ -n "$id" ] || submit || true
        if ((SECONDS >= end)); then break; fi
        sleep 0.1
    done
    gather_all
    for party in "${parties[@]}"; do node_ready "$party" || problems+="$party is not ready; "; done
    [ -n "$id" ] || submit || problems+="no family can be asked; "
    [ -n "$id" ] && wait_for 40 "case to settle" settled "$id" || problems+="the case does not settle; "
    [ -n "$id" ] && diff <(echo "$undisturbed") <(grid_of "$id") >"$work/differs" ||
        problems+="the picture is another one: $(head -n 5 "$work/differs"); "
    for party in "${parties[@]}"; do
        now=$(leaves "$party") || now=0
        ((now >= size[$party])) || problems+="$party has $now leaves of ${size[$party]}; "
    done
    for party in "${suffering[@]}"; do
        if tail -n +"$((log_lines[$party] + 1))" "$work/logs/$party.log" | grep -q '^injected: '; then
            reached=$((reached + 1))
        fi
    done
    check "$what" same "$problems" ""
}

# Hundreds of families in a day are more than an agreement allows.
sed -i -E 's/^(query_evaluations_per_day|slots_per_day) = [0-9_]+/\1 = 4_000_000/' "$template"
federation_make
federation_start
federation_ceremony
federation_import
submit
wait_for 40 "undisturbed query" settled "$id"
undisturbed=$(grid_of "$id")
check "undisturbed: RED" grep -qx "marie	RED" <<<"$undisturbed"

for ((number = 0; number < rounds; ++number)); do
    round "${hows[number % ${#hows[@]}]}"
    if ((number % 20 == 19)); then check "round $number: every log verifies" every_log_verifies; fi
done

check "every log verifies" every_log_verifies
check "both ends of every exchange are there" for_each both_ends "${agencies[@]}"
sent=0
for party in "${agencies[@]}"; do sent=$((sent + $(class_count "$party" "disclosure sent"))); done
check "as many disclosures received as sent: none lost, none twice" \
    same "$(class_count coordinator "disclosure received")" "$sent"
check "nobody refused anything" same \
    "$(for party in "${parties[@]}"; do class_count "$party" refusal; done | sort -u)" 0
sed -nE 's/^(surname|nhs_number|postcode) = "(.*)"$/\2/p' "$forms"/*.toml | sort -u >"$work/personal"
nothing_personal() {
    ! grep -alF -f "$work/personal" "$work"/logs/*.log
}
check "nothing that a node said has anything personal" nothing_personal
echo "faults injected, by kind:"
sed -nE 's/^injected: ([a-z]+) .*/    \1/p' "$work"/logs/*.log | sort | uniq -c
echo "figure: live nodes with failing calls $reached"
echo "$rounds rounds, $reached nodes with a fault, $stopped stopped at it, $went_on went on"
check "there were faults" test "$reached" -ge "$rounds"
checks_end
