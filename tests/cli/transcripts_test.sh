#!/usr/bin/env bash
# Transcripts of `fanlight`: each line "$ command" in transcripts/*.txt is run again, and what it prints must be what
# follows it there (standard error included, "[exit N]" where N is not 0). What differs from run to run is written <so>.
#
#   transcripts_test.sh BUILD_DIRECTORY            compare
#   transcripts_test.sh BUILD_DIRECTORY --update   write the transcripts anew; read the difference before you commit it
set -euo pipefail
. "$(dirname "$0")/checks.sh" "$@"

update=
[ "${2:-}" = --update ] && update=1
export PATH=$build:$build/tests:$PATH COLUMNS=100

federation_make
started=(coordinator police health housing marac) # two organisations to witness each log
for party in "${started[@]}"; do node_start "$party"; done
for party in "${started[@]:1}"; do node_ready "$party"; done
witnessed() { # NODE
    fanlight status --data "nodes/$1" | grep -q "Witnessed: up to"
}
practice_csv "$root/tests/practice/police.csv" "$work/police.csv"
mkdir "$work/here" # commands run here, so that completion of file names finds only what is meant
cd "$work/here"
ln -s "$work/nodes" nodes
ln -s "$work/agreement" signed
mkdir log # a directory named like a verb must not confuse the completion
cp "$forms/ivy.toml" "$work/police.csv" .
head -n 1 police.csv >nobody.csv
sed 's/causing_harm/harming/' ivy.toml >odd.toml

# What bash would offer for the last word, one a line.
complete_words() {
    local COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _fanlight
    printf '%s\n' "${COMPREPLY[@]}" | sort
}
eval "$(fanlight completion bash)"

steady() {
    sed -E -e "s|$work|<work>|g; s/$port/<port>/g; s/$fingerprint/<fingerprint>/g" \
        -e 's/[0-9a-f]{64}/<hex>/g; s/\b[0-9a-f]{32}\b/<id>/g; s|[A-Za-z0-9+/]{43}=|<root>|g' \
        -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]+Z)?/<time>/g; s|(/disclosures/[a-z_]+)/[0-9]{4}|\1/<year>|g' \
        -e 's|up to [0-9]+/[0-9]+, by [0-9]+ other|up to <place>, by <n> other|' \
        -e '/^  [a-z_]+: does not answer$/d' \
        -e 's/\b[0-9]+ (leaves|openings)/<n> \1/g; s/[0-9]+ messages waiting/<n> messages waiting/' \
        -e 's/\b([a-z]{5}-){9}[a-z]{5}\b/<words>/'
}

replay() { # TRANSCRIPT: what it would be today
    local line code began=
    while IFS= read -r line; do
        case $line in
        '#'*) [ -n "$began" ] || printf '%s\n' "$line" ;; # what it is for, on top
        '$ '*)
            printf '\n%s\n' "$line"
            began=1 code=0
            eval "${line#'$ '}" </dev/null 2>&1 || code=$?
            ((code == 0)) || echo "[exit $code]"
            ;;
        esac
    done <"$1" | steady
}

transcripts=$root/tests/cli/transcripts
compare() { # NAME
    replay "$transcripts/$1.txt" >"$work/$1.now"
    [ -z "$update" ] || cat "$work/$1.now" >"$transcripts/$1.txt"
    check "$1: as its transcript has it" diff -u "$transcripts/$1.txt" "$work/$1.now"
}
for party in coordinator police; do wait_for 30 "witnesses of $party" witnessed "$party"; done
compare ceremony # the others need its key
node_stop health
wait_for 20 "the coordinator to see that" eval 'fanlight status --data nodes/coordinator | grep -q "health: NOT"'
for transcript in "$transcripts"/*.txt; do
    name=$(basename "$transcript" .txt)
    [ "$name" = ceremony ] || compare "$name"
    [ "$name" != json ] || wait_for 20 "what its query asked for" eval \
        'fanlight status --data nodes/coordinator | grep -Eq "police, query, epoch 1: [1-9]"'
done
checks_end
