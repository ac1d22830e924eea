#!/usr/bin/env bash
# Agreements and the keys of those who sign them, as a person uses them: made, checked, signed, verified, compared; and
# bad input, each with its exit code, a message that says where and what to do, and nothing lost.
set -euo pipefail
. "$(dirname "$0")/checks.sh" "$@"
exec 3</dev/null # so that a test which forgets to give descriptor 3 reads nothing

no_terminal=(setsid -w)
secret='four words of test' # of the keys that this test makes
with_passphrase() { # PASSPHRASE COMMAND...
    local passphrase=$1
    shift
    "$@" --passphrase-fd 3 3<<<"$passphrase"
}
keygen() { # OUT OPTION...: for practice, housing's data protection officer unless other options say so
    local out=$1
    shift
    with_passphrase "$secret" "$bin/fanlight" officer keygen --out "$out" "$@"
}
practice=(--domain "$domain" --mode practice)
agreement() {
    "$bin/fanlight" agreement "$@"
}
sign() { # FILE KEY OPTION...: with a practice federation's key
    local file=$1 key=$2
    shift 2
    with_passphrase practice agreement sign "$file" --key "$key" --yes "$@"
}
flip() { # FILE OFFSET: the byte there becomes another letter
    local old new=A
    old=$(dd if="$1" bs=1 skip="$2" count=1 status=none | tr "\0" .)
    [ "$old" = A ] && new=B
    printf %s "$new" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
offset_of() { # FILE TEXT -> of its first byte
    grep -abo -m1 -F -- "$2" "$1" | head -n 1 | cut -d: -f1
}
text_of() { # NOTE: without the empty line and the signatures
    sed '/^— /,$d' "$1" | sed '$d'
}
nothing_at() { # PATH...
    local path
    for path; do [ ! -e "$path" ] || { ls -la "$path"; return 1; }; done
}
state_of() { # NOTE PARTY ROLE
    agreement verify "$1" --json 2>/dev/null |
        grep -o "\"party\":\"$2\",\"role\":\"$3\",\"key\":\"[^\"]*\",\"state\":\"[a-z]*\"" | cut -d'"' -f16
}
total_of() { # NOTE present|missing|bad|others
    agreement verify "$1" --json 2>/dev/null | expect get "$2"
}

federation_init
federation_sign
keys=$(officer_keys)
good=$work/agreement/agreement.note
draft=$work/northbridge.toml
text_of "$good" >"$draft"

# ---- an officer's key
key=$work/housing-dpo.key
check "keygen" eval 'keygen "$key" --party housing --role dpo "${practice[@]}" >"$work/made"'
check "the key's file is its owner's alone" same "$(stat -c %a "$key")" 600
vkey=$("$bin/fanlight" officer show "$key" --json </dev/null | expect get vkey)
check "show needs no passphrase, and says whose key it is" same "${vkey%%+*}" "$domain/housing/dpo"
check "keygen printed that line" grep -qF "dpo = \"$vkey\"" "$work/made"
check "show prints words to read over the phone" grep -qE '\b([a-z]{5}-){9}[a-z]{5}\b' \
    <("$bin/fanlight" officer show "$key")

before=$(sha256sum "$key")
check "keygen where a key is already" refused 73 "officer's key file" "another name" keygen "$key" --party housing \
    --role dpo "${practice[@]}"
check "that key is as it was" same "$(sha256sum "$key")" "$before"
check "keygen without terminal or descriptor" refused 66 "passphrase" "--passphrase-fd" "${no_terminal[@]}" \
    "$bin/fanlight" officer keygen --party housing --role dpo "${practice[@]}" --out "$work/new.key"
check "keygen with a short passphrase" refused 65 "passphrase" "at least 12 characters" with_passphrase short \
    "$bin/fanlight" officer keygen --party housing --role dpo "${practice[@]}" --out "$work/new.key"
check "keygen of a live key for a practice domain" refused 77 "domain" "starts with \"practice.\"" keygen \
    "$work/new.key" --party housing --role dpo --domain "$domain"
check "keygen of a practice key for a live domain" refused 77 "domain" "starts with \"practice.\"" keygen \
    "$work/new.key" --party housing --role dpo --mode practice --domain northbridge.example
check "keygen for a domain that is none" refused 65 "domain" "lower-case" keygen "$work/new.key" --party housing \
    --role dpo --domain 'Northbridge/x'
check "keygen for a role that is none" refused 65 "role of an officer" "data protection officer" keygen \
    "$work/new.key" --party housing --role chief "${practice[@]}"
check "keygen for a party with a bad name" refused 65 "party" "" keygen "$work/new.key" --party 'Bad Name' --role dpo \
    "${practice[@]}"
check "keygen into a directory that is not there" refused 74 "officer's key file" "who may write" keygen \
    "$work/none/new.key" --party housing --role dpo "${practice[@]}"
check "none of these left a file behind" nothing_at "$work/new.key" "$work/none"

# ---- check
check "check a draft" agreement check "$draft"
check "check a note" agreement check "$good"
check "both have one fingerprint" same "$(agreement check "$draft" --json | expect get fingerprint)" "$fingerprint"
sed 's/^effective_from = .*/effective_from = "2099-01-01T00:00:00Z"/; s/^review_by = .*/review_by = "2100-01-01"/' \
    "$draft" >"$work/later.toml"
check "a draft that is not in force yet is worth a warning" agreement check "$work/later.toml"
check "and only that" same "$(agreement check "$work/later.toml" --json | expect get errors)" 0
sed '0,/^asked = .*/s//asked = "often"/' "$draft" >"$work/bad.toml"
line=$(grep -n '^asked = "often"' "$work/bad.toml" | cut -d: -f1)
check "check says the line, the place and the mend" grep -qE "^Error: line $line, .*: .+" \
    <(agreement check "$work/bad.toml" 2>&1)
check "check of a text with an error" refused 65 "agreement" "Mend what is listed" agreement check "$work/bad.toml"

# ---- sign: from a draft to a note that everybody has signed
check "sign a draft" sign "$draft" "$keys/housing-dpo.key"
note=$work/northbridge.note
check "the note's text is the draft's, byte for byte" cmp "$draft" <(text_of "$note")
check "one signature is present" same "$(state_of "$note" housing dpo) $(total_of "$note" present)" "present 1"
cp "$note" "$work/once.note"
check "sign it again" sign "$note" "$keys/housing-dpo.key"
check "that changes nothing" cmp "$note" "$work/once.note"
chmod 640 "$note"
check "another officer signs the note" sign "$note" "$keys/police-officer.key"
check "both are present" same "$(total_of "$note" present) $(total_of "$note" missing)" "2 22"
check "whoever could read the note still can" same "$(stat -c %a "$note")" 640
check "sign into another file" sign "$note" "$keys/police-dpo.key" --out "$work/other.note"
check "that has the third, the first file has not" same "$(total_of "$work/other.note" present) \
$(total_of "$note" present)" "3 2"
check "before it signs it says who has and who has not, and what it is" eval \
    'sign "$note" "$keys/health-dpo.key" --out "$work/said.note" 2>&1 >/dev/null |
    tr "\n" " " | grep -qE "version 1, from .* ([a-z]{5}-){9}[a-z]{5} .* police .* present .* 2 of 24 .* health\."'
check "verify a note that lacks signatures" refused 66 "signature of an officer" "who is missing" agreement verify \
    "$note"
check "everybody signs, in any order" eval 'federation_sign_next "$note" "$work/full.note" >/dev/null'
check "verify a note that everybody has signed" agreement verify "$work/full.note"
check "its text is still the draft's" cmp "$draft" <(text_of "$work/full.note")
check "a node accepts it" "$bin/fanlight" agreement accept --data "$work/nodes/housing" "$work/full.note" \
    --key-notes "$work/agreement/key-notes" --fingerprint "$fingerprint" --key-fd 4 4<"$(node_key housing)"

# ---- sign: what is refused, and nothing is written
unsigned() { # WHAT CODE WHERE MEND FILE KEY OPTION...
    local what=$1 code=$2 where=$3 mend=$4 file=$5 with=$6 as_it_was
    shift 6
    as_it_was=$(sha256sum "$file" "$note" "$draft" "$work/other.note" 2>&1)
    check "sign: $what" refused "$code" "$where" "$mend" sign "$file" "$with" "$@"
    check "sign: $what: nothing was written" eval 'nothing_at "$work/out.note" &&
        same "$(sha256sum "$file" "$note" "$draft" "$work/other.note" 2>&1)" "$as_it_was"'
}
out=(--out "$work/out.note")
mine=$keys/housing-dpo.key
unsigned "existing output" 73 "signed agreement" "another name with --out" "$note" "$mine" --out "$work/other.note"
unsigned "a draft whose note is there already" 73 "signed agreement" "Sign that file" "$draft" "$mine"
unsigned "a key that the agreement does not name" 77 "officer's key" "names another key" "$draft" "$key" "${out[@]}"
check "it shows both keys" eval 'grep -qF "Your key: $vkey" "$work/refused.err" &&
    grep -q "names for housing: officer $domain/housing/officer" "$work/refused.err"'
keygen "$work/stranger.key" --party library --role officer "${practice[@]}" >/dev/null
unsigned "a key of a party that is not in it" 77 "officer's key" "no party of this agreement" "$draft" \
    "$work/stranger.key" "${out[@]}"
check "it lists the parties" grep -q "Parties of the agreement: coordinator, " "$work/refused.err"
keygen "$work/live.key" --party housing --role dpo --domain northbridge.example >/dev/null
unsigned "a live key for a practice agreement" 77 "officer's key" "never mix" "$draft" "$work/live.key" "${out[@]}"
cp "$mine" "$work/changed.key"
sed -i 's/^practice$/live/' "$work/changed.key"
unsigned "a key file whose mode somebody changed" 77 "domain" "a live one's does not" "$draft" "$work/changed.key" \
    "${out[@]}"
cp "$mine" "$work/changed.key"
flip "$work/changed.key" $(($(stat -c %s "$mine") - 10))
unsigned "a key file with a byte changed" 77 "officer's key file" "or the file was changed" "$draft" \
    "$work/changed.key" "${out[@]}"
head -c 200 "$mine" >"$work/changed.key"
unsigned "half a key file" 65 "officer's key file" "another copy" "$draft" "$work/changed.key" "${out[@]}"
unsigned "a node's key for an officer's" 65 "officer's key file" "keygen" "$draft" "$(node_key housing)" "${out[@]}"
unsigned "a key file that is not there" 66 "officer's key file" "Check the path" "$draft" "$work/none" "${out[@]}"
truncate -s 100M "$work/huge"
unsigned "a key file of 100 MB" 65 "officer's key file" "" "$draft" "$work/huge" "${out[@]}"
check "sign: wrong passphrase" refused 77 "officer's key file" "passphrase is not the right one" \
    with_passphrase "not $secret" agreement sign "$draft" --key "$mine" --yes "${out[@]}"
check "sign: no terminal and no descriptor" refused 66 "passphrase" "--passphrase-fd" "${no_terminal[@]}" \
    "$bin/fanlight" agreement sign "$draft" --key "$mine" --yes "${out[@]}"
check "sign: whoever does not type sign" refused 77 "signing" "Nothing was signed" with_passphrase practice \
    agreement sign "$draft" --key "$mine" "${out[@]}"
check "none of these wrote a note" nothing_at "$work/out.note"
check "whoever types sign does" eval 'echo sign | with_passphrase practice agreement sign "$draft" --key "$mine" \
    --out "$work/typed.note" && cmp "$work/typed.note" "$work/once.note"'

# Another officer signs the same file while this one reads: neither line may get lost.
cp "$work/once.note" "$work/shared.note"
mkfifo "$work/typing"
with_passphrase practice agreement sign "$work/shared.note" --key "$keys/police-dpo.key" <"$work/typing" \
    >"$work/asked" 2>&1 &
asking=$!
exec 5>"$work/typing"
check "it asks before it signs" wait_for 20 "the question" grep -q "Type \"sign\"" "$work/asked"
check "meanwhile another officer signs" sign "$work/shared.note" "$keys/health-dpo.key"
echo sign >&5
exec 5>&-
got=0
wait "$asking" || got=$?
check "then it does not write over that" eval 'same "$got" 76 && grep -q "changed while you were asked" "$work/asked"'
check "the other's line is there" same "$(state_of "$work/shared.note" health dpo) \
$(state_of "$work/shared.note" police dpo)" "present missing"

# ---- bad files, for every verb that reads one
bad=$work/bad.note
spoken() { # COMMAND...: what check finds is its answer, on standard output
    "$@" >&2
}
bad_file() { # WHAT CODE WHERE MEND: $bad, by check, verify, sign and diff
    local verb
    for verb in check verify diff; do
        [ "$verb" = diff ] && set -- "$1" "$2" "$3" "$4" "$good"
        check "$verb: $1" refused "$2" "$3" "$4" spoken agreement $verb "$bad" "${@:5}"
    done
    set -- "$1" "$2" "$3" "$4"
    unsigned "$1" "$2" "$3" "$4" "$bad" "$mine" "${out[@]}"
}
truncate -s 100M "$bad"
bad_file "a file of 100 MB" 65 "agreement file" "at most 200 KiB"
rm "$bad"
sed '3s/$/ \xff\xfe/' "$draft" >"$bad"
bad_file "a draft that is not UTF-8" 65 "line 3" "Retype the line"
sed '3s/$/ \xff\xfe/' "$good" >"$bad"
bad_file "a note that is not UTF-8" 65 "signed note (at 3)" "must be UTF-8"
{ cat "$draft"; printf 'deep = %s%s\n' "$(printf '[%.0s' {1..2000})" "$(printf ']%.0s' {1..2000})"; } >"$bad"
bad_file "a draft that nests deeply" 65 "line $(wc -l <"$bad")" "docs/agreement.md"
head -c 1000 /dev/urandom | base64 -w 60 >"$bad"
bad_file "a file that is no agreement" 65 "line 1" "Mend what is listed"
printf '%s' "$(cat "$draft")" >"$bad"
bad_file "a draft that was cut off" 65 "agreement (at $(wc -l <"$draft"))" "newline" || true
: >"$bad"
bad_file "an empty file" 65 "agreement" "newline"
{ cat "$good"; echo "one more line"; } >"$bad"
bad_file "a note with a line behind it" 65 "signature line" "em dash"
sed '0,/^asked = .*/s//asked = "often"/' "$good" >"$bad"
bad_file "a note whose text has an error" 65 "line $line" "Mend what is listed"
check "verify: a file that is not there" refused 66 "agreement file" "Check the path" agreement verify "$work/none"
check "verify: a directory" refused 74 "agreement file" "" agreement verify "$work/nodes"

cp "$work/full.note" "$bad"
flip "$bad" "$(offset_of "$bad" "Northbridge One Front Door")"
check "verify: a byte of the text changed" refused 77 "agreement" "not the text that was signed" agreement verify "$bad"
check "all its signatures are bad" same "$(total_of "$bad" bad)" 24
unsigned "a text that others did not sign" 77 "agreement" "whoever sent the file" "$bad" "$mine" "${out[@]}"
cp "$work/full.note" "$bad"
flip "$bad" $(($(offset_of "$bad" "— $domain/police/dpo ") + $(grep "^— $domain/police/dpo " "$bad" | wc -c) - 20))
check "verify: a byte of one signature changed" refused 77 "agreement" "not the text that was signed" agreement verify \
    "$bad"
check "that one is bad, the others are present" same "$(state_of "$bad" police dpo) $(total_of "$bad" present)" "bad 23"
check "its officer can sign again" sign "$bad" "$keys/police-dpo.key"
check "and then all are present" agreement verify "$bad"
grep -v "^— $domain/police/dpo " "$work/full.note" >"$bad"
check "verify: one signature missing" refused 66 "signature of an officer" "who is missing" agreement verify "$bad"
check "that one is missing" same "$(state_of "$bad" police dpo) $(total_of "$bad" present)" "missing 23"
sed 's/practice\.northbridge/practice.southbridge/' <(grep "^— $domain/police/dpo " "$work/full.note") >>"$bad"
check "verify: a signature by a name that nobody has counts nothing" same \
    "$(state_of "$bad" police dpo) $(total_of "$bad" others)" "missing 1"

# ---- diff
check "diff of a text with itself" grep -q "^Nothing changes: all" <(agreement diff "$draft" "$good")
check "and that is no error" agreement diff "$draft" "$good"
sed -e '0,/^version = 1$/s//version = 2/' \
    -e 's/^review_by = "2027-12-31"/review_by = "2028-01-31"/' \
    -e 's/^\(roles = \["substance_misuse", "mental_health", "health", \)"domestic_abuse"\]$/\1"housing"]/' \
    "$draft" >"$work/next.toml"
check "diff of a next version" agreement diff "$good" "$work/next.toml"
agreement diff "$good" "$work/next.toml" >"$work/diff"
section() { # TITLE: what stands under it
    sed -n "/^$1/,/^\$/p" "$work/diff"
}
check "it says what may now be told" grep -q "Housing.*clause 7.1" <(section "May now be told")
check "and what may no longer be told" grep -q "Domestic.*clause 7.1" <(section "May no longer be told")
check "and what else changes" grep -q "2028-01-31" <(section "Also changes")
check "and what does not" grep -q "^Nothing else changes: of [0-9,]* decisions" "$work/diff"
check "and who must sign" grep -q "^  domestic_abuse, housing; 8 of 12 parties at least" <(section "Who must sign")
check "diff --json counts" eval 'test "$(agreement diff "$good" "$work/next.toml" --json |
    expect get decisions_changed)" -gt 0'
