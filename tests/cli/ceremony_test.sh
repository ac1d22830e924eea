#!/usr/bin/env bash
# The identity key with real processes: a ceremony that is replaced and one that is abandoned; one in which every
# participant and the coordinator are killed (-9), each at another moment; a second epoch while queries go on; the same
# key shared anew; a holder that comes back from an older copy. What everybody answers stays the same throughout.
set -euo pipefail
. "$(dirname "$0")/checks.sh" "$@"

federation_make
federation_start

declare -A before=()
ceremony_at() { # PARTY PATH
    fanlight_at "$1" ceremony status --json | expect get "$2"
}
stage_is() { # STAGE PARTY...
    local stage=$1 party
    shift
    for party in "$@"; do same "$party: $(ceremony_at "$party" stage)" "$party: $stage" || return 1; done
}
waits_for() { # PARTY WHOM
    same "$(ceremony_at "$1" waiting_for)" "[\"$2\"]"
}
propose() { # ARGUMENTS of ceremony start
    words=$(fanlight_at coordinator ceremony start "$@" --json | expect get fingerprint.words)
}
proposal_is_at() { # PARTY
    same "$(ceremony_at "$1" fingerprint.words)" "$words"
}
joins() { # PARTY
    wait_for 20 "the proposal at $1" proposal_is_at "$1"
    fanlight_at "$1" ceremony join --fingerprint "$words" >/dev/null
}
crash() { # PARTY: gone as in a power cut
    before[$1]=$(leaves_on_disk "$1")
    node_kill "$1"
}
back() { # PARTY: others may be paused, so its links are not waited for
    node_start "$1"
    wait_for 20 "$1's node" node_runs "$1"
    check "$1 is back with all ${before[$1]} leaves or more" test "$(leaves "$1")" -ge "${before[$1]}"
}
certificate_at() { # PARTY -> the newest epoch's
    fanlight_at "$1" status --json | expect get epochs.0.certificate.words
}
one_certificate() { # everybody shows the same
    local party words
    words=$(certificate_at coordinator) || return 1
    for party in "${agencies[@]}"; do same "$party: $(certificate_at "$party")" "$party: $words" || return 1; done
}
epoch_is() { # NUMBER STAGE PLACE: at the coordinator; place 0 is the newest
    local status
    status=$(fanlight_at coordinator status --json)
    same "$(expect get "epochs.$3.epoch" <<<"$status") $(expect get "epochs.$3.stage" <<<"$status")" "$1 $2"
}
not_enrolled_is() { # LIST, in the newest epoch
    same "$(fanlight_at coordinator status --json | expect get epochs.0.not_enrolled)" "$1"
}
says() { # TEXT COMMAND...
    local text=$1 said
    shift
    said=$("$@")
    grep -qF -- "$text" <<<"$said" || { echo "does not say: $text"; echo "$said"; return 1; }
}
marie() { # asks about her family
    fanlight_at coordinator query --json "$forms/marie.toml"
}
submit() { # asks about her family and does not wait -> case id
    fanlight_at coordinator query --timeout 0 --json "$forms/marie.toml" | expect get case
}
party_is() { # CASE PARTY STAGE
    fanlight_at coordinator case show "$1" --json | expect stages | grep -qx "$2 $3"
}
settled() { # CASE
    [ "$(fanlight_at coordinator case show "$1" --json | expect get settled)" = true ]
}
as_before() { # FILE: of cases, all with the first one's picture
    local line
    while read -r line; do same "$(expect grid <<<"$line")" "$first" || return 1; done <"$1"
}
served() { # PARTY
    class_count "$1" "evaluation served"
}
requested() { # of everybody
    local party
    for party in "${agencies[@]}"; do echo "$party $(class_count "$party" "evaluation requested")"; done
}

