# The Debian package: installed, upgraded, removed and purged; what a person made stays until the purge.
. /opt/bed/lib.sh

if [ ! -e /opt/bed/one.deb ]; then
    skip "the Debian package: cargo deb is not installed and cannot be built"
    echo END
    exit
fi
dpkg_quiet() { DEBIAN_FRONTEND=noninteractive dpkg "$@" >/tmp/dpkg.log 2>&1 || { cat /tmp/dpkg.log >&2; return 1; }; }

try "it installs" dpkg_quiet -i /opt/bed/one.deb
answers() { [ "$(status .state)" = playing ]; }
try "and runs at once" wait_for 10 answers
is "as its own user" "$(stat -c %U "/proc/$(main_pid)")" prismatron
is "enabled for the next boot" "$(systemctl is-enabled prismatron)" enabled
try "with the header for programs that draw" test -s /usr/include/prismatron_frames.h
media=$(curl -sS -F file=@/opt/bed/clip.mp4 $base/api/media | jq -r .id)
list=$(post /api/playlists '{"name":"kept","items":[{"kind":"effect","effect":"plasma"}]}' | jq -r .id)
before=$(main_pid)

try "a newer package takes its place" dpkg_quiet -i /opt/bed/two.deb
is "it is the newer" "$(dpkg-query -W -f '${Version}' prismatron)" 0.1.0-2
restarted() { [ "$(main_pid)" != "$before" ] && answers; }
try "and the newer program runs" wait_for 10 restarted
is "the library is still there" "$(get "/api/media/$media" | jq -r .name) $(get "/api/playlists/$list" | jq -r .name)" "clip.mp4 kept"

systemctl disable -q prismatron
try "one that was switched off" dpkg_quiet -i /opt/bed/one.deb
is "stays off for the next boot" "$(systemctl is-enabled prismatron)" disabled
wait_for 10 answers

try "it can be removed" dpkg_quiet -r prismatron
is "nothing runs then" "$(pgrep -c prismatron)" 0
is "nothing is left in shared memory" "$(ls /dev/shm)" ""
try "what was uploaded is still there" test -s /var/lib/prismatron/prismatron.db
try "it can be installed again" dpkg_quiet -i /opt/bed/two.deb
is "still switched off" "$(systemctl is-enabled prismatron) $(systemctl is-active prismatron)" "disabled inactive"
systemctl enable -q --now prismatron
wait_for 10 answers
is "with the old library" "$(get "/api/playlists/$list" | jq -r .name)" kept
try "it can be purged" dpkg_quiet -P prismatron
is "then nothing is left" "$(ls -d /var/lib/prismatron* /var/cache/prismatron* /usr/bin/prismatron /etc/systemd/system/*prismatron* 2>/dev/null)" ""
echo END
