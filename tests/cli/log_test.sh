#!/usr/bin/env bash
# The log as an information governance officer uses it, in a real federation: twelve processes on loopback, one family
# asked about, and then every verb of `fanlight log`.
set -euo pipefail
. "$(dirname "$0")/checks.sh" "$@"

federation_make
federation_start
federation_ceremony
federation_import

fanlight_at coordinator query --json "$forms/marie.toml" >"$work/marie.json"
case_id=$(expect get case <"$work/marie.json")
year=$(date -u +%Y)

says() { # TEXT COMMAND...
    local text=$1 out
    shift
    out=$("$@" 2>&1) || true
    grep -qF -- "$text" <<<"$(tr -s ' \n' ' ' <<<"$out")" || { echo "$out"; return 1; }
}
says_not() { # TEXT COMMAND...
    ! says "$@"
}
log_at() { # PARTY VERB...
    local party=$1
    shift
    fanlight_at "$party" log "$@"
}
place_of() { # PARTY CLASS: of its newest leaf of that class
    log_at "$1" list --class "$2" --limit 1 --json | expect get rows.0.place
}

# -------------------------------------------------------------------------------------------------- looking

told=$(place_of substance_misuse disclosure_sent)
check "a place is a year and a number" grep -qE "^$year/[0-9]+\$" <<<"$told"
check "the list begins with exceptions" grep -qE '^Exceptions among [0-9,]+ leaves' <(log_at substance_misuse list)
check "and says so where there are none" says "0 break-glass" log_at substance_misuse list
check "a row says what was done with whom" says "disclosure sent coordinator" \
    log_at substance_misuse list --class disclosure_sent
check "colours are counted in it" says "1 RED" log_at substance_misuse list --class decision
for name in Greg Marie drinking bereavement 999; do
    check "no list says \"$name\"" says_not "$name" log_at substance_misuse list --limit 1000
done
check "no line is wider than the terminal" awk 'length > 100 { exit 1 }' <(log_at substance_misuse list --limit 1000)
check "a period that has not begun has nothing" says "among 0 leaves" \
    log_at substance_misuse list --since 2099-01-01
check "only of one party" same 0 "$(log_at coordinator list --peer nobody --json | expect get leaves)"
check "a class that is none is refused" refused 65 "class of leaves" "disclosure_sent" \
    log_at police list --class nonsense
check "so is a time that is none" refused 65 "--since" "2026-11-14" log_at police list --since yesterday

decided=$(place_of substance_misuse decision)
check "one leaf is shown field by field" says "What it commits to: agreement_id" log_at substance_misuse show "$decided"
check "with the clauses in words" says "Clause 4.2:" log_at substance_misuse show \
    "$(log_at substance_misuse list --class decision --json | expect get rows.0.place)"
check "a leaf that is not there is missing" refused 66 "log leaf" "" log_at police show "$year/99999999"
check "a place that is none is refused" refused 65 "place of a leaf" "2026/18204" log_at police show 17

# -------------------------------------------------------------------------------------------------- sample

log_at coordinator sample --n 5 --seed 2026W47 --json >"$work/sample.json"
check "a sample has as many as were asked for" same 5 "$(expect get drawn <"$work/sample.json")"
repeat=$(expect get repeat <"$work/sample.json")
rows_of() { log_at coordinator "$@" --json | expect get rows; }
log_at coordinator review "$year/0" --verdict justified --user r.patel >/dev/null # the log has grown
eval "set -- ${repeat#fanlight log }"
check "the command that it prints draws the same" same "$(expect get rows <"$work/sample.json")" "$(rows_of "$@")"
check "another seed draws others" bash -c '[ "$1" != "$2" ]' _ "$(expect get rows <"$work/sample.json")" \
    "$(rows_of "${@/2026W47/2026W48}")"

# -------------------------------------------------------------------------------------------------- review

check "a leaf is marked" says "is marked: question" log_at substance_misuse review "$told" --verdict question \
    --user r.patel --note "no reply on file"
check "and shows the mark" says "question: r.patel" log_at substance_misuse show "$told"
check "with its note" says "no reply on file" log_at substance_misuse show "$told"
check "the mark is a leaf" says "IG review" log_at substance_misuse list --class review
check "a question needs a note" refused 65 "review: note" "" log_at substance_misuse review "$told" \
    --verdict question --user r.patel
check "a leaf that is not there is not marked" refused 66 "review: leaf" "" log_at substance_misuse review \
    "$year/99999999" --verdict justified --user r.patel

# -------------------------------------------------------------------------------------------------- export

for format in csv jsonl html; do
    check "export as $format" log_at substance_misuse export --format "$format" --out "$work/audit.$format" \
        --user r.patel
    check "the log has the hash of it" says "$(sha256sum "$work/audit.$format" | cut -d' ' -f1)" \
        log_at substance_misuse show "$(place_of substance_misuse export)"
done
check "an export is a leaf each" same 3 "$(log_at substance_misuse list --class export --json | expect get leaves)"
check "the columns of the CSV are explained" grep -q '"time_utc"' "$work/audit.fields.csv"
check "every cell is quoted" bash -c '! grep -vP "^\"" "$1"' _ "$work/audit.csv"
exported=$(tail -n 1 "$work/audit.jsonl" | expect get leaves)
check "a line of JSON for each leaf, and one at the end" same "$((exported + 1))" "$(wc -l <"$work/audit.jsonl")"
check "with the signed head" says "$domain/disclosures/substance_misuse/$year" expect get heads.0.checkpoint \
    < <(tail -n 1 "$work/audit.jsonl")
