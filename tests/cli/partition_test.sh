#!/usr/bin/env bash
# A federation whose links fail: every agency dials through a proxy that delays, throttles, holds, cuts one way, resets,
# refuses and spoils bytes, as a seed decides. Families are asked meanwhile. While it lasts whoever cannot be reached is
# shown as missing; once it heals every case settles with the undisturbed picture, and both ends of every exchange are
# there. Three schedules; by hand more:
#
#   tests/cli/partition_test.sh BUILD --schedules 500 --seed 7
set -euo pipefail
. "$(dirname "$0")/checks.sh" "$@"
shift
schedules=3 seed=1
while (($#)); do
    case $1 in
        --schedules) schedules=$2 ;;
        --seed) seed=$2 ;;
        *) echo "unknown: $1" >&2 && exit 64 ;;
    esac
    shift 2
done
echo "seeds $seed to $((seed + schedules - 1))"
length_ms=2500 # of a schedule; the longest pause before a node dials again is 15 s
families=(marie kira chloe)

# -------------------------------------------------------------------------------------------------- the proxy

port=$(free_port)
coproc proxy { exec "$build/tests/fault-proxy" "$port" "${agencies[@]}"; }
proxy_says=${proxy[0]} proxy_hears=${proxy[1]}
while read -r -u "$proxy_says" word name number && [ "$word" = port ]; do dials[$name]=$number; done
tell() { # WORDS: to the proxy; its answer
    local answer
    echo "$*" >&"$proxy_hears"
    read -r -u "$proxy_says" answer
    echo "$answer"
}

# -------------------------------------------------------------------------------------------------- what is checked

submit() { # FAMILY -> case id; returns at once
    fanlight_at coordinator query --timeout 0 --json "$forms/$1.toml" | expect get case
}
nothing_under_way() { # every outbox is empty
    local party
    for party in "${parties[@]}"; do
        ! fanlight_at "$party" status | grep 'messages waiting$' | grep -qv ', 0 messages' || return 1
    done
}
ends_well() { # WHAT UNDISTURBED CASE
    check "$1: the case settles" wait_for 90 "case to settle" settled "$3"
    check "$1: with the undisturbed picture" same "$(grid_of "$3")" "$2"
}

# Hundreds of families in a day are more than an agreement allows.
sed -i -E 's/^(query_evaluations_per_day|slots_per_day) = [0-9_]+/\1 = 4_000_000/' "$template"
federation_make
federation_start
federation_ceremony
federation_import
declare -A undisturbed=() other=()
for name in "${families[@]}"; do other[$name]=$(submit "$name"); done
for name in "${families[@]}"; do
    wait_for 40 "undisturbed query" settled "${other[$name]}"
    undisturbed[$name]=$(grid_of "${other[$name]}")
done
check "undisturbed: RED" grep -qx "marie	RED" <<<"${undisturbed[marie]}"

# -------------------------------------------------------------------------------------------------- one is cut off

responder=substance_misuse # the only Red about Marie's family comes from here
stages_are() { # CASE STAGE COUNT
    [ "$(fanlight_at coordinator case show "$1" --json | expect stages | grep -c " $2\$")" = "$3" ]
}
cut_off() { # WHAT CELL: no answer of the responder reaches anybody
    local id grid
    id=$(submit marie)
    wait_for 30 "the other answers" stages_are "$id" asked 1
    grid=$(grid_of "$id")
    check "$1: its cells say \"$2\"" same "$(grep -c "	$responder	$2\$" <<<"$grid")" 5
    check "$1: and it is named as missing" grep -qE 'Missing: .*Substance Misuse, no reply since' \
        <(fanlight_at coordinator case show "$id" | tr -s ' \n' ' ')
    check "$1: nobody's colour is made up" nothing_made_up "${undisturbed[marie]}" "$grid"
    check "$1: the result is what the others gave, provisional" same \
        "$(grep -E '^marie	(AMBER|next)' <<<"$grid" | cut -f 2,4-)" "AMBER
next	provisional	true"
    check "$1: it heals" same "$(tell heal)" healed
    ends_well "$1" "${undisturbed[marie]}" "$id"
}
tell hold $responder >/dev/null
cut_off "half open" waiting
tell refuse $responder >/dev/null
tell reset $responder >/dev/null
link_broken() { fanlight_at coordinator status | grep -q "$responder: NOT CONNECTED"; }
wait_for 10 "its link to break" link_broken
cut_off "cut off" unreachable

# -------------------------------------------------------------------------------------------------- schedules

peek() { # SEED NAME=CASE...: what a screen would show now
    local at=$1 one grid
    shift
    for one in "$@"; do
        grid=$(grid_of "${one#*=}")
        looks=$((looks + 1))
        nothing_made_up "${undisturbed[${one%%=*}]}" "$grid" && continue
        check "seed $at: only what was given is shown" nothing_made_up "${undisturbed[${one%%=*}]}" "$grid"
    done
}
looks=0
for ((at = seed; at < seed + schedules; ++at)); do
    began=$SECONDS
    cases=("marie=$(submit marie)")
    echo "schedule $at $length_ms" >&"$proxy_hears"
    said="" line="" begun=""
    while [ "$line" != "healed $at" ]; do
        if read -r -t 0.2 -u "$proxy_says" line; then
            line=$begun$line begun=""
            said+="    $line"$'\n'
        elif (($? <= 128)); then # not the time that was up
            echo "the proxy is gone" >&2
            exit 1
        else
            begun+=$line # the time may be up in the middle of a line
            if ((${#cases[@]} < 2)); then cases+=("${families[at % 3]}=$(submit "${families[at % 3]}")"); fi
            peek "$at" "${cases[@]}"
        fi
    done
    before=$failures
    for one in "${cases[@]}"; do ends_well "seed $at" "${undisturbed[${one%%=*}]}" "${one#*=}"; done
    check "seed $at: nothing is under way any more" wait_for 60 "outboxes" nothing_under_way
    check "seed $at: both ends of every exchange are there" for_each both_ends "${agencies[@]}"
    if ((failures > before)); then printf 'seed %s:\n%s' "$at" "$said"; fi
    echo "seed $at: $((SECONDS - began)) s"
done

# -------------------------------------------------------------------------------------------------- afterwards

check "all links are up again" node_ready coordinator
check "every log verifies" every_log_verifies
sent=0
for party in "${agencies[@]}"; do sent=$((sent + $(class_count "$party" "disclosure sent"))); done
check "as many disclosures received as sent: none lost, none twice" \
    same "$(class_count coordinator "disclosure received")" "$sent"
check "no spoilt byte went past TLS: nobody refused anything" same \
    "$(for party in "${parties[@]}"; do class_count "$party" refusal; done | sort -u)" 0
echo "figure: partition schedules $schedules"
echo "$schedules schedules, $looks looks at a case under way, $(tell counts)"
checks_end
