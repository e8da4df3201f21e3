# The service manager is told what the display does, and starts it anew when a part of it hangs.
. /opt/bed/lib.sh

text() { systemctl show -P StatusText prismatron; }
says() { [[ "$(text)" == $1 ]]; }
try "the unit starts" systemctl start prismatron
is "the unit has a watchdog" "$(systemctl show -P WatchdogUSec prismatron)" 10s
try "its status says what plays" wait_for 5 says 'plays Plasma (1 of * of Demonstration)'
post /api/player/next '{}' >/dev/null
try "and follows it" wait_for 5 says 'plays * (2 of * of Demonstration)'
post /api/player/pause '{}' >/dev/null
try "also into a pause" wait_for 5 says 'paused at *'
post /api/player/stop '{}' >/dev/null
try "and to a stop" wait_for 5 says 'stopped'
systemctl stop prismatron

mkdir -p /run/systemd/system/prismatron.service.d
printf '[Service]\nWatchdogSec=2\n' >/run/systemd/system/prismatron.service.d/soon.conf
systemctl daemon-reload
# Stopped, paused and black: whatever it does, it lives.
systemctl start prismatron
before=$(main_pid)
sleep 6
is "a display that rests is left alone for three periods" "$(main_pid)" "$before"
is "its main process was not restarted" "$(systemctl show -P NRestarts prismatron)" 0
systemctl stop prismatron

restarts() { [ "$(systemctl show -P NRestarts prismatron)" = "$1" ] && [ "$(get /api/health | jq -r .status)" = ok ]; }
for part in render control http; do
    systemctl reset-failed prismatron
    systemctl set-environment PRISMATRON_STALL=$part
    systemctl start prismatron
    before=$(main_pid)
    systemctl unset-environment PRISMATRON_STALL
    from=$(date +%s%N)
    if wait_for 20 restarts 1; then
        ok "$part hangs: back after $((($(date +%s%N) - from) / 1000000)) ms, the first two seconds of which it ran well"
    else
        no "$part hangs: not back after 20 s"
    fi
    journalctl --sync
    is "$part hangs: for the watchdog's sake" \
        "$(journalctl --no-pager -u prismatron -o cat | grep -c "Watchdog timeout (limit 2s)")" 1
    is "$part hangs: the journal names it" \
        "$(journalctl --no-pager -o json _PID="$before" PRIORITY=3 | jq -r .PART | head -n 1)" "$part"
    systemctl stop prismatron
    journalctl --rotate -q && journalctl --vacuum-time=1us -q
done
echo END