check "the page has no script" bash -c '! grep -qiE "<script|https?:" "$1"' _ "$work/audit.html"
for name in Greg Marie drinking bereavement; do
    check "no export says \"$name\"" bash -c '! grep -qi "$1" "${@:2}"' _ "$name" "$work"/audit.*
done
check "only its owner can read it" same 600 "$(stat -c %a "$work/audit.csv")"
check "no file is written over" refused 73 "export" "not touched" log_at substance_misuse export \
    --out "$work/audit.csv" --user r.patel
check "nothing half-written is left" bash -c '! ls "$1"/*.part 2>/dev/null' _ "$work"

# -------------------------------------------------------------------------------------------------- prove, check, fsck

log_at substance_misuse policy >"$work/policy"
check "the policy names the log" grep -q "^log .*disclosures/substance_misuse/$year" "$work/policy"
is_cosigned() { [ "$(log_at substance_misuse show "$told" --json | expect get cosigned)" = true ]; }
check "the leaf is under a cosigned head" wait_for 70 "cosignatures" is_cosigned
check "show says so" says "cosigned by" log_at substance_misuse show "$told"
log_at substance_misuse prove "$told" --reveal time,peer,message_hash --out "$work/proof" >/dev/null
check "a proof is checked without a node" says "good. Leaf ${told#*/}" \
    "$bin/fanlight" log check "$work/proof.tlog-proof" --policy "$work/policy"
check "with what was revealed" says "peer: coordinator" "$bin/fanlight" log check "$work/proof.tlog-proof" \
    --policy "$work/policy"
check "and by whom it was cosigned" says "cosigned by" "$bin/fanlight" log check "$work/proof.tlog-proof" \
    --policy "$work/policy"
check "not with what was not" says "more fields, which are not shown" "$bin/fanlight" log check \
    "$work/proof.tlog-proof" --policy "$work/policy"
cp "$work/proof.tlog-proof" "$work/other.tlog-proof"
sed 's/"leaf":"46414e31../"leaf":"46414e3106/' "$work/proof.json" >"$work/other.json"
check "of another leaf it proves nothing" refused 77 "" "" "$bin/fanlight" log check "$work/other.tlog-proof" \
    --policy "$work/policy"
log_at police policy >"$work/police.policy"
check "nor under another log's policy" refused 77 "" "" "$bin/fanlight" log check "$work/proof.tlog-proof" \
    --policy "$work/police.policy"
check "a field that is not there cannot be revealed" refused 66 "field to reveal" "" log_at substance_misuse prove \
    "$told" --reveal verdict --out "$work/none"
log_at substance_misuse heads --out "$work/head" >/dev/null
check "the whole directory is checked without a node, up to a head that others vouch for" says \
    "cosigned as the policy asks: yes" "$bin/fanlight" log fsck "$work/nodes/substance_misuse/log/$year" \
    --policy "$work/policy" --head "$work/head"

received=$(log_at coordinator list --class disclosure_received --peer substance_misuse --json | expect get rows.0.place)
have_receipt() { log_at coordinator receipt "$received" --out "$work/receipt"; }
check "the receipt of the other end comes" wait_for 30 "the receipt" have_receipt
check "and proves that it logged what it told" says "disclosure sent" "$bin/fanlight" log check "$work/receipt" \
    --policy "$work/policy"

# -------------------------------------------------------------------------------------------------- reconcile

check "both ends of every exchange are there" says "Every exchange has both its ends." \
    log_at coordinator reconcile --peer housing --since 1d --wait
check "and there are some" says_not "ours 0," log_at coordinator reconcile --peer housing --since 1d --wait
check "the list says with whom that was" says "0 without an other end at housing" log_at coordinator list
check "with nobody else's" refused 66 "" "" log_at coordinator reconcile --peer nobody --since 1d

# -------------------------------------------------------------------------------------------------- erase

record=$(grep -i ',greg,' "$work/records/substance_misuse.csv" | head -n 1 | cut -d, -f1)
check "a dry run only counts" says "leaves of this log say something about the person" \
    log_at substance_misuse erase --record "$record" --dry-run
durable_leaves() { log_at substance_misuse list --limit 0 --json | expect get leaves; }
before=$(durable_leaves)
check "without the word nothing is erased" refused 77 "erasure" "Nothing was erased" log_at substance_misuse erase \
    --record "$record" --decision IG-2026-031 --user r.patel
check "nothing was logged so far" same "$before" "$(durable_leaves)"
check "after a decision one person is erased" says "Erased in" log_at substance_misuse erase --record "$record" \
    --decision IG-2026-031 --user r.patel --yes
check "the decision of that leaf is not readable any more" says "erased" log_at substance_misuse show "$decided"
check "and says under which decision" says "under decision IG-2026-031" log_at substance_misuse show "$decided"
check "the erasure is an exception that is looked at" says "1 erasure" log_at substance_misuse list
check "the log still verifies" says '"verified":true' log_at substance_misuse verify --json
check "the old proof still holds" says "good." "$bin/fanlight" log check "$work/proof.tlog-proof" \
    --policy "$work/policy"
check "at the coordinator by case and label" says "say something about the person" \
    log_at coordinator erase --case "$case_id" --person Greg --dry-run

# -------------------------------------------------------------------------------------------------- break-glass

check "two people are needed" refused 77 "" "" log_at police break-glass --user r.patel --approver r.patel --hours 1 \
    --reason "the network is down" --yes
check "break-glass says until when" says "Open until" log_at police break-glass --user j.smith --approver r.patel \
    --hours 1 --reason "the network is down" --yes
check "and is the first exception" says "1 break-glass" log_at police list --exceptions
check "heads say how far others have cosigned" says "Cosigned: the first" log_at substance_misuse heads
check "every log verifies" every_log_verifies
checks_end
