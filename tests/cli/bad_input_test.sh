#!/usr/bin/env bash
# Bad input, each with its exit code and a message that says where and what to do; nothing is stored or sent, and no
# personal data comes back.
set -euo pipefail
. "$(dirname "$0")/checks.sh" "$@"
exec 3</dev/null # so that a test which forgets to give descriptor 3 reads nothing

# Strings that stand in bad files below, and must not come back in any message or log.
planted=(Plantedsurname Plantedforename 'QX9 9ZZ' 9990009999 2001-13-37 'a planted passphrase' plantedparty
    plantedwords)
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
check "agreement without one officer's signature" \
    refused 66 "agreement: signature" "says who has not" accept "$bad" "$fingerprint"
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
check "a key note is another party's" refused 77 "key note" "another party" accept "$good" "$fingerprint" \
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
check "after all these the node trusts nothing" refused 66 "agreement" "fanlight agreement accept" \
    at_key "$(node_key housing)" "${run_node[@]}" "$work/nodes/housing"
check "and holds nothing of them" nothing_at "$work/nodes/housing/agreement.note"
for_each federation_accept "${parties[@]}"
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
changed "another party's key note" 77 "key note" "another party" "$housing/key-notes/police" cp \
    "$housing/key-notes/health" "$housing/key-notes/police"
changed "no key note of a party" 66 "key note" "" "$housing/key-notes/police" rm "$housing/key-notes/police"
changed "another node's keyring" 77 "keyring" "" "$housing/keyring" cp "$work/nodes/police/keyring" "$housing/keyring"
changed "half a keyring" 77 "keyring" "backup" "$housing/keyring" truncate -s 100 "$housing/keyring"
changed "another node's store" 77 "store" "" "$housing/store.db" cp "$work/nodes/police/store.db" "$housing/store.db"
changed "half a store" 70 "store" "" "$housing/store.db" truncate -s 6000 "$housing/store.db"
changed "the other mode in its settings" 77 "" "" "$housing/fanlight.toml" \
    sed -i 's/^mode = .*/mode = "live"/' "$housing/fanlight.toml"
changed "settings that are not TOML" 65 "fanlight.toml" "not TOML" "$housing/fanlight.toml" \
    sed -i '1i = Plantedsurname' "$housing/fanlight.toml"

# ---- a running federation that has no key yet
federation_start
declare -A size=()
take_sizes() {
    local party
    for party in "${parties[@]}"; do size[$party]=$(leaves "$party"); done
}
nothing_logged() {
    local party
    for party in "${parties[@]}"; do same "$party $(leaves "$party")" "$party ${size[$party]}" || return 1; done
}
take_sizes

start=(fanlight_at coordinator ceremony start)
check "ceremony: its status where there was none" refused 66 "ceremony" "fanlight ceremony start" \
    fanlight_at police ceremony status
check "ceremony: join where nothing is proposed" refused 66 "ceremony" "the coordinator starts one" \
    fanlight_at police ceremony join --fingerprint plantedwords
check "ceremony: abandon where none is under way" refused 66 "ceremony" "None is under way" \
    fanlight_at coordinator ceremony abandon
check "ceremony: start at an agency" refused 77 "plan of a ceremony" "do it at its node" \
    fanlight_at police ceremony start --holders police,health
check "ceremony: a holder whom the agreement does not let" refused 77 "(at 2)" "does not let it hold a share" \
    "${start[@]}" --holders police,housing
check "ceremony: a holder that nobody knows" refused 77 "(at 2)" "does not let it hold a share" \
    "${start[@]}" --holders police,plantedparty
check "ceremony: a holder that is no party's name" refused 65 "party name" "" \
    "${start[@]}" --holders 'police,Planted Party'
check "ceremony: an empty name" refused 65 "party name" "" "${start[@]}" --holders police,,health
check "ceremony: one holder where two make a token" refused 77 "plan of a ceremony" "fewer holders than" \
    "${start[@]}" --holders police
check "ceremony: a holder twice" refused 77 "(at 1)" "Name each holder once" "${start[@]}" --holders police,police
check "ceremony: dealers of a new key" refused 77 "plan of a ceremony" "shared anew" \
    "${start[@]}" --holders police,health --dealers police,health
check "ceremony: a reshare before there is a key" refused 77 "plan of a ceremony" "make a new one" \
    "${start[@]}" --reshare
check "epoch: open where nothing is prepared" refused 66 "epoch being prepared" "fanlight ceremony start" \
    fanlight_at coordinator epoch open
check "epoch: open at an agency" refused 77 "opening of an epoch" "coordinator's node" fanlight_at police epoch open
check "query: before there is a key" refused 66 "open epoch" "fanlight status" fanlight_at coordinator query \
    "$forms/ivy.toml"

