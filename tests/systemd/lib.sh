# What every script of a systemd bed begins with: words for results, and the daemon's API.
ok() { printf 'PASS %s\n' "$*"; }
no() { printf 'FAIL %s\n' "$*"; }
skip() { printf 'SKIP %s\n' "$*"; }
info() { printf 'INFO %s\n' "$*"; }
is() { if [ "$2" = "$3" ]; then ok "$1"; else no "$1: got '$2', not '$3'"; fi; }
output=$(mktemp)
try() { # NAME COMMAND...: must succeed
    local name=$1
    shift
    if "$@" >"$output" 2>&1; then ok "$name"; else no "$name: $(tail -c 300 "$output" | tr '\n' ' ')"; fi
}
refuse() { # NAME COMMAND...: must fail
    local name=$1
    shift
    if "$@" >"$output" 2>&1; then no "$name: it was let through"; else ok "$name"; fi
}
wait_for() { # SECONDS COMMAND...: until it succeeds
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $until ] || return 1
        sleep 0.05
    done
}

base=http://127.0.0.1:8080
get() { curl -sS -m 10 "$base$1"; }
post() { curl -sS -m 10 -X POST -H 'Content-Type: application/json' -d "$2" "$base$1"; }
status() { get /api/status | jq -r "$1"; }
main_pid() { systemctl show -P MainPID "${1:-prismatron}"; }
