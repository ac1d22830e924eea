#!/usr/bin/env bash
# Bad input, each with its exit code and a message that says where and what to do; nothing is stored or sent, and no
# personal data comes back.
set -euo pipefail
. "$(dirname "$0")/checks.sh" "$@"
exec 3</dev/null # so that a test which forgets to give descriptor 3 reads nothing

# Strings that stand in bad files below, and must not come back in any message or log.
planted=(Plantedsurname Plantedforename 'QX9 9ZZ' 9990009999 2001-13-37 'a planted passphrase')
no_terminal=(setsid -w) # a session of its own has no terminal to ask at

at_key() { # KEYFILE COMMAND...: with the node key on descriptor 3
    local key=$1
    shift
    "$@" --key-fd 3 3<"$key"
}
with_passphrase() { # PASSPHRASE COMMAND...
    local passphrase=$1
    shift
    "$@" --passphrase-fd 3 3<<<"$passphrase"
}
run_node=(timeout -k 5 20 "$bin/fanlight-node" run --data)
make_node() { # DIRECTORY OPTION...
    local data=$1
    shift
    "$bin/fanlight" init --data "$data" --party housing --mode practice --domain "$domain" \
        --coordinator 127.0.0.1:1 "$@"
}
# The byte at an offset becomes another letter or digit.
flip() { # FILE OFFSET
    local old new=A
    old=$(dd if="$1" bs=1 skip="$2" count=1 status=none)
    [ "$old" = A ] && new=B
    printf %s "$new" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
offset_of() { # FILE TEXT -> of its first byte
    grep -abo -m1 -F -- "$2" "$1" | head -n 1 | cut -d: -f1
}
nothing_at() { # PATH
    [ ! -e "$1" ] || { ls -la "$1"; return 1; }
}

federation_init

# ---- keys and passphrases
check "init without terminal or descriptor" refused 66 "passphrase" "--key-fd or the passphrase with --passphrase-fd" \
    "${no_terminal[@]}" "$bin/fanlight" init --data "$work/new" --party housing --mode practice --domain "$domain" \
    --coordinator 127.0.0.1:1
check "init with a short passphrase" refused 65 "passphrase" "at least 12 characters" with_passphrase short make_node \
    "$work/new"
check "init with an empty passphrase" refused 66 "passphrase" "--passphrase-fd" with_passphrase "" make_node "$work/new"
for size in 0 31 33 66; do
    head -c "$size" /dev/zero >"$work/short-key"
    check "init with a key of $size bytes" refused 65 "node key" "exactly 32 bytes" at_key "$work/short-key" \
        make_node "$work/new"
done
printf 'zz%062d' 0 >"$work/short-key"
check "init with a key of 64 other letters" refused 65 "" "" at_key "$work/short-key" make_node "$work/new"
check "init with a descriptor that is not open" refused 74 "node key" "descriptor cannot be read" make_node \
    "$work/new" --key-fd 17
check "init of a coordinator that dials and listens" refused 66 "address of the link" "--listen" \
    at_key "$(node_key housing)" make_node "$work/new" --listen 127.0.0.1:2
check "init for practice with a live domain" refused 77 "domain" "starts with \"practice.\"" at_key \
    "$(node_key housing)" \
    "$bin/fanlight" init --data "$work/new" --party housing --mode practice --domain northbridge.example \
        --coordinator 127.0.0.1:1
check "init of a party with a bad name" refused 65 "party" "" at_key "$(node_key housing)" \
    "$bin/fanlight" init --data "$work/new" --party 'Bad Name' --mode practice --domain "$domain" --coordinator \
        127.0.0.1:1
check "none of these left a directory behind" nothing_at "$work/new"
before=$(find "$work/nodes/housing" -type f -exec sha256sum {} + | sort)
check "init where a node is already" refused 73 "data directory" "another path" at_key "$(node_key housing)" \
    "$bin/fanlight" init --data "$work/nodes/housing" --party housing --mode practice --domain "$domain" \
        --coordinator 127.0.0.1:1
check "that node is as it was" same "$(find "$work/nodes/housing" -type f -exec sha256sum {} + | sort)" "$before"

with_passphrase "${planted[5]}" make_node "$work/locked" >/dev/null
check "run with another passphrase" refused 77 "node key file" "not the right one" \
    with_passphrase "${planted[5]} it is not" "${run_node[@]}" "$work/locked"
check "run without terminal or descriptor" refused 66 "passphrase" "--passphrase-fd" \
    "${no_terminal[@]}" "${run_node[@]}" "$work/locked"
check "run with the right one gets as far as the agreement" refused 66 "agreement" "fanlight agreement accept" \
    with_passphrase "${planted[5]}" "${run_node[@]}" "$work/locked"
check "run with another node's key" refused 77 "keyring" "" at_key "$(node_key police)" "${run_node[@]}" \
    "$work/nodes/housing"
check "run with no key at a node that has no passphrase" refused 66 "node key file" "--key-fd" \
    "${no_terminal[@]}" "${run_node[@]}" "$work/nodes/housing"
check "run where no node is" refused 66 "data directory" "fanlight init" at_key "$(node_key police)" "${run_node[@]}" \
    "$work/none"

# ---- agreements: all against a node that the agreement is for, which then accepts the right one
federation_sign
good=$work/agreement/agreement.note
bad=$work/bad.note
accept() { # NOTE FINGERPRINT [KEYNOTES] [DIRECTORY]
    at_key "$(node_key housing)" "$bin/fanlight" agreement accept --data "${4:-$work/nodes/housing}" "$1" \
        --key-notes "${3:-$work/agreement/key-notes}" --fingerprint "$2"
}
fingerprint_of() { # NOTE
    "$bin/fanlight" agreement show "$1" --json | expect get fingerprint
}
# A signed note is text, an empty line, and lines that begin with an em dash.
sed -n '/^— /q;p' "$good" >"$bad"
check "agreement without signatures" refused 65 "" "" accept "$bad" "$fingerprint"
grep -v '^— .*housing.*dpo' "$good" >"$bad"
check "one officer's signature is missing in the test's file" test "$(wc -l <"$good")" -eq $(($(wc -l <"$bad") + 1))
check "agreement without one officer's signature" refused 66 "signed note" "has not signed" accept "$bad" "$fingerprint"
cp "$good" "$bad"
flip "$bad" "$(offset_of "$bad" "Northbridge One Front Door")"
check "agreement with one byte changed, by its old fingerprint" refused 77 "agreement" "Ask a second party" accept \
    "$bad" "$fingerprint"
check "agreement with one byte changed, by its new fingerprint" refused 77 "signature" "" accept "$bad" \
    "$(fingerprint_of "$bad")"
cp "$good" "$bad"
flip "$bad" $(($(offset_of "$bad" "— ") + $(grep -m1 '^— ' "$bad" | wc -c) - 20))
check "agreement with one byte of a signature changed" refused 77 "signature" "" accept "$bad" "$fingerprint"
check "the right agreement by another fingerprint" refused 77 "agreement" "Ask a second party" accept "$good" \
    "${fingerprint//[0-4]/f}"
check "the right agreement with no fingerprint typed" refused 77 "agreement" "Ask a second party" accept "$good" ""
head -c 70000 /dev/zero | tr '\0' a >"$bad"
check "agreement that is no signed note" refused 65 "" "" accept "$bad" "$fingerprint"
check "agreement that is not there" refused 66 "agreement file" "Check the path" accept "$work/none" "$fingerprint"
cp -r "$work/agreement/key-notes" "$work/key-notes"
rm "$work/key-notes/marac"
check "a key note is missing" refused 66 "key note of a party" "every party's key-note" accept "$good" "$fingerprint" \
    "$work/key-notes"
cp "$work/key-notes/refuge" "$work/key-notes/marac"
check "a key note is another party's" refused 66 "signed note" "has not signed" accept "$good" "$fingerprint" \
    "$work/key-notes"
cp "$work/agreement/key-notes/marac" "$work/key-notes/marac"
flip "$work/key-notes/marac" $(($(stat -c %s "$work/key-notes/marac") - 20))
check "a byte of a key note is changed" refused 77 "" "" accept "$good" "$fingerprint" "$work/key-notes"
check "the directory of key notes is not there" refused 66 "key notes" "--key-notes" accept "$good" "$fingerprint" \
    "$work/none"
at_key "$(node_key housing)" "$bin/fanlight" init --data "$work/live" --party housing --mode live \
    --domain northbridge.example --coordinator 127.0.0.1:1 >/dev/null
check "a practice agreement at a live node" refused 77 "agreement" "practice and live never mix" accept "$good" \
    "$fingerprint" "" "$work/live"
at_key "$(node_key housing)" make_node "$work/stranger" >/dev/null
check "an agreement that names other keys for this party" refused 77 "agreement" "other keys" \
    accept "$good" "$fingerprint" "" "$work/stranger"
check "a key holder's share is missing" refused 66 "key share" "--share" at_key "$(node_key police)" \
    "$bin/fanlight" agreement accept --data "$work/nodes/police" "$good" --key-notes "$work/agreement/key-notes" \
        --fingerprint "$fingerprint"
check "another key holder's share" refused 77 "" "" at_key "$(node_key police)" "$bin/fanlight" agreement accept \
    --data "$work/nodes/police" "$good" --key-notes "$work/agreement/key-notes" --fingerprint "$fingerprint" \
    --share "$work/agreement/shares/health.share"
check "after all these the node trusts nothing" refused 66 "agreement" "fanlight agreement accept" \
    at_key "$(node_key housing)" "${run_node[@]}" "$work/nodes/housing"
check "and holds nothing of them" nothing_at "$work/nodes/housing/agreement.note"
for party in "${parties[@]}"; do federation_accept "$party"; done
check "a second agreement by hand" refused 73 "agreement" "" accept "$good" "$fingerprint"

# ---- a data directory that somebody changed
housing=$work/nodes/housing
start_housing=(at_key "$(node_key housing)" "${run_node[@]}" "$housing")
changed() { # WHAT CODE WHERE MEND FILE COMMAND...: the command changes the file; afterwards it is as before
    local what=$1 code=$2 where=$3 mend=$4 file=$5
    shift 5
    cp -p "$file" "$work/kept"
    "$@"
    check "start with $what" refused "$code" "$where" "$mend" "${start_housing[@]}"
    cp -p "$work/kept" "$file"
}
note=$housing/agreement.note
changed "one byte of the agreement changed" 77 "agreement" "altered" "$note" \
    flip "$note" "$(offset_of "$note" "Northbridge One Front Door")"
changed "one byte of a signature changed" 77 "signature" "" "$note" \
    flip "$note" $(($(offset_of "$note" "— ") + $(grep -m1 '^— ' "$note" | wc -c) - 20))
changed "another party's key note" 66 "signed note" "has not signed" "$housing/key-notes/police" cp \
    "$housing/key-notes/health" "$housing/key-notes/police"
changed "no key note of a party" 66 "key note" "" "$housing/key-notes/police" rm "$housing/key-notes/police"
changed "another node's certificate" 77 "agreement" "other keys" "$housing/certificate.der" \
    cp "$work/nodes/police/certificate.der" "$housing/certificate.der"
changed "another node's keyring" 77 "keyring" "" "$housing/keyring" cp "$work/nodes/police/keyring" "$housing/keyring"
changed "half a keyring" 65 "keyring" "backup" "$housing/keyring" truncate -s 100 "$housing/keyring"
changed "another node's store" 77 "store" "" "$housing/store.db" cp "$work/nodes/police/store.db" "$housing/store.db"
changed "half a store" 70 "store" "" "$housing/store.db" truncate -s 6000 "$housing/store.db"
changed "the other mode in its settings" 77 "" "" "$housing/fanlight.toml" \
    sed -i 's/^mode = .*/mode = "live"/' "$housing/fanlight.toml"
changed "settings that are not TOML" 65 "fanlight.toml" "not TOML" "$housing/fanlight.toml" \
    sed -i '1i = Plantedsurname' "$housing/fanlight.toml"

# ---- a running federation
federation_start
mkdir -p "$work/records"
practice_csv "$root/tests/practice/police.csv" "$work/records/police.csv"
fanlight_at police import "$work/records/police.csv" --wait >/dev/null
records=$(fanlight_at police status | grep '^Records: ')
declare -A size=()
for party in "${parties[@]}"; do size[$party]=$(leaves "$party"); done
nothing_stored() {
    same "$(fanlight_at police status | grep '^Records: ')" "$records"
}
nothing_logged() {
    local party
    for party in "${parties[@]}"; do same "$party $(leaves "$party")" "$party ${size[$party]}" || return 1; done
}

check "a second daemon on one data directory" refused 73 "" "" at_key "$(node_key housing)" "${run_node[@]}" "$housing"
check "a second daemon on the coordinator's" refused 73 "" "" at_key "$(node_key coordinator)" "${run_node[@]}" \
    "$work/nodes/coordinator"
check "the first ones still run" links_up housing
check "a tool for a node that is not running" refused 69 "the node" "fanlight-node run" "$bin/fanlight" status --data \
    "$work/stranger"
check "a tool for a node that is not there" refused 69 "the node" "fanlight-node run" "$bin/fanlight" status --data \
    "$work/none"

header=$(head -n 1 "$work/records/police.csv")
row() { # RECORD_ID SURNAME DATE_OF_BIRTH -> a row without rating
    printf '%s,,Plantedforename,%s,,%s,9990009999,QX9 9ZZ,,,,,,,,,,,\n' "$1" "$2" "$3"
}
bad_csv() { # WHAT ROW COLUMN TEXT...: standard input is the file
    local what=$1 place=$2 mend=$3
    cat >"$work/bad.csv"
    check "import: $what" refused 65 "$place" "$mend" fanlight_at police import "$work/bad.csv"
}
bad_csv "a header that is not ours" "row 1" "must be exactly" <<<"record_id,Plantedsurname
$(row P-1 Plantedsurname 2001-12-17)"
bad_csv "a date that is none" "row 3, date_of_birth" "not a date" <<<"$header
$(row P-1 Plantedsurname "" | sed 's/9990009999//')
$(row P-2 Plantedsurname 2001-13-37 | sed 's/9990009999//')"
bad_csv "a number that is none" "row 2, nhs_number" "ten digits" <<<"$header
$(row P-1 Plantedsurname 2001-12-17)"
bad_csv "an id twice" "row 3, record_id" "line 2 has the same record_id" <<<"$header
$(row P-1 Plantedsurname 2001-12-17 | sed 's/9990009999//')
$(row P-1 Plantedsurname 2001-12-17 | sed 's/9990009999//')"
bad_csv "bytes that are not UTF-8" "row 2, surname" "" < <(
    echo "$header"
    row P-1 $'Plantedsurname\xff\xfe' 2001-12-17 | sed 's/9990009999//'
)
bad_csv "a field that is too long" "row 2" "4,096 bytes" < <(
    echo "$header"
    row P-1 "Plantedsurname$(head -c 5000 /dev/zero | tr '\0' x)" 2001-12-17
)
bad_csv "a quotation mark that is never closed" "row 2" "Close it" <<<"$header
$(row P-1 '"Plantedsurname' 2001-12-17)"
bad_csv "an empty file" "row 1" "file is empty" </dev/null
bad_csv "nobody in the file" "row 1" "nobody in it" <<<"$header"
bad_csv "a row that is too short" "row 2" "must have 19" <<<"$header
P-1,Plantedforename,Plantedsurname"
check "import: a file that is not there" refused 66 "import file" "Check the path" fanlight_at police import \
    "$work/none"
check "import at the coordinator" refused 77 "import" "holds no records" fanlight_at coordinator import \
    "$work/records/police.csv"
check "no bad import stored anything" nothing_stored

bad_form() { # WHAT CODE PLACE MEND SED: the sed script spoils Marie's form
    sed -E "$5" "$forms/marie.toml" >"$work/bad.toml"
    check "query: $1" refused "$2" "$3" "$4" fanlight_at coordinator query "$work/bad.toml"
}
person='[[person]]\nlabel = "A"\nroles = ["child"]\nforename = "Plantedforename"\nsurname = "Plantedsurname"'
bad_form "a key that is not there" 65 "line 3" "no such key" '3i surname_plantedsurname = "Plantedsurname"'
bad_form "no person causing harm" 65 "no_person_causing_harm" "" 's/"causing_harm", //'
bad_form "a purpose that the agreement does not have" 65 "purpose" "agreement show" \
    's/^purpose = .*/purpose = "Plantedsurname"/'
bad_form "a date that is none" 65 "person 1: date_of_birth" "year-month-day" 's/"1989-04-12"/"2001-13-37"/'
bad_form "a role that is none" 65 "person 1: roles" "" 's/"adult_at_risk"/"Plantedsurname"/'
bad_form "not TOML" 65 "line 2" "not TOML" '2i reference = = "Plantedsurname'
bad_form "a line that is too long" 65 "line 2" "4,096 bytes" \
    "2i user = \"Plantedsurname$(head -c 5000 /dev/zero | tr '\0' x)\""
bad_form "seventeen people" 65 "person" "more than 16 people" \
    "\$a $(for _ in {1..12}; do printf '%s\\n' "$person"; done)"
bad_form "nobody" 65 "person" "nobody to ask about" '/^\[\[person\]\]/,$d'
printf '%s\n' "$(sed '/^\[\[person\]\]/,$d' "$forms/marie.toml")" 'no_person_causing_harm = "not known who"' \
    >"$work/head.toml"
one_person() { # EXTRA...
    cat "$work/head.toml"
    printf '%s\n' "$@"
    printf '[[person]]\nlabel = "A"\nroles = ["child"]\nforename = "Plantedforename"\nsurname = "Plantedsurname"\n'
}
one_person 'date_of_birth = "2001-12-17"' | sed '/^date/d' >"$work/bad.toml"
printf 'date_of_birth = "2001-12-17"\n' >>"$work/bad.toml"
check "query: one person and no reason why only one" refused 65 "single_person_reason" "Only one person" \
    fanlight_at coordinator query "$work/bad.toml"
one_person 'single_person_reason = "lives alone"' >"$work/bad.toml"
check "query: a name and nothing else" refused 77 "person in the query (at 1)" "Too little to ask with" \
    fanlight_at coordinator query "$work/bad.toml"
check "query: a form that is not there" refused 66 "family file" "Check the path" fanlight_at coordinator query \
    "$work/none"
head -c 70000 /dev/zero | tr '\0' '#' >"$work/bad.toml"
check "query: a form over the limit" refused 65 "family file" "" fanlight_at coordinator query "$work/bad.toml"
check "query at an agency" refused 77 "query" "Ask at the coordinator's node" fanlight_at police query "$forms/ivy.toml"
check "case: an id that is none" refused 65 "case id" "answer to the query" fanlight_at coordinator case show \
    Plantedsurname
check "case: an id that nobody has" refused 66 "case" "its time has passed" fanlight_at coordinator case show \
    "$(printf %032d 0)"
check "case: at an agency" refused 66 "case" "not known here" fanlight_at police case show "$(printf %032d 0)"
check "no bad form was logged, sent or kept" nothing_logged
check "there is no case" same "$(fanlight_at coordinator status --json | expect get cases)" 0

check "a verb that is none" refused 64 "" "" "$bin/fanlight" plantedverb
check "no verb" refused 64 "" "subcommand is required" "$bin/fanlight"
check "an option that is none" refused 64 "" "" "$bin/fanlight" status --plantedoption
check "no data directory" refused 64 "--data" "required" "$bin/fanlight" status
check "the daemon without a verb" refused 64 "" "" "$bin/fanlight-node"

# ---- the coordinator's port, from outside the agreement
logged=0
new_refusals() { # at least one more line about a refused connection than before
    local now
    now=$(grep -c "connection refused: " "$work/logs/coordinator.log") || true
    ((now > logged))
}
stranger() { # WHAT COMMAND...: whatever it does, the coordinator names it in its log and goes on
    local what=$1
    shift
    logged=$(grep -c "connection refused: " "$work/logs/coordinator.log") || true
    "$@" >"$work/stranger.out" 2>&1 </dev/null || true
    check "$what is refused, and the coordinator's log says so" wait_for 15 "log" new_refusals
}
send_bytes() { # reads until the other end hangs up
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    "$@" >&9 2>/dev/null || true
    timeout 15 cat <&9 || true
    exec 9>&-
}
stranger "a connection that sends garbage" send_bytes head -c 100000 /dev/urandom
stranger "a connection that speaks HTTP" send_bytes printf 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
if command -v openssl >/dev/null; then
    openssl req -x509 -newkey ed25519 -nodes -keyout "$work/tls.key" -out "$work/tls.crt" -days 2 -subj /CN=police \
        2>/dev/null
    dial=(timeout 15 openssl s_client -connect "127.0.0.1:$port" -quiet)
    stranger "TLS without a certificate" "${dial[@]}"
    stranger "TLS with a certificate of nobody" "${dial[@]}" -cert "$work/tls.crt" -key "$work/tls.key"
    openssl x509 -inform DER -in "$work/nodes/police/certificate.der" -out "$work/police.crt"
    "${dial[@]}" -cert "$work/police.crt" -key "$work/tls.key" >"$work/stranger.out" 2>&1 </dev/null || true
    check "police's certificate without its key is not even offered" grep -qi "mismatch" "$work/stranger.out"
    stranger "TLS 1.2" "${dial[@]}" -tls1_2 -cert "$work/tls.crt" -key "$work/tls.key"
else
    echo "SKIPPED, LOUDLY: openssl is not here, so nothing spoke TLS to the coordinator's port from outside"
fi

# A node of another federation that dials this coordinator: its own agreement has other pins.
here=$work
(
    trap - EXIT # our caller cleans up
    work=$here/elsewhere
    federation_make
) >/dev/null
logged=$(grep -c "connection refused: " "$work/logs/coordinator.log") || true
"$bin/fanlight-node" run --data "$work/elsewhere/nodes/police" --key-fd 3 3<"$work/elsewhere/keys/police" \
    >"$work/logs/elsewhere.log" 2>&1 &
node_pid[elsewhere]=$!
check "a police node of another federation is refused, and says so" wait_for 15 "refusal" grep -qiE "certificate|pin" \
    "$work/logs/elsewhere.log"
fanlight_elsewhere() { "$bin/fanlight" status --data "$work/elsewhere/nodes/police"; }
check "it stays without a link" grep -q "coordinator: NOT CONNECTED" <(fanlight_elsewhere)
check "the coordinator's log names it" wait_for 15 "log" new_refusals
kill "${node_pid[elsewhere]}"
wait "${node_pid[elsewhere]}" || true
unset "node_pid[elsewhere]"
check "all links are still up" links_up coordinator
check "none of these left a leaf" nothing_logged

# ---- several forms: a bad one does not keep the others from being asked
sed 's/"1989-04-12"/"2001-13-37"/' "$forms/marie.toml" >"$work/bad.toml"
check "query: a bad form before a good one" refused 65 "person 1: date_of_birth" "year-month-day" \
    fanlight_at coordinator query "$work/bad.toml" "$forms/ivy.toml"
check "the good one is asked about and shown" grep -q "case ivy " "$work/refused.out"
check "and only that" same "$(fanlight_at coordinator status --json | expect get cases)" 1

# ---- a log that lost leaves which the store has openings of: no head may be signed over fewer
fanlight_at housing status >/dev/null # a step without a leaf: nothing is pending any more
node_kill housing
mv "$housing/log" "$work/kept-log"
mkdir "$housing/log"
check "start with the log gone" refused 70 "log" "" "${start_housing[@]}"
check "no new head was signed" same "$(find "$housing/log" -type f)" ""
rm -r "$housing/log"
mv "$work/kept-log" "$housing/log"
node_start housing
node_ready housing

# ---- after all this
check "the federation still answers" fanlight_at coordinator query "$forms/ivy.toml"
check "every log verifies" every_log_verifies
for text in "${planted[@]}"; do
    check "\"$text\" came back in no message and in no log" test \
        "$(cat "$work/said" "$work"/logs/*.log | grep -ciF -- "$text")" = 0
done
checks_end
