# Shared by the whole-program tests. Source it with the build directory as $1: it makes a directory of the test's own,
# brings the federation's functions, and cleans up when the test ends.
#
#   check WHAT COMMAND...               one line: "ok: WHAT", or "FAILED: WHAT" and what the command said
#   refused CODE WHERE MEND COMMAND...  the command ends with CODE and says both texts on standard error
#   checks_end                          the test's last line

build=$(cd "${1:?usage: $0 BUILD_DIRECTORY}" && pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=$build
work=$(mktemp -d "${TMPDIR:-/tmp}/fanlight-cli.XXXXXX")
forms=$root/tests/practice/families
unset FANLIGHT_DATA
export LC_ALL=C.UTF-8 TZ=UTC
unset NO_COLOR
failures=0 checks=0

. "$root/scripts/federation"

# Sensitive services enrol by night. In the tests that is half a day away, at whatever hour they run.
template=$work/agreement.template.toml
sed "s/^night_hour_utc = [0-9]*/night_hour_utc = $(((10#$(date -u +%H) + 12) % 24))/" \
    "$root/node/practice/agreement.template.toml" >"$template"

expect() {
    "$build/tests/cli-expect" "$@"
}

# What a node said last that is not there any more and should be.
say_who_died() {
    local party
    for party in "${!node_pid[@]}"; do
        kill -0 "${node_pid[$party]}" 2>/dev/null && continue
        echo "$party ended by itself and said:"
        tail -n 5 "$work/logs/$party.log" | sed 's/^/    /'
    done
}

checks_clean_up() {
    say_who_died >&2
    federation_stop
    rm -rf "$work"
}
trap checks_clean_up EXIT
trap 'exit 130' INT TERM

check() { # WHAT COMMAND...
    local what=$1
    shift
    checks=$((checks + 1))
    if "$@" >"$work/check.out" 2>&1; then
        echo "ok: $what"
    else
        echo "FAILED: $what"
        sed 's/^/    /' "$work/check.out" | head -n 40
        failures=$((failures + 1))
    fi
}

# Everything that refusals say is kept in $work/said: no test may find personal data in it.
refused() { # CODE WHERE MEND COMMAND...
    local code=$1 where=$2 mend=$3 got=0
    shift 3
    "$@" >"$work/refused.out" 2>"$work/refused.err" </dev/null || got=$?
    cat "$work/refused.out" "$work/refused.err" >>"$work/said"
    if [ "$got" != "$code" ]; then echo "exit code $got, must be $code"; fi
    if ! grep -qF -- "$where" "$work/refused.err"; then echo "does not say: $where"; fi
    if ! grep -qF -- "$mend" "$work/refused.err"; then echo "does not say: $mend"; fi
    if [ "$got" = "$code" ] && grep -qF -- "$where" "$work/refused.err" && grep -qF -- "$mend" "$work/refused.err"; then
        return 0
    fi
    echo "it said: $(cat "$work/refused.err")"
    return 1
}

same() { # A B
    [ "$1" = "$2" ] || { echo "\"$1\" is not \"$2\""; return 1; }
}

# Leaves under the signed head on disk: what a stopped or killed node has durably logged.
leaves_on_disk() { # PARTY
    sed -n 2p "$work/nodes/$1/log/$(date -u +%Y)/checkpoint"
}

leaves() { # PARTY, of a running node
    fanlight_at "$1" status --json | expect get log.size
}

class_count() { # PARTY CLASS
    local counts
    counts=$(fanlight_at "$1" log verify) || { echo "error $RANDOM"; return 1; }
    sed -n "s/^  $2: //p" <<<"$counts" | grep . || echo 0
}

every_log_verifies() {
    local party
    for party in "${parties[@]}"; do
        [ "$(fanlight_at "$party" log verify --json | expect get verified)" = true ] || { echo "$party"; return 1; }
    done
}

settled() { # CASE
    [ "$(fanlight_at coordinator case show "$1" --json | expect get settled)" = true ]
}

grid_of() { # CASE
    fanlight_at coordinator case show "$1" --json | expect grid
}

# A grid under way against the one that it will be: a cell is as it will be or says that it is missing; the result is
# one of the colours shown; and with somebody missing it is provisional. The parties named may have checked nobody.
nothing_made_up() { # UNDISTURBED NOW [PARTY...]
    awk -F'\t' -v "without=${*:3}" '
        function wrong(what) { print what ": " $0; failed = 1 }
        NR == FNR { given[$0] = 1; next }
        NF == 2 { result = $2 }
        NF == 4 { shown[$4] = 1 }
        NF == 4 && $4 ~ /^(waiting|unreachable|no_reply)$/ { missing = 1; next }
        NF == 4 && $4 == "not_checked" && index(" " without " ", " " $3 " ") { missing = 1; next }
        NF == 4 && !($0 in given) && $4 != "not_asked" { wrong("nobody gave this") }
        NF == 5 { provisional = $5 }
        END {
            if (result != "NONE" && !(result in shown)) wrong("nobody gave the result " result)
            if (missing && provisional != "true") wrong("not provisional, with somebody missing")
            exit failed
        }' <(echo "$1") <(echo "$2")
}

# Every exchange of the coordinator and a party is in both logs; for a quiet federation. Young ones with one end would
# count as under way: there must be none either.
both_ends() { # PARTY
    local said
    for _ in {1..20}; do
        said=$(fanlight_at coordinator log reconcile --peer "$1" --since 1d --wait --json) || break
        [ "$(expect get unmatched <<<"$said") $(expect get under_way <<<"$said")" = "[] 0" ] && return 0
        sleep 0.25
    done
    echo "$1: $said"
    return 1
}

checks_end() {
    echo "$checks checks, $failures failed"
    ((checks > 0 && failures == 0))
}

# Budgets of a day begin anew at midnight UTC: a test that looks at them does not begin in the last minutes before.
while (($(date -u +%s) % 86400 > 86400 - 300)); do sleep 5; done
