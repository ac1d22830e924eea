#!/usr/bin/env bash
# The life of an agreement in a real federation: twelve processes on loopback. A second version is signed, comes into
# force and is cited; a party stops its answers and takes that back; the quorum revokes.
set -euo pipefail
. "$(dirname "$0")/checks.sh" "$@"

federation_make
federation_start
federation_ceremony
federation_import

keys=$(officer_keys)
with_key() { # PARTY officer|dpo COMMAND...: the passphrase of practice officers is "practice"
    local key=$keys/$1-$2.key
    shift 2
    "$@" --key "$key" --passphrase-fd 3 --yes 3<<<practice
}
everywhere() { # TEXT: every node's register status says so
    local party
    for party in "${parties[@]}"; do
        grep -qF -- "$1" <<<"$(fanlight_at "$party" register status)" || { echo "$party does not"; return 1; }
    done
}
says() { # TEXT COMMAND...
    local text=$1
    shift
    local out
    out=$("$@" 2>&1) || true
    grep -qF -- "$text" <<<"$out" || { echo "$out"; return 1; }
}
cell() { # PARTY: what is shown of Greg there
    "$bin/fanlight" query --data "$work/nodes/coordinator" "$forms/marie.toml" >"$work/marie.txt"
    grep -E "$1" "$work/marie.txt"
}

check "version 1 is in force everywhere" everywhere "in force"
check "every node holds a lease" wait_for 20 "leases" everywhere "Lease until"
first=$(cell "Substance Misuse" || true)
check "Marie: substance misuse shares, because the Marac threshold is met" \
    grep -qF "Drinking heavily since a bereavement" <(tr -s ' \n' ' ' <"$work/marie.txt")
check "and the clause is cited" grep -qF "clause 7.1" <(tr -s ' \n' ' ' <"$work/marie.txt")

# -------------------------------------------------------------------------------------------------- a second version

fanlight_at police agreement fetch in-force --out "$work/one.note" >/dev/null
from=$(date -u -d '25 seconds' +%FT%TZ)
sed '/^— /d' "$work/one.note" >"$work/two.toml"
sed -i -e 's/^version = 1$/version = 2/;t' -e "s/^effective_from = .*/effective_from = \"$from\"/" "$work/two.toml"
# Clause 7.2, summaries of an agency's own concern: at Red only.
sed -i '/^id = "7.2"$/,/^when/ s/^when = .*/&\ncolours = ["red"]/' "$work/two.toml"
check "the draft has no error" says "Errors: 0." "$bin/fanlight" agreement check "$work/two.toml"
check "diff says what changes" says "when it says AMBER itself" \
    "$bin/fanlight" agreement diff "$work/one.note" "$work/two.toml"
check "and that nothing else does" says "Nothing else changes" \
    "$bin/fanlight" agreement diff "$work/one.note" "$work/two.toml"
check "rehearsed at substance misuse: counts, no person" says "stay as they are" \
    fanlight_at substance_misuse agreement rehearse "$work/two.toml" --since 1d
check "the agreement in force itself changes nothing" says "would have told less" \
    fanlight_at substance_misuse agreement rehearse "$work/one.note" --since 1d

check "a data protection officer signs" with_key housing dpo "$bin/fanlight" agreement sign "$work/two.toml"
check "and hands it to everybody" says "Not signed yet" fanlight_at housing agreement propose "$work/two.note"
number=$(fanlight_at housing agreement proposals | head -n 1 | cut -d' ' -f1)
check "it waits at another node" wait_for 5 "the proposal" says "$number" fanlight_at police agreement proposals
check "where another officer signs it" with_key police officer "$bin/fanlight" register sign "$number" \
    --data "$work/nodes/police"
federation_sign_next "$work/two.toml" "$work/all.note" >/dev/null
fanlight_at police agreement propose "$work/all.note" >/dev/null
has_it() { says "12 of 12 parties have it" fanlight_at coordinator register status; }
check "all twelve have confirmed the register that has it" wait_for 10 "the acknowledgements" has_it
in_force() {
    local party
    for party in "${parties[@]}"; do
        fanlight_at "$party" status --json | grep -q '"agreement_version":2' || return 1
    done
}
check "until its time the first one is in force" says '"agreement_version":1' fanlight_at police status --json
check "then the second is, everywhere" wait_for 40 "version 2" in_force
cell "Substance Misuse" >/dev/null || true
check "Marie is asked about under the second" grep -qF "Drinking heavily since a bereavement" \
    <(tr -s ' \n' ' ' <"$work/marie.txt")
refusal=$(fanlight_at police agreement propose "$work/all.note" 2>&1 || true)
check "the same version again is refused" grep -qE "already" <<<"$refusal"

# -------------------------------------------------------------------------------------------------- restarts, stops

node_kill housing
node_start housing
node_ready housing
check "a restart goes on under the second version" says '"agreement_version":2' fanlight_at housing status --json

check "housing stops its answers" with_key housing dpo "$bin/fanlight" party suspend coordinator \
    --reason "an enquiry is under way" --data "$work/nodes/housing"
cell "Housing" >"$work/housing.txt" || true
check "and the coordinator sees that, not a guess" grep -qiE "housing.*not checked" "$work/housing.txt"
check "others are told" wait_for 5 "the suspension" says "housing has stopped its answers to coordinator" \
    fanlight_at refuge register status
check "housing answers again" with_key housing officer "$bin/fanlight" party resume coordinator \
    --reason "the enquiry is over" --data "$work/nodes/housing"

# -------------------------------------------------------------------------------------------------- the quorum revokes

check "one officer proposes to revoke" with_key police officer "$bin/fanlight" agreement revoke \
    --reason "two key holders were broken into" --data "$work/nodes/police"
number=$(fanlight_at police agreement proposals | grep revocation | cut -d' ' -f1)
check "the other one signs" with_key police dpo "$bin/fanlight" register sign "$number" --data "$work/nodes/police"
quorum=(social_care health education housing domestic_abuse substance_misuse refuge)
for party in "${quorum[@]}"; do
    wait_for 5 "the revocation at $party" says "$number" fanlight_at "$party" agreement proposals
    with_key "$party" officer "$bin/fanlight" register sign "$number" --data "$work/nodes/$party" >/dev/null 2>&1
    [ "$party" = refuge ] && begun=$(date +%s%N)
    with_key "$party" dpo "$bin/fanlight" register sign "$number" --data "$work/nodes/$party" >/dev/null 2>&1
done
silent() { everywhere "This node discloses nothing: the agreement is revoked."; }
check "every node is silent within five seconds" wait_for 5 "silence" silent
printf 'revocation_s %s\n' "$(awk -v ns=$(($(date +%s%N) - begun)) 'BEGIN { printf "%.2f", ns / 1e9 }')"
check "nobody is asked any more" says "revoked" fanlight_at coordinator query "$forms/ivy.toml"
check "every log verifies" every_log_verifies
checks_end
