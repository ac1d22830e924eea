#!/usr/bin/env bash
# kill -9 of a process that appends to a log, at random moments, again and again: no leaf that it had acknowledged is
# gone or another one, and every log verifies and goes on from its old heads. 200 times; on demand more:
#
#   tests/cli/log_kill_test.sh BUILD --cycles 10000 --seed 2
set -euo pipefail
build=$(cd "${1:?usage: $0 BUILD_DIRECTORY [--cycles N] [--seed N]}" && pwd)
shift
# In memory where it can be: a kill loses no power, and so the more happens between two of them.
above=/dev/shm
[ -w "$above" ] || above=${TMPDIR:-/tmp}
work=$(mktemp -d "$above/fanlight-cli.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
"$build/tests/log-trial" kill "$work" "$build/tests/log-appender" "$@"