# ---- what ends before there is a key
check "before a ceremony everybody says how one begins" says "there is none yet" fanlight_at police status
propose --holders police,health,domestic_abuse
joins police
old_words=$words
propose --holders police,health,domestic_abuse,social_care
wait_for 20 "the second proposal" proposal_is_at police
check "a second proposal replaces the first" test "$words" != "$old_words"
check "and waits to be joined anew" stage_is proposed police
check "the first one's words join nothing" refused 77 "ceremony" "compare the words by phone" \
    fanlight_at police ceremony join --fingerprint "$old_words"
joins police
wait_for 20 "the proposal" proposal_is_at health
fanlight_at health ceremony abandon >/dev/null
for party in coordinator police health domestic_abuse social_care; do
    check "a ceremony that health abandons is over at $party" wait_for 10 "end" stage_is aborted "$party"
    check "$party says who ended it" says "health" ceremony_at "$party" cause
done
check "its status says it too" says "Ceremony: aborted" fanlight_at coordinator status

# ---- the first key. Whoever is paused keeps the others waiting at the stage that is wanted.
node_pause education # it hears of the key only when all is over
node_pause health
propose --holders police,health,domestic_abuse
joins police
joins domestic_abuse
check "all have joined but one, and everybody says who" wait_for 10 "it" waits_for police health
check "so does the coordinator" wait_for 10 "it" waits_for coordinator health
crash police
crash coordinator
back coordinator
back police
check "police killed after it joined: still joined" stage_is committing police

node_pause domestic_abuse
node_resume health
joins health
wait_for 20 "commitments" stage_is revealing police health
check "commitments of one are waited for" wait_for 10 "it" waits_for police domestic_abuse
crash health
back health
check "health killed after it showed its commitments: goes on there" stage_is revealing health

node_pause police
node_resume domestic_abuse
wait_for 20 "shares" stage_is sharing domestic_abuse health
check "shares of one are waited for" wait_for 10 "it" waits_for health police
crash domestic_abuse
back domestic_abuse
check "domestic_abuse killed after it dealt: goes on there" stage_is sharing domestic_abuse

node_pause health
node_resume police
wait_for 20 "signatures" stage_is signing police domestic_abuse
check "one signature is waited for" wait_for 10 "it" waits_for police health
crash police
crash coordinator
back coordinator
back police
check "police killed after it signed: goes on there" stage_is signing police
node_resume health
check "the ceremony completes" wait_for 30 "it" stage_is complete coordinator police health domestic_abuse
crash coordinator
node_resume education
back coordinator
check "everybody shows the same certificate" wait_for 30 "it" one_certificate
check "the ceremony's status shows it" same "$(ceremony_at police certificate.words)" "$(certificate_at coordinator)"
check "the epoch is being prepared" epoch_is 1 preparing 0

# ---- enrolment; the epoch opens by itself
federation_import
check "the epoch is open once everybody is enrolled" epoch_is 1 open 0
marie >"$work/first"
grep '^marie' "$root/tests/practice/expected.tsv" >"$work/expected.tsv"
check "a query is answered as it must be" expect compare "$work/expected.tsv" <"$work/first"
first=$(expect grid <"$work/first")

# ---- a second key with other holders, while queries go on
queries_go_on() {
    until [ -e "$work/enough" ]; do marie >>"$work/meanwhile"; done
}
queries_go_on &
asking=$!
federation_ceremony --holders social_care,health,domestic_abuse
check "the second epoch is being prepared beside the first" epoch_is 2 preparing 0
check "everybody but the refuge enrols in it at once" wait_for 60 "enrolment" not_enrolled_is '["refuge"]'
check "the coordinator's status names whom it waits for" says "Not enrolled yet: refuge" fanlight_at coordinator status
check "the refuge's status says when it goes on" says ", goes on at " fanlight_at refuge status
check "it does not open by itself" epoch_is 1 open 1
fanlight_at coordinator epoch open >/dev/null
check "opened by hand" epoch_is 2 open 0
check "the first epoch closes" epoch_is 1 closing 1
check "and says when it is destroyed" says "To be destroyed at " fanlight_at police status
marie >>"$work/meanwhile"
touch "$work/enough"
check "queries never stopped" wait "$asking"
check "all $(wc -l <"$work/meanwhile") meanwhile were answered as before" as_before "$work/meanwhile"
check "the refuge says the same as always" grep -q "^marie	Marie	refuge	nothing_at_this_level" <<<"$first"
of_police=$(served police) of_social_care=$(served social_care)
marie >"$work/second"
check "under the second epoch everybody answers as before" as_before "$work/second"
check "its holders were asked" test "$(served social_care)" -gt "$of_social_care"
check "the first one's were not" same "$(served police)" "$of_police"

