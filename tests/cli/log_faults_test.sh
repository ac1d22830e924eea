#!/usr/bin/env bash
# A process that appends to a log, while the disk fails it: every call that changes a file fails in turn (EIO, a disk
# that is full from then on, half of a write) or is the last thing the process does; and a file system that is really
# full. It goes on or refuses and says where; nothing that was acknowledged is lost, nothing that was published is
# written over with something else, and every log verifies and goes on.
#
#   tests/cli/log_faults_test.sh BUILD [--every N]   only every N-th call
set -euo pipefail
build=$(cd "${1:?usage: $0 BUILD_DIRECTORY [--every N]}" && pwd)
shift
trial=$build/tests/log-trial
appender=$build/tests/log-appender
# In memory where it can be: nothing here loses power, and there are thousands of flushes.
above=/dev/shm
[ -w "$above" ] || above=${TMPDIR:-/tmp}
work=$(mktemp -d "$above/fanlight-cli.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
mkdir "$work/faults" "$work/small"

"$trial" faults "$work/faults" "$appender" "$build/tests/liblog-fault-injection.so" "$@"

# A file system of its own, in a name space of its own, so that it goes away by itself.
inside='mount -t tmpfs -o size=16m tmpfs "$1" && shift && exec "$@"'
as=()
unshare --mount true 2>/dev/null || as=(--map-root-user)
if unshare "${as[@]}" --mount bash -c "$inside" - "$work/small" true 2>/dev/null; then
    unshare "${as[@]}" --mount bash -c "$inside" - "$work/small" "$trial" full "$work/small" "$appender" --points 24
else
    echo "SKIPPED: a disk that is really full: this user may not mount a small file system here"
fi
