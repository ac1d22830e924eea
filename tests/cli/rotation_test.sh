#!/usr/bin/env bash
# Operational keys replaced in a running federation, an agency's and the coordinator's: no answer is lost, every log
# verifies, who was away or was killed comes back, and a stolen certificate counts for nothing.
set -euo pipefail
. "$(dirname "$0")/checks.sh" "$@"

federation_make
federation_start
federation_ceremony
federation_import

# One family after the other, until told to stop: an answer a line.
asking=
ask_on() {
    rm -f "$work/stop"
    (
        while [ ! -e "$work/stop" ]; do
            fanlight_at coordinator query --json "$forms/marie.toml" "$forms/chloe.toml" || echo "no answer: $?"
        done
    ) >"$work/asked.json" 2>"$work/asked.err" &
    asking=$!
    wait_for 30 "an answer before" test -s "$work/asked.json"
}
ask_off() { # waits for one more answer, asked after what came before
    local answers
    answers=$(wc -l <"$work/asked.json")
    wait_for 60 "answers after" more_answers $((answers + 3))
    touch "$work/stop"
    wait "$asking"
}
more_answers() { (($(wc -l <"$work/asked.json") >= $1)); }
every_answer_is_whole() {
    local line grid answers=0
    while read -r line; do
        grid=$(expect grid <<<"$line")
        [ "$grid" = "$marie" ] || [ "$grid" = "$chloe" ] || { echo "another grid: $grid"; return 1; }
        answers=$((answers + 1))
    done <"$work/asked.json"
    echo "$answers answers"
    ((answers >= 4))
}
key_status() { # PARTY KEY -> a field of key status
    fanlight_at "$1" key status --json | expect get "$2"
}
waits_for() { # PARTY, or nobody
    grep -qF "\"former_in_use_for\":[${1:+\"$1\"}]" <<<"$(fanlight_at coordinator key status --json)"
}
is_settled() { [ "$(key_status "$1" under_way)" = false ]; }

marie=$(fanlight_at coordinator query --json "$forms/marie.toml" | expect grid)
chloe=$(fanlight_at coordinator query --json "$forms/chloe.toml" | expect grid)

# An agency.
before=$(key_status housing keys)
ask_on
fanlight_at housing key rotate --keys node,tls,sealing,log >"$work/rotated.txt"
check "an agency's keys are replaced" grep -qF "Keys of key note 2 are in use." "$work/rotated.txt"
ask_off
check "an agency: every answer before, during and after is whole" every_answer_is_whole
for key in node tls_pin sealing log; do
    check "its $key is another" test "$(key_status housing "keys.$key")" != "$(expect get "$key" <<<"$before")"
done
check "its witness key is the same" same "$(key_status housing keys.witness)" "$(expect get witness <<<"$before")"
check "its log says so" test "$(class_count housing "key event")" -ge 2
check "every log verifies" every_log_verifies

# The coordinator.
ask_on
fanlight_at coordinator key rotate >"$work/rotated.txt"
check "the coordinator's keys are replaced" grep -qF "Keys of key note 2 are in use." "$work/rotated.txt"
ask_off
check "the coordinator: every answer before, during and after is whole" every_answer_is_whole
check "everybody confirms the new certificate" wait_for 20 "every confirmation" waits_for ""
check "every log verifies then" every_log_verifies

# The coordinator with one party away, which must find it again.
node_stop probation
fanlight_at coordinator key rotate --keys node,tls >"$work/rotated.txt"
check "its keys are replaced while a party is away" grep -qF "Keys of key note 3 are in use." "$work/rotated.txt"
check "it goes on with the former certificate for who is away" wait_for 10 "only probation" waits_for probation
check "and says so" grep -qF "probation has not confirmed the new ones" <<<"$(fanlight_at coordinator key status)"
refuse_another() {
    refused 73 "replacing keys" "Not every party knows the keys of the last time." \
        fanlight_at coordinator key rotate --keys tls
}
check "another certificate waits until then" refuse_another
node_start probation
node_ready probation
check "who was away comes back" wait_for 30 "probation's confirmation" waits_for ""
check "with the new certificate all links are up" node_ready probation
for party in housing health coordinator; do check "$party is linked" node_ready "$party"; done
check "every log verifies after that" every_log_verifies

# After a restart.
for party in housing coordinator; do node_stop "$party"; done
for party in coordinator housing; do node_start "$party"; done
for party in "${parties[@]}"; do node_ready "$party"; done
again=$(fanlight_at coordinator query --json "$forms/marie.toml" | expect grid)
check "after a restart the answer is the same" same "$again" "$marie"
check "after a restart every log verifies" every_log_verifies

# Killed: before the coordinator can have the note, at once, and when the keys have just come into use.
is_proposed() { [ "$(key_status health under_way)" = true ]; }
has_new_keys() { [ "$(key_status health serial)" != "$serial" ]; }
for moment in proposed none in_use; do
    serial=$(key_status health serial)
    if [ $moment = proposed ]; then node_pause coordinator; fi
    fanlight_at health key rotate --keys node,tls,log,sealing >/dev/null 2>&1 &
    rotating=$!
    case $moment in
    proposed) wait_for 10 "the proposal" is_proposed ;;
    in_use) wait_for 10 "the new keys" has_new_keys ;;
    esac
    node_kill health
    wait "$rotating" || true
    if [ $moment = proposed ]; then node_resume coordinator; fi
    node_start health
    node_ready health
    check "killed ($moment): it settles" wait_for 20 "health to settle" is_settled health
    [ $moment = none ] || check "killed ($moment): with new keys" has_new_keys
    check "killed ($moment): its log verifies" grep -q '"verified":true' <<<"$(fanlight_at health log verify --json)"
done
again=$(fanlight_at coordinator query --json "$forms/marie.toml" | expect grid)
check "after that the answer is the same" same "$again" "$marie"

# Stolen: a copy of the node with its keys of now.
node_stop housing
cp -a "$work/nodes/housing" "$work/nodes/thief"
cp "$(node_key housing)" "$(node_key thief)"
node_start housing
node_ready housing
fanlight_at housing key rotate --keys node,tls --compromised >"$work/rotated.txt"
check "compromised keys are replaced and void" grep -qF "Those of notes before 3 are void." "$work/rotated.txt"
# The coordinator has taken the second note before housing can have heard of it.
node_start thief
check "the stolen certificate is refused" wait_for 20 "the refusal" grep -q "connection refused" "$work/logs/thief.log"
not_connected() { grep -q "NOT CONNECTED" <<<"$(fanlight_at thief status)"; }
check "the thief has no link" not_connected
check "nor had it ever" same "$(grep -c "link to coordinator is up" "$work/logs/thief.log")" 0
node_stop thief
check "the owner has one" node_ready housing
again=$(fanlight_at coordinator query --json "$forms/marie.toml" | expect grid)
check "and answers" same "$again" "$marie"
check "every log verifies in the end" every_log_verifies
checks_end
