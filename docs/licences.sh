#!/usr/bin/env bash
# Writes docs/licences.md from what the packages of the published programs say of themselves, after ./build.sh. A test fails when the
# two differ.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. .ci/prerequisites.sh
page=${1:-docs/licences.md}

require_dotnet
# The build of the solution has analysed it.
dotnet build docker/Sbom/Sbom.csproj --configuration Release --verbosity quiet --nologo -p:RunAnalyzers=false
obj=artifacts/.build/obj
dotnet docker/Sbom/bin/Release/net10.0/sbom.dll licences sidecar-logs $obj/Sidecar.Logs/project.assets.json \
    sidecar-ambassador $obj/Sidecar.Ambassador/project.assets.json sidecar-adapter $obj/Sidecar.Adapter/project.assets.json > "$page"
