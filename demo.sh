#!/usr/bin/env bash
# Shows the three sidecars at work beside a legacy app, on this machine alone: no account, no container.
# Ends by itself, with a table of promises and what was counted; 0 only if each held.
#
#   ./demo.sh           installs what is missing, builds, plays (under 90 s after the build)
#   ./demo.sh --keep    leaves all running at the end, to look at the status pages; Ctrl-C ends it
#   ./demo.sh --acts rotate,throttle,backend,redis,hang    only these acts
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. .ci/prerequisites.sh

case "${1:-}" in -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;; esac

require_dotnet
install_missing redis-server:redis-server redis-sentinel:redis-sentinel logrotate:logrotate
./build.sh
echo "Building the demo ..."
dotnet build demo/Demo/Demo.csproj --configuration Release --verbosity quiet --nologo

folder=$(mktemp -d "${TMPDIR:-/tmp}/sidecars-demo.XXXXXX")
conductor=

# The conductor ends what it started; this is for when it could not. A process is ours by its id, and only while it
# works in our folder.
# shellcheck disable=SC2317 # called by the trap
clear_stage() {
    local pid
    if [ -n "$conductor" ] && kill -TERM "$conductor" 2> /dev/null; then wait "$conductor" || true; fi
    if [ -f "$folder/pids" ]; then
        while read -r pid; do
            case "$(readlink "/proc/$pid/cwd" 2> /dev/null)" in "$folder"*) kill -KILL "$pid" 2> /dev/null || true ;; esac
        done < "$folder/pids"
    fi
    rm -rf "$folder"
}
trap clear_stage EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# In the background, so that a signal to this script is acted on at once.
TMPDIR="$folder" demo/Demo/bin/Release/net10.0/demo --folder "$folder" "$@" &
conductor=$!
code=0
wait "$conductor" || code=$?
conductor=
exit "$code"
