#!/usr/bin/env bash
# The twelve families of the case studies (and one more), asked about at once in a real federation: twelve processes on
# loopback.
set -euo pipefail
. "$(dirname "$0")/checks.sh" "$@"

families=(chloe kira ivy abdul michelle nicole samantha rhiannon marie hayley amanda feriha stephanie)
files=()
for name in "${families[@]}"; do files+=("$forms/$name.toml"); done

federation_make
federation_start
federation_ceremony
federation_import

fanlight_at coordinator query --json "${files[@]}" >"$work/cases.json"
declare -A id=()
while read -r line; do
    id[$(expect get reference <<<"$line")]=$(expect get case <<<"$line")
done <"$work/cases.json"
for name in "${families[@]}"; do
    fanlight_at coordinator case show "${id[$name]}" >"$work/$name.txt"
    fanlight_at coordinator case show "${id[$name]}" --json
done >"$work/shown.json"

check "one answer for each family" same "${#id[@]}" "${#families[@]}"
check "every cell and result is as expected.tsv has it" expect compare "$root/tests/practice/expected.tsv" \
    <"$work/cases.json"
check "case show tells the same as query" same "$(expect grid <"$work/cases.json")" "$(expect grid <"$work/shown.json")"

nothing_in() { # PATTERN FILE...
    local pattern=$1
    shift
    ! grep -aPn "$pattern" "$@"
}
has() { # FILE TEXT, as it reads whatever the line breaks
    local flat
    flat=$(tr -s ' \n' ' ' <"$1")
    grep -qF -- "$2" <<<"$flat" || { echo "not in $1: $2"; return 1; }
}
check "no escape sequence where no terminal is" nothing_in '[\x00-\x09\x0b-\x1f\x7f]' "$work"/*.txt
for words in "■ RED" "▲ AMBER" "● GREEN" "not known" "not shared" "unsure match" "not asked" "never says"; do
    check "a grid says \"$words\"" grep -qF -- "$words" "$work"/*.txt
done
check "a practice case says so first" nothing_in '^(?!PRACTICE  OFFICIAL-SENSITIVE  case )' <(head -qn 1 "$work"/*.txt)
explain='^RED because Substance Misuse rated Greg RED at [0-9]{2}:[0-9]{2} \(clause 3\.1\)\. '
check "Marie: one line explains the result" grep -qE "$explain" \
    <<<"$(sed -n 9p "$work/cases.json" | expect get result.explain)"
check "Marie: substance misuse is quoted with its clause" has "$work/marie.txt" "Drinking heavily since a bereavement"
check "Marie: nobody is missing" has "$work/marie.txt" "Missing: nobody"
check "Rhiannon: mental health is missing, and why" has "$work/rhiannon.txt" \
    "Missing: Mental Health, not asked: No mental health representative in this site"
check "Rhiannon: so her result is provisional" has "$work/rhiannon.txt" "Result: ■ RED (provisional)"
check "Chloe: the forty-seven contacts" has "$work/chloe.txt" "Recorded contacts: 47 across 6 agencies"
check "no refuge contact has an address" nothing_in '(?i)refuge on .*(street|road|QX[0-9])' "$work"/*.txt

check "every log verifies" every_log_verifies
sent=0
for party in "${agencies[@]}"; do sent=$((sent + $(class_count "$party" "disclosure sent"))); done
check "as many disclosures received as sent" same "$(class_count coordinator "disclosure received")" "$sent"
check "nobody refused anything" same \
    "$(for party in "${parties[@]}"; do class_count "$party" refusal; done | sort -u)" 0

# On disk and in the daemons' own logs nothing about a person stands in clear.
sed -nE 's/^(surname|nhs_number|postcode) = "(.*)"$/\2/p' "$forms"/*.toml | sort -u >"$work/personal"
nothing_personal() {
    ! grep -arlF -f "$work/personal" "$work/nodes" "$work/logs"
}
check "no surname, number or postcode in clear in $(wc -l <"$work/personal") tries" nothing_personal
check "no file of a node is open to others" same "$(find "$work/nodes" -mindepth 1 -perm /077)" ""

# The same feed again: nobody is new, so nobody is enrolled again.
for party in "${agencies[@]}"; do
    before=$(class_count "$party" "evaluation requested")
    people=$(fanlight_at "$party" status --json | expect get index.people)
    answer=$(fanlight_at "$party" import "$work/records/$party.csv" --json --wait)
    check "$party: the same file again keeps all $people" same "$(expect get kept <<<"$answer")" "$people"
    check "$party: and asks no key holder" same "$(class_count "$party" "evaluation requested")" "$before"
done
size=$(leaves police)
check "import --check reports" has <(fanlight_at police import "$work/records/police.csv" --check) "Nothing was stored"
check "import --check stores and logs nothing" same "$(leaves police)" "$size"

fanlight_at coordinator query --json "$forms/marie.toml" >"$work/again.json"
first=$(sed -n 9p "$work/cases.json")
check "Marie asked again: the same grid" same "$(expect grid <"$work/again.json")" "$(expect grid <<<"$first")"
check "Marie asked again: the same summaries" same "$(expect summaries <"$work/again.json")" \
    "$(expect summaries <<<"$first")"
check "Marie asked again: another case" test "$(expect get case <"$work/again.json")" != "${id[marie]}"
check "every log verifies after all that" every_log_verifies
checks_end