for path in decisions decisions_changed rest at_least why before after; do
    check "diff --json has $path" eval 'agreement diff "$good" "$work/next.toml" --json | expect get $path'
done
sed '0,/^version = 2$/s//version = 3/' "$work/next.toml" >"$bad"
check "diff of a version that is not the next" refused 77 "next version" "Mend what is listed" agreement diff "$good" \
    "$bad"
check "it still says what changes" grep -q "^May now be told" "$work/refused.out"

# ---- the practice tool signs for practice only
check "practice: both officers of one party" federation_sign_next "$work/next.toml" "$work/next.note" housing
check "practice: they have signed, the others have not" same "$(state_of "$work/next.note" housing officer) \
$(total_of "$work/next.note" present)" "present 2"
sed 's/^practice = true/practice = false/; s/practice\.northbridge/northbridge/g' "$draft" >"$work/live.toml"
before=$(sha256sum "$work/next.note")
check "practice: not a live agreement" refused 77 "draft" "only its own officers" federation_sign_next \
    "$work/live.toml" "$work/next.note"
mkdir "$work/live-keys"
cp "$work/live.key" "$work/live-keys/housing-dpo.key"
cp "$work/live.key" "$work/live-keys/housing-officer.key"
check "practice: not with a live key" refused 77 "officer's key file" "only its officer" "$bin/fanlight-practice" sign \
    --officer-keys "$work/live-keys" --parties housing "$work/next.toml" --out "$work/next.note"
check "practice: not for a party without keys" refused 66 "officer's key file" "" federation_sign_next \
    "$work/next.toml" "$work/next.note" library
check "practice: the note is as it was" same "$(sha256sum "$work/next.note")" "$before"

# ---- after all this
check "no message said a passphrase" test "$(cat "$work/made" "$work/said" | grep -cF "$secret")" = 0
checks_end