# ---- the same key shared anew
enrolled=$(requested)
federation_ceremony --reshare --holders police,health,social_care
check "a reshare says what it does not protect from" says "this protects only while fewer than 2" \
    fanlight_at police ceremony status
check "everybody shows its certificate" wait_for 20 "it" one_certificate
check "the epoch is the same, and open" epoch_is 2 open 0
check "the status says that it was shared anew" says "Shared anew once" fanlight_at coordinator status
of_police=$(served police) of_domestic_abuse=$(served domestic_abuse)
marie >"$work/third"
check "everybody answers as before" as_before "$work/third"
check "and nobody was enrolled again" same "$(requested)" "$enrolled"
check "a new holder was asked" test "$(served police)" -gt "$of_police"
check "the one that left was not" same "$(served domestic_abuse)" "$of_domestic_abuse"

# ---- a holder that comes back from an older copy
health=$work/nodes/health
node_stop health
cp -a "$health" "$work/older"
node_start health
node_ready health
node_pause police # an answer that comes third is not looked at, and neither is its receipt
id=$(submit)      # evaluations that the copy does not know of
wait_for 20 "tokens" party_is "$id" housing answered
node_resume police
wait_for 40 "the case to settle" settled "$id"
node_stop health
cp -a "$health" "$work/newer"
start_health() {
    timeout 20 "$bin/fanlight-node" run --data "$health" --key-fd 3 3<"$(node_key health)"
}
rm "$health"/store.db*
cp -a "$work/older"/store.db* "$health"
check "an older store beside its log does not start" refused 70 "log" "Restore both" start_health
rm -r "$health"
cp -a "$work/newer" "$health"
rm -r "$health/log"
cp -a "$work/older/log" "$health"
check "an older log beside its store does not start" refused 70 "log" "Restore both" start_health
rm -r "$health"
cp -a "$work/older" "$health"
node_start health
ended() {
    ! kill -0 "${node_pid[health]}" 2>/dev/null
}
check "an older copy of both finds out from those who witness its log, and ends" wait_for 60 "its end" ended
wait "${node_pid[health]}" || true
unset "node_pid[health]"
restore_health() {
    timeout 120 "$bin/fanlight-node" restore --data "$health" --key-fd 3 3<"$(node_key health)"
}
check "its log comes back from them" restore_health
node_start health
node_ready health
restored() {
    says "RESTORED from an older copy, noticed " fanlight_at health status
}
check "its status says RESTORED, and since when" wait_for 20 "it" restored
node_pause police
id=$(submit)
spent_in() { # PARTY TEXT BEFORE THE NUMBERS
    says "$2: 50,000 of 50,000" fanlight_at "$1" status
}
check "what it may evaluate for queries today is taken as spent" spent_in health "query, epoch 2"
check "the coordinator's status shows that" wait_for 10 "it" spent_in coordinator "health, query, epoch 2"
check "nobody is asked yet: one holder is not enough" party_is "$id" housing pending
node_resume police
check "with the other holders the case settles" wait_for 40 "it" settled "$id"
fanlight_at coordinator case show "$id" --json >"$work/fourth"
check "and everybody answers as before" as_before "$work/fourth"
marie >"$work/fifth"
check "as they do the next time" as_before "$work/fifth"

# ---- afterwards
check "every log verifies" every_log_verifies
checks_end
