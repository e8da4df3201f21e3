# The unit as it is delivered: it verifies, starts, plays what producers open under its filters, and
# leaves nothing behind.
. /opt/bed/lib.sh

is "no unit failed at boot" "$(systemctl --failed --no-legend --plain)" ""
try "sysusers made the user" id prismatron
is "systemd-analyze verify is silent" "$(systemd-analyze verify prismatron.service 2>&1)" ""
exposure=$(systemd-analyze security prismatron --no-pager | sed -n 's/.*exposure level for [^:]*: \([0-9.]*\).*/\1/p')
if awk "BEGIN {exit !($exposure <= 1.5)}"; then ok "exposure $exposure is at most 1.5"; else no "exposure $exposure"; fi

try "the unit starts" systemctl start prismatron
is "it answers as soon as systemctl returns" "$(status .state)" playing
is "frames were handed over before it was ready" "$(($(status .frames.presented) > 0))" 1
is "the live ring is open to the group" "$(status '.inputs[0].access')" group
is "and to nobody else" "$(stat -c %a:%G /dev/shm/prismatron_main_live)" 660:prismatron

# What a producer needs is let through, and what it must not have is not.
is "the kernel confines producers wholly" "$(status .system.sandbox.state)" full
producer=$(pgrep -n -f 'prismatron producer')
filters() { awk '/^Seccomp_filters/ {print $2}' "/proc/$1/status"; }
is "a producer runs behind filters of its own" "$(($(filters "$producer") > $(filters "$(main_pid)")))" 1
is "no producer has privileges to gain" "$(awk '/^NoNewPrivs/ {print $2}' "/proc/$producer/status")" 1
media=$(curl -sS -m 30 -F file=@/opt/bed/clip.mp4 $base/api/media | jq -r .id)
settled() { get "/api/media/$media" | jq -e '.state != "processing"'; }
wait_for 20 settled
is "a video is opened inside the unit" "$(get "/api/media/$media" | jq -r '"\(.state) \(.kind) \(.width)x\(.height)"')" "ready video 160x90"
post /api/player/play "{\"media_id\":\"$media\"}" >/dev/null
plays() { [ "$(status '.playing.media_id == "'"$media"'" and .playing.position_s > 0.2')" = true ]; }
try "and plays" wait_for 10 plays

# Killed, it comes back.
before=$(main_pid)
from=$(date +%s%N)
kill -9 "$before"
back() { [ "$(main_pid)" != "$before" ] && [ "$(status .state)" = playing ]; }
if wait_for 10 back; then ok "back after kill -9 in $((($(date +%s%N) - from) / 1000000)) ms"; else no "not back 10 s after kill -9"; fi
is "with what was in the library" "$(get "/api/media/$media" | jq -r .state)" ready

from=$(date +%s%N)
try "it stops" systemctl stop prismatron
took=$((($(date +%s%N) - from) / 1000000))
if [ $took -lt 2000 ]; then ok "within 2 s ($took ms)"; else no "only after $took ms"; fi
is "with status 0" "$(systemctl show -P ExecMainStatus prismatron)" 0
is "and leaves nothing in shared memory" "$(ls /dev/shm)" ""
echo END
