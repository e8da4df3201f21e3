# What the daemon says stands in the journal with its fields and priorities.
. /opt/bed/lib.sh

mkdir -p /var/lib/prismatron
cat >/var/lib/prismatron/settings.toml <<'X'
[[outputs]]
id = "wall"
kind = "ddp"
host = "127.0.0.1:9"
X
chown -R prismatron: /var/lib/prismatron
try "a target that is dead does not keep it from being ready" systemctl start prismatron
pid=$(main_pid)
entry() { # MATCH...: the newest entry, as JSON
    journalctl --sync
    journalctl --no-pager -o json -n 1 _SYSTEMD_UNIT=prismatron.service "$@"
}
failed() { entry OUTPUT=wall PRIORITY=4 | jq -e .MESSAGE; }
try "what an output suffers is found by its field" wait_for 5 failed
is "with its message" "$(entry OUTPUT=wall PRIORITY=4 | jq -r .MESSAGE)" "output failed"
is "and with the reason in a field of its own" "$(entry OUTPUT=wall PRIORITY=4 | jq -r '.ERROR | contains("refused")')" true
is "the sender is the daemon, as the kernel knows it" "$(entry OUTPUT=wall | jq -r ._PID)" "$pid"
is "under its name" "$(entry OUTPUT=wall | jq -r .SYSLOG_IDENTIFIER)" prismatron
is "what is well has another priority" "$(entry THREAD=render | jq -r .PRIORITY)" 6
sleep 5
is "a fault that lasts is not told again and again" \
    "$(journalctl --no-pager -o json _SYSTEMD_UNIT=prismatron.service OUTPUT=wall PRIORITY=4 | wc -l)" 1

media=$(head -c 5000 /dev/urandom | curl -sS -F 'file=@-;filename=noise.png' $base/api/media | jq -r .id)
rejected() { entry "MEDIA=$media" | jq -e .REASON; }
try "a rejected file is found by its id" wait_for 5 rejected
systemctl stop prismatron
is "no line came by standard error beside the journal's own" \
    "$(journalctl --no-pager -o json _SYSTEMD_UNIT=prismatron.service _TRANSPORT=stdout _PID="$pid" | jq -r .MESSAGE | grep -vc '^Prismatron is at')" 0
echo END
