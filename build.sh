#!/usr/bin/env bash
# Publishes the agents as the images hold them: artifacts/sidecar-logs/sidecar-logs, artifacts/sidecar-ambassador/...,
# artifacts/sidecar-adapter/... What is up to date is left alone.
#
#   ./build.sh                 all three
#   ./build.sh logs adapter    these
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. .ci/prerequisites.sh

require_dotnet
case "$(uname -m)" in
    # Without an instruction set the vectorised half of the framework is left out of the ready-made code and compiled at each
    # start. What every x86-64 server since 2015 has; elsewhere all is compiled at the start, which takes seconds.
    x86_64) runtime=linux-x64 instructions=(-p:PublishReadyToRunCrossgen2ExtraArgs=--instruction-set:x86-64-v3) ;;
    aarch64 | arm64) runtime=linux-arm64 instructions=() ;;
    *) fail "there is no .NET runtime for $(uname -m) that the images use" ;;
esac

# Each was measured (docs/decisions/footprint.md): without ReadyToRun the start costs three times the CPU, and compression keeps
# the whole unpacked program in private memory.
# The trimmer's constant propagation (ILLink of SDK 10.0.401) breaks async methods with catch-when and finally: some never
# go on after a cancellation (the same page).
flags=(
    --configuration Release --runtime "$runtime" --self-contained true
    -p:PublishTrimmed=true -p:TrimMode=full '-p:_ExtraTrimmerArgs=--disable-opt ipconstprop' -p:PublishReadyToRun=true
    -p:PublishSingleFile=true -p:EnableCompressionInSingleFile=false
    ${instructions[@]+"${instructions[@]}"}
    -p:DebugType=none -p:DebugSymbols=false -p:TrimmerRemoveSymbols=true
    "-p:Version=$(.ci/version)"
    -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false -p:CopyDocumentationFilesFromPackages=false
)
# A folder of its own for intermediate files: the solution's builds restore without a runtime, and the two would
# undo each other's restore at every turn.
work="$PWD/artifacts/.build"
# MSBuild does not notice that the flags have changed.
[ "$(cat "$work/flags" 2> /dev/null)" = "${flags[*]}" ] || rm -rf "$work"
mkdir -p "$work"
echo "${flags[*]}" > "$work/flags"

fingerprint() {
    { dotnet --version
      printf '%s\n' "${flags[@]}"
      find "src/Sidecar.Hosting" "src/$1" Directory.Build.props Directory.Build.targets Directory.Packages.props global.json build.sh LICENSE \
          -type f -not -path '*/bin/*' -not -path '*/obj/*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    } | sha256sum | cut -d ' ' -f 1
}

publish() {
    local agent=$1 project=$2 stamp fresh
    fresh=$(fingerprint "$project")
    stamp="$work/$agent.stamp"
    if [ -x "artifacts/$agent/$agent" ] && [ "$(cat "$stamp" 2> /dev/null)" = "$fresh" ]; then
        echo "artifacts/$agent/$agent is up to date"
        return
    fi

    rm -rf "$stamp" "$work/$agent.out"
    echo "Publishing $agent for $runtime (a minute or two) ..."
    dotnet publish "src/$project/$project.csproj" "${flags[@]}" --artifacts-path "$work" -p:UseArtifactsOutput=true \
        --output "$work/$agent.out" --verbosity quiet --nologo 9>&-
    [ -x "$work/$agent.out/$agent" ] || fail "the publish of $project left no $agent"
    # Moved into place whole: whoever runs the old one meanwhile keeps it.
    rm -rf "artifacts/$agent"
    mkdir -p "artifacts/$agent"
    mv "$work/$agent.out/$agent" "artifacts/$agent/$agent"
    cp LICENSE "artifacts/$agent/LICENSE"
    rm -rf "$work/$agent.out"
    echo "$fresh" > "$stamp"
    echo "artifacts/$agent/$agent: $(du -h "artifacts/$agent/$agent" | cut -f 1)"
}

# Not for dotnet's: a compiler server that outlives the build would hold it for ever.
exec 9> "$work/.lock"
flock 9
[ $# -gt 0 ] || set -- logs ambassador adapter
for name in "$@"; do
    case "$name" in
        logs) publish sidecar-logs Sidecar.Logs ;;
        ambassador) publish sidecar-ambassador Sidecar.Ambassador ;;
        adapter) publish sidecar-adapter Sidecar.Adapter ;;
        *) fail "no agent is called '$name': logs, ambassador, adapter" ;;
    esac
done
