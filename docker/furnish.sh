#!/usr/bin/env bash
# Lays beside a published agent what its image holds besides the program: the list of what it is made of, as CycloneDX, the
# licences of all that, and for sidecar-logs the time zones. After ./build.sh, with its intermediate files.
#
#   docker/furnish.sh [logs|ambassador|adapter ...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. .ci/prerequisites.sh

require_dotnet
[ $# -gt 0 ] || set -- logs ambassador adapter
# The build of the solution has analysed it.
dotnet build docker/Sbom/Sbom.csproj --configuration Release --verbosity quiet --nologo -p:RunAnalyzers=false
for name in "$@"; do
    case "$name" in
        logs) project=Sidecar.Logs ;;
        ambassador) project=Sidecar.Ambassador ;;
        adapter) project=Sidecar.Adapter ;;
        *) fail "no agent is called '$name': logs, ambassador, adapter" ;;
    esac
    agent="sidecar-$name"
    assets="artifacts/.build/obj/$project/project.assets.json"
    [ -f "$assets" ] && [ -x "artifacts/$agent/$agent" ] || fail "there is no $agent yet: ./build.sh $name"
    sbom=docker/Sbom/bin/Release/net10.0/sbom.dll
    dotnet "$sbom" bill "$agent" "$assets" > "artifacts/$agent/.made"
    mv "artifacts/$agent/.made" "artifacts/$agent/$agent.cdx.json"
    # Without a time in it.
    dotnet "$sbom" notices "$agent" "$assets" | gzip -9n > "artifacts/$agent/.made"
    mv "artifacts/$agent/.made" "artifacts/$agent/THIRD-PARTY-NOTICES.gz"

    [ "$name" = logs ] || continue
    [ -f /usr/share/zoneinfo/Europe/Berlin ] || fail "there are no time zones here: install tzdata"
    rm -rf "artifacts/$agent/zoneinfo"
    cp -R /usr/share/zoneinfo "artifacts/$agent/zoneinfo"
    # Clocks with leap seconds, POSIX clocks, and the sources of all: nobody asks for them, and they are half of it.
    (cd "artifacts/$agent/zoneinfo" && rm -rf right posix posixrules localtime tzdata.zi leap-seconds.list leapseconds)
done
