#!/usr/bin/env bash
# Signed notes against golang.org/x/mod/sumdb/note, both ways: notes_test.sh BUILD_DIRECTORY
# Exit code 77: skipped, because Go or that package is not here (Debian: golang-go, golang-golang-x-mod-dev).
# FANLIGHT_GOPATH is another place to look for src/golang.org/x/mod.
set -euo pipefail
build=$(cd "${1:?usage: $0 BUILD_DIRECTORY}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..

skip() {
    echo "SKIPPED: interoperability of signed notes with golang.org/x/mod/sumdb/note: $1"
    exit 77
}
command -v go >/dev/null || skip "no Go here; Debian has it as golang-go"
gopath=
for candidate in "${FANLIGHT_GOPATH:-}" /usr/share/gocode "$(go env GOPATH)"; do
    [ -n "$candidate" ] && [ -f "$candidate/src/golang.org/x/mod/sumdb/note/note.go" ] && gopath=$candidate && break
done
[ -n "$gopath" ] || skip "Go is here without that package; Debian has it as golang-golang-x-mod-dev"

work=$(mktemp -d "${TMPDIR:-/tmp}/fanlight-notes.XXXXXX")
trap 'rm -rf "$work"' EXIT
GO111MODULE=off GOPATH=$gopath GOFLAGS='' GOCACHE=$work/cache go build -o "$work/notes" "$here/notes/notes.go"
theirs() { "$work/notes" "$@"; }
ours() { "$build/tests/fanlight-interop" "note-$1" "${@:2}"; }

failures=0 checks=0
check() { # WHAT COMMAND...
    local what=$1
    shift
    checks=$((checks + 1))
    "$@" && return
    echo "FAILED: $what"
    failures=$((failures + 1))
}
refuses() { # COMMAND...: with exit code 1
    local got=0
    "$@" >/dev/null 2>&1 || got=$?
    [ "$got" = 1 ]
}

# The committed vectors are what the program writes.
mkdir "$work/vectors"
theirs vectors "$work/vectors"
check "the vectors are as they were made" diff -r -x README.md "$root/tests/vectors/notes" "$work/vectors"

# Texts of many forms; each is signed by both with the same keys, and must come out the same.
printf 'One line.\n' >"$work/1.text"
printf '\n' >"$work/2.text"
printf '\n\n\n' >"$work/3.text"
printf '\xe2\x80\x94 a.example/x AAAAAAA=\n\n\xe2\x80\x94 b\n' >"$work/4.text"
printf 'caf\xc3\xa9 \x7f \xc2\x85 \xe2\x80\xa8 \xf0\x9f\x91\xa9 \xf4\x8f\xbf\xbf\n' >"$work/5.text"
cp "$root/node/practice/agreement.template.toml" "$work/6.text"
head -c 140000 /dev/urandom | base64 >"$work/7.text"
keys=() vkeys=()
while read -r seed vkey; do
    [ "$seed" = '#' ] && continue
    keys+=("${vkey%%+*}" "$seed")
    vkeys+=("$vkey")
done <"$root/tests/vectors/notes/keys.txt"
for text in "$work"/*.text; do
    name=$(basename "$text")
    for count in 1 2 "${#vkeys[@]}"; do
        some=("${keys[@]:0:2*count}")
        theirs sign "${some[@]}" <"$text" >"$work/theirs.note"
        ours sign "${some[@]}" <"$text" >"$work/ours.note"
        check "$name, $count signers: the same bytes" cmp "$work/theirs.note" "$work/ours.note"
        for vkey in "${vkeys[@]:0:count}"; do echo "${vkey%%+*}"; done >"$work/names"
        echo "text OK" >>"$work/names"
        check "$name, $count signers: theirs by ours" diff "$work/names" <(ours verify "${vkeys[@]:0:count}" \
            <"$work/theirs.note")
        check "$name, $count signers: ours by theirs" diff "$work/names" <(theirs verify "${vkeys[@]:0:count}" \
            <"$work/ours.note")
    done
    # Signed by one, looked at for another; then with the text changed.
    ours sign "${keys[@]:0:2}" <"$text" >"$work/one.note"
    { printf x; cat "$work/one.note"; } >"$work/changed.note"
    for who in ours theirs; do
        check "$name: $who refuses it for a key that did not sign" refuses $who verify "${vkeys[1]}" <"$work/one.note"
        check "$name: $who refuses it changed" refuses $who verify "${vkeys[0]}" <"$work/changed.note"
    done
done

# What is no note is none to either.
one=$work/one.note
printf 'One line.\n' | ours sign "${keys[@]:0:2}" >"$one"
both_refuse() { # WHAT: standard input is the note
    cat >"$work/bad.note"
    check "$1: ours" refuses ours verify "${vkeys[0]}" <"$work/bad.note"
    check "$1: theirs" refuses theirs verify "${vkeys[0]}" <"$work/bad.note"
}
sed 's/$/\r/' "$one" | both_refuse "lines that end as on Windows"
sed '1s/$/\t/' "$one" | both_refuse "a tab"
sed '1s/$/\xff/' "$one" | both_refuse "bytes that are not UTF-8"
sed '2d' "$one" | both_refuse "no empty line"
{ cat "$one"; echo; } | both_refuse "an empty line behind it"
printf %s "$(cat "$one")" | both_refuse "no newline at the end"
sed 's/^\xe2\x80\x94 /- /' "$one" | both_refuse "a hyphen for the dash"
sed 's/\(^\xe2\x80\x94 [^ ]*\) /\1/' "$one" | both_refuse "no space behind the name"
sed '3s/=$//' "$one" | both_refuse "base64 without padding"
both_refuse "nothing" </dev/null

echo "$checks checks, $failures failed"
((checks > 80 && failures == 0))
