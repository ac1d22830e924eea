#!/usr/bin/env bash
# No branch and no index depends on a secret, as valgrind's memcheck sees it: constant_time_test.sh BUILD_DIRECTORY
# Exit code 77: skipped, because valgrind is not here, or was not when the program would have been built.
set -euo pipefail
build=${1:?usage: $0 BUILD_DIRECTORY}
here=$(cd "$(dirname "$0")" && pwd)
program=$build/tests/fanlight-constant-time

skip() {
    echo "SKIPPED: $1, so nothing was checked for constant time; scripts/setup installs valgrind"
    exit 77
}
command -v valgrind >/dev/null || skip "valgrind is not installed"
[ -x "$program" ] || skip "$program was not built: valgrind/memcheck.h was not installed"

memcheck=(valgrind -q --error-exitcode=9 --leak-check=no --track-origins=no)
supp=--suppressions=$here/constant_time.supp
failed=0
fail() {
    echo "FAILED: $1"
    failed=1
}

output=$(mktemp "${TMPDIR:-/tmp}/fanlight-ct.XXXXXX")
trap 'rm -f "$output"' EXIT

# First, that memcheck sees a leak at all.
for control in 1 2 3; do
    status=0
    "${memcheck[@]}" "$supp" "$program" --control "$control" >"$output" 2>&1 || status=$?
    if ((status == 9)) && grep -qE 'depends on uninitialised|Use of uninitialised' "$output"; then
        echo "ok: leak $control on purpose is reported"
    else
        cat "$output"
        fail "leak $control on purpose is not reported (exit code $status), so nothing would be"
    fi
done

# Then what the suppressions leave out, counted without them; the program compares, so valgrind's reports say nothing.
"${memcheck[@]}" --error-exitcode=0 --log-file=/dev/null "$program" --verdicts || fail "what is suppressed has grown"

"${memcheck[@]}" "$supp" "$program" || fail "something depends on a secret"
exit "$failed"
