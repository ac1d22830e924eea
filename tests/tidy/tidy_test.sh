#!/usr/bin/env bash
# House rules that a machine can hold (docs/architecture.md, "Rooms"): tidy_test.sh [SOURCE_DIRECTORY [RULE...]]
# Without RULE it tries all. Every broken rule prints where, and what the rule is.
set -euo pipefail
shopt -s lastpipe # so that report, at the end of a pipe, counts in this shell
export LC_ALL=C.UTF-8
cd "${1:-$(dirname "$0")/../..}"
(($# == 0)) || shift

broken=0
rule= why=
# Reads findings, one a line, and counts them against the rule.
report() {
    local finding
    while IFS= read -r finding; do
        [ -n "$finding" ] || continue
        echo "$rule: $finding ($why)"
        broken=$((broken + 1))
    done
}

all_files() { # FIND-EXPRESSION...: everything of ours, nothing fetched or built
    find . \( -name build -o -name node_modules -o -name .git \) -prune -o -type f "$@" -print | sed 's|^\./||' | sort
}
cpp_files() { # DIRECTORY...
    find "$@" -name node_modules -prune -o -type f \( -name '*.cpp' -o -name '*.hpp' \) -print | sort
}

sources=(\( -name '*.cpp' -o -name '*.hpp' -o -name '*.proto' -o -name '*.cmake' -o -name CMakeLists.txt
    -o -name '*.sh' -o -path './scripts/*' \))

# The room list is CMakeLists.txt's: "fanlight_room(NAME USES a b LINKS x y)" over any number of lines.
declare -A uses=()
rooms=()
while read -r room list; do
    rooms+=("$room")
    uses[$room]=" $room $list "
done < <(sed 's/#.*//' CMakeLists.txt | tr '\n' ' ' | grep -oE 'fanlight_room\([^)]*\)' |
    sed -E 's/fanlight_room\(([^ )]+)/\1 /; s/\)$//; s/ LINKS .*//; s/ USES / /; s/ +/ /g')
((${#rooms[@]} == 6)) || { echo "rooms: CMakeLists.txt names ${#rooms[@]} rooms, not 6"; exit 1; }

# A room includes itself and what it USES; a practice/ directory is for programs and tests alone.
rooms() {
    why="CMakeLists.txt says which room sees which"
    local room file line target
    for room in "${rooms[@]}"; do
        while IFS= read -r line; do
            file=${line%%:*}
            target=$(sed -E 's/.*#include "([^"]*)".*/\1/' <<<"$line")
            if [[ $target == *.pb.h && $file == protocol/wire/*.cpp && $target != */* ]]; then continue; fi
            if [[ $target != */* ]]; then
                echo "$file includes \"$target\" without its room"
            elif [[ ${uses[$room]} != *" ${target%%/*} "* ]]; then
                echo "$file includes \"$target\""
            elif [[ $target == */practice/* && $file != */practice/* ]]; then
                echo "$file includes \"$target\", which is for practice only"
            elif [ ! -f "$target" ]; then
                echo "$file includes \"$target\", which is not there"
            fi
        done < <(cpp_files "$room" | xargs grep -HE '^ *# *include *"')
    done | report
}

# Which files may include which library: PATTERN of the header, PATTERN of the files.
libraries() {
    local pattern allowed
    while read -r pattern allowed; do
        why="only $allowed may"
        { cpp_files "${rooms[@]}" | xargs grep -HnE "^ *# *include *[<\"]$pattern" || true; } |
            { grep -vE "^($allowed):" || true; } | report
    done <<'LIST'
.*\.pb\.h protocol/wire/[a-z_]*\.cpp
sqlite3 node/store/[a-z_]*\.[ch]pp
sodium crypto/(practice/)?[a-z_]*\.[ch]pp
toml\+\+ policy/parse(_section\.hpp|\.cpp)|node/(import/(family_file|csv_map|points_file)|offline/settings_file)\.cpp
boost/beast node/net/link\.cpp|node/http/server\.cpp|admin-cli/http_client\.cpp
boost/asio node/.*|admin-cli/http_client\.cpp
boost/json node/.*|admin-cli/.*
unicode/ protocol/identity/[a-z_]*\.cpp
spdlog node/.*
openssl node/net/[a-z_]*\.[ch]pp
csv\.h node/import/csv_reader\.cpp
CLI/ .*/main\.cpp|admin-cli/(completion|line|[a-z]*_commands)\.cpp
boost/(beast|json|asio) (node|admin-cli)/.*
google/ protocol/wire/codec\.hpp
(iostream|fstream|thread|mutex|condition_variable|future|atomic|filesystem) (node|admin-cli)/.*
(unistd\.h|sys/|fcntl\.h|netinet/) (node|admin-cli)/.*
LIST
}

# Core rooms read no clock, and take chance as an argument (docs/architecture.md, "Rooms").
pure() {
    why="core rooms take time and randomness as arguments"
    local clocks='system_clock::now|steady_clock|high_resolution_clock'
    clocks+='|std::(time|clock)\(|[^_a-z.>:]time\((nullptr|0|NULL)'
    local chance='randombytes|scalar_random|random_device|std::rand\(|std::mt19937|getrandom|getenv'
    { cpp_files base crypto policy protocol | xargs grep -HnE "$clocks|$chance" || true; } |
        { grep -vE '^crypto/random\.cpp:|^[^:]*:[0-9]+: *//' || true; } | report
}

# An aggregate, a capturing lambda or ?: inside a co_await expression: g++ 12.2 destroys what it creates twice.
coroutines() {
    why="g++ 12.2 destroys it twice: name it, std::move it, then co_await (docs/decisions.md)"
    local aggregate='co_await ([^;"]*[^a-z_A-Z])?[A-Z][A-Za-z]*(<[^;"]*>)?\{'
    local capture='co_await [^;"]*[({, ]\[[^]]+\] *[({]'
    local choice='co_await [^;"]*\?[^;"]*:'
    { cpp_files node admin-cli | xargs grep -HnE "$aggregate|$capture|$choice" || true; } | report
}

sizes() {
    why="lines have at most 120 columns"
    all_files "${sources[@]}" | { xargs grep -HnP '^.{121,}' || true; } | cut -d: -f1,2 | report
    why="files have at most 500 lines; tests may have more"
    cpp_files "${rooms[@]}" | xargs wc -l | { grep -v ' total$' || true; } |
        awk '$1 > 500 { print $2 ": " $1 " lines" }' | report
}

whitespace() {
    why="no tab in C++"
    { cpp_files "${rooms[@]}" tests | xargs grep -lP '\t' || true; } | report
    why="no space at the end of a line"
    all_files "${sources[@]}" | { xargs grep -HnP '[ \t]+$' || true; } | cut -d: -f1,2 | report
}

todos() {
    why="a TO""DO names its issue: TO""DO(#12)"
    all_files "${sources[@]}" | { xargs grep -HnE '\b(TO''DO|FIX''ME)\b' || true; } |
        { grep -vE '(TO''DO|FIX''ME)\(#[0-9]+\)' || true; } | report
}

opens_with_a_comment() {
    why="a file opens with what it is for, unless its header does"
    local file first
    cpp_files "${rooms[@]}" tests | while read -r file; do
        first=$(grep -vm1 '^#pragma once' "$file") || true
        [[ $first == //* ]] && continue
        [[ $file == *.cpp && $first == "#include \"${file%.cpp}.hpp\"" ]] && continue
        [[ $file == *.cpp && -f ${file%.cpp}.hpp && $first == '#include "'* ]] && continue
        [[ $file == tests/* ]] && continue
        echo "$file"
    done | report
}

format() {
    why="clang-format-14 -i FILE"
    if ! command -v clang-format-14 >/dev/null; then
        echo "format: clang-format-14 is not here; scripts/setup installs it" | report
        return
    fi
    { cpp_files "${rooms[@]}" tests | xargs clang-format-14 --dry-run -Werror 2>&1 || true; } |
        { grep -oE '^[^ :]+\.[ch]pp:[0-9]+' || true; } | awk -F: '!seen[$1]++' | report
}

lock_files() {
    why="a lock file names no registry"
    { all_files -name package-lock.json | xargs -r grep -HnE '"resolved"|https?:' || true; } | cut -c1-100 | report
    why="packages are pinned exactly"
    { all_files -name package.json | xargs -r grep -HnE '"[~^*]|"latest"' || true; } | report
    why="every package has a lock file"
    local file
    all_files -name package.json | while read -r file; do
        [ -f "$(dirname "$file")/package-lock.json" ] || echo "$file"
    done | report
}

# One table of every domain label: no label twice, none without a use, and no label anywhere else.
labels() {
    why="every label stands once in crypto/labels.cpp"
    grep -oE 'return "[^"]+"' crypto/labels.cpp | sort | uniq -d | report
    local label count
    sed -n '/^enum class Label/,/^};/p' crypto/labels.hpp | grep -oE '^ +[a-z_]+' | tr -d ' ' | while read -r label; do
        count=$(grep -c "case Label::$label:" crypto/labels.cpp) || true
        [ "$count" = 1 ] || echo "$label stands there $count times"
    done | report
    why="labels are made by crypto/labels.cpp alone"
    { cpp_files "${rooms[@]}" | xargs grep -HnE '"fanlight(-practice)?/v[0-9]' || true; } |
        { grep -vE '^crypto/labels\.cpp:|^[^:]*:[0-9]+: *//' || true; } | report
}

# Made-up people only: NHS numbers of the test range, postcodes of no area, telephone numbers for drama.
practice_data() {
    why="practice data is made up: see tests/practice/README.md"
    { grep -rnoE '\b[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}\b' tests/practice || true; } |
        awk -F: '$3 !~ /^999/ { print $1 ":" $2 ": a number outside 999 000 0000" }' | report
    { grep -rnoE '\b[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}\b' tests/practice node/practice || true; } |
        awk -F: '$3 !~ /^Q/ { print $1 ":" $2 ": a postcode outside Q" }' | report
    { grep -rnoE '\b0[127][0-9]{3} ?[0-9]{6}\b' tests/practice node/practice || true; } |
        awk -F: '$3 !~ /^01632 ?960/ { print $1 ":" $2 ": a telephone number outside 01632 960" }' | report
}

all=(rooms libraries pure coroutines sizes whitespace todos opens_with_a_comment format lock_files labels practice_data)
(($#)) || set -- "${all[@]}"
for rule in "$@"; do
    [[ " ${all[*]} " == *" $rule "* ]] || { echo "no rule $rule; there are: ${all[*]}" >&2; exit 64; }
    before=$broken
    "$rule"
    ((broken > before)) || echo "ok: $rule"
done
((broken == 0))