bad_post() { # WHAT STATUS TEXT PATH [PARTY]: standard input is the body
    local what=$1 status=$2 text=$3 path=$4 got
    cat >"$work/body"
    got=$(curl -sS --max-time 20 --unix-socket "$work/nodes/${5:-coordinator}/api.sock" -X POST -H Expect: \
        --data-binary @"$work/body" -o "$work/posted" -w '%{http_code}' "http://node$path")
    cat "$work/posted" >>"$work/said"
    check "$path: $what" same "$got $(grep -oF -- "$text" "$work/posted")" "$status $text"
}
if command -v curl >/dev/null; then
    for path in /v1/ceremony /v1/ceremony/join; do
        bad_post "no body" 400 malformed $path </dev/null
        bad_post "not JSON" 400 malformed $path <<<'holders=Plantedsurname'
        bad_post "half of it" 400 malformed $path <<<'{"holders":["Plantedsurname"'
        bad_post "a list" 400 malformed $path <<<'["Plantedsurname"]'
        bad_post "a hundred thousand brackets" 400 too_large $path < <(head -c 100000 /dev/zero | tr '\0' '[')
        bad_post "ten thousand brackets" 400 malformed $path < <(head -c 10000 /dev/zero | tr '\0' '[')
        bad_post "bytes that are not UTF-8" 400 malformed $path <<<$'{"holders":["\xff\xfe"],"fingerprint":["\xff"]}'
        bad_post "a body over the limit" 400 too_large $path \
            < <(printf '{"fingerprint":"%s"}' "$(head -c 20000 /dev/zero | tr '\0' x)")
    done
    bad_post "holders that are no list" 400 'as [\"police\", \"health\"]' /v1/ceremony <<<'{"holders":"Plantedsurname"}'
    bad_post "a holder that is a number" 400 "by its id" /v1/ceremony <<<'{"holders":["police",9990009999]}'
    bad_post "a holder that is an object" 400 "by its id" /v1/ceremony <<<'{"holders":[{"Plantedsurname":1}]}'
    bad_post "a reshare that is a text" 400 "true or false" /v1/ceremony <<<'{"reshare":"Plantedsurname"}'
    bad_post "a key that is none" 400 malformed /v1/ceremony <<<'{"holder":["police","health"]}'
    bad_post "a hundred holders" 400 refused /v1/ceremony \
        < <(printf '{"holders":["police"%s]}' "$(printf ',"plantedparty%s"' {1..99})")
    bad_post "no fingerprint" 400 "Send it as a text" /v1/ceremony/join <<<'{}'
    bad_post "a key that is none" 400 malformed /v1/ceremony/join <<<'{"words":"plantedwords"}'
    bad_post "a fingerprint that is a number" 400 "Send it as a text" /v1/ceremony/join <<<'{"fingerprint":9990009999}'
else
    echo "SKIPPED, LOUDLY: curl is not here, so no malformed body was sent to the node"
fi
check "none of these left a leaf" nothing_logged
check "and no ceremony began" refused 66 "ceremony" "fanlight ceremony start" fanlight_at coordinator ceremony status

# ---- a proposal that is joined wrongly
"${start[@]}" --holders police,health --json >"$work/proposal"
words=$(expect get fingerprint.words <"$work/proposal")
hex=$(expect get fingerprint.hex <"$work/proposal")
proposed_at() { # PARTY
    same "$(fanlight_at "$1" ceremony status --json | expect get stage)" proposed
}
for party in police health; do wait_for 20 "the proposal at $party" proposed_at "$party"; done
take_sizes
bad_join() { # WHAT TYPED
    check "ceremony: join with $1" refused 77 "ceremony" "compare the words by phone" \
        fanlight_at police ceremony join --fingerprint "$2"
}
bad_join "other words" "plantedwords ${words#* }"
bad_join "the agreement's fingerprint" "$fingerprint"
bad_join "half of the words" "${words:0:29}"
bad_join "half of the digits" "${hex:0:32}"
bad_join "one other digit" "$(tr '0-9a-f' '1-9a-f0' <<<"${hex:0:1}")${hex:1}"
bad_join "ten thousand letters" "$(head -c 10000 /dev/zero | tr '\0' x)"
if command -v curl >/dev/null; then
    bad_post "another fingerprint" 400 wrong_key /v1/ceremony/join police <<<'{"fingerprint":"plantedwords"}'
fi
check "ceremony: join with nothing typed" refused 77 "ceremony" "compare the words by phone" \
    fanlight_at police ceremony join
check "ceremony: join at one that takes no part" refused 66 "ceremony" "No proposal waits here" \
    fanlight_at housing ceremony join --fingerprint "$words"
check "ceremony: join at the coordinator, which takes no part" refused 66 "ceremony" "No proposal waits here" \
    fanlight_at coordinator ceremony join --fingerprint "$words"
check "none of these left a leaf" nothing_logged
check "nobody has joined" proposed_at police

# ---- only one agency has records, so the epoch is opened by hand
federation_ceremony # replaces what was proposed
check "ceremony: join once it is complete" refused 66 "ceremony" "No proposal waits here" \
    fanlight_at police ceremony join --fingerprint "$ceremony_words"
check "query: while the epoch is being prepared" refused 66 "open epoch" "fanlight epoch open" \
    fanlight_at coordinator query "$forms/ivy.toml"
mkdir -p "$work/records"
practice_csv "$root/tests/practice/police.csv" "$work/records/police.csv"
fanlight_at police import "$work/records/police.csv" --wait >/dev/null
fanlight_at coordinator epoch open >/dev/null
open_at() { # PARTY
    same "$(fanlight_at "$1" status --json | expect get epochs.0.stage)" open
}
for party in "${parties[@]}"; do wait_for 20 "the opening at $party" open_at "$party"; done
check "epoch: open what is open" refused 66 "epoch being prepared" "" fanlight_at coordinator epoch open
records=$(fanlight_at police status | grep '^Records: ')
take_sizes
nothing_stored() {
    same "$(fanlight_at police status | grep '^Records: ')" "$records"
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
