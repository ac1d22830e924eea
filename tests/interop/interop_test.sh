#!/usr/bin/env bash
# Fanlight's VOPRF against @cloudflare/voprf-ts and @noble/curves, both ways: interop_test.sh BUILD_DIRECTORY
# Exit code 77: skipped, because Node.js or the packages are not here.
set -euo pipefail
build=${1:?usage: $0 BUILD_DIRECTORY}
here=$(cd "$(dirname "$0")" && pwd)

skip() {
    echo "SKIPPED: interoperability with other implementations of RFC 9497: $1"
    exit 77
}
command -v node >/dev/null || skip "no Node.js here; it needs 20.19 or newer"
read -r major minor < <(node -p 'process.versions.node.replaceAll(".", " ")' 2>/dev/null | cut -d' ' -f1,2) || true
((${major:-0} > 20 || (${major:-0} == 20 && ${minor:-0} >= 19))) ||
    skip "Node.js $(node --version) is here; it needs 20.19 or newer"
# node_modules is what the lock file says, or it does not count.
cmp -s "$here/package-lock.json" "$here/node_modules/.installed-lock" ||
    skip "its packages are not here; run scripts/setup"

node "$here/interop.mjs" "$build/tests/fanlight-interop"
