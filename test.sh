#!/usr/bin/env bash
# Installs what the tests need, builds, publishes the agents once, runs every test, and says "N passed, N failed" last.
#
#   ./test.sh            what runs before every change lands
#   ./test.sh --long     also what takes longer than a suite's budget
#   ./test.sh Logs ...   only the suites whose name contains one of these words
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. .ci/prerequisites.sh

configuration=Release
budget=180          # seconds a suite may take
end_to_end_budget=$((3 * budget))   # Sidecar.EndToEnd and Sidecar.Docker.Tests drive all three agents
words=()
for argument in "$@"; do
    case "$argument" in
        --long) export SIDECAR_TEST_LONG=1; budget=3600; end_to_end_budget=3600 ;;
        -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
        -*) fail "'$argument' is not understood: --long, or words of suites' names" ;;
        *) words+=("$argument") ;;
    esac
done

require_dotnet
install_missing redis-server:redis-server redis-sentinel:redis-sentinel redis-cli:redis-tools logrotate:logrotate pg_ctlcluster:postgresql python/redis:python3-redis \
    buildah:buildah podman:podman runc:runc catatonit:catatonit nghttp:nghttp2-client prometheus:prometheus nginx:nginx-light dnsmasq:dnsmasq-base curl:curl chromium:chromium python/grpc:python3-grpcio

wanted() {
    local word
    [ ${#words[@]} -gt 0 ] || return 0
    for word in "${words[@]}"; do case "$1" in *"$word"*) return 0 ;; esac; done
    return 1
}

echo "Building ..."
dotnet build Sidecars.sln --configuration "$configuration" --verbosity quiet --nologo
./build.sh
# Images belong to several users: without root they can't be made here, and their tests skip out loud.
if wanted Sidecar.Docker.Tests && [ "$(id -u)" = 0 ]; then docker/build.sh --stand-ins; fi

results="$PWD/artifacts/test-results"
rm -rf "$results"
mkdir -p "$results"
passed=0 failed=0 skipped=0
troubles=()

trouble() { failed=$((failed + 1)); troubles+=("$1"); }

is_allowed() {
    local name=$1 pattern
    while IFS= read -r pattern; do
        case "$pattern" in '' | '#'*) continue ;; esac
        pattern="${pattern%%: *}"
        # shellcheck disable=SC2254 # the list's patterns are patterns
        case "$name" in $pattern) return 0 ;; esac
    done < tests/allowed-skips
    return 1
}

# The report has one <test> element a test; entities appear only in names and reasons.
plain() { sed -e 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&apos;/'"'"'/g; s/&amp;/\&/g'; }
split_report() { sed -e 's/<test /\n<test /g; s/<\/test>/\n/g' "$1"; echo; }

count() { printf '%s' "$summary" | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p"; }

list_failures() {
    split_report "$1" | sed -n 's/^<test id="[^"]*" name="\([^"]*\)".* result="Fail".*/\1/p' | plain
}

# What each failed test said, and where: whoever reads the output can't see the reports.
explain_failures() {
    split_report "$1" | tr '\n' '\r' | sed 's/\r<test /\n<test /g' | grep -a ' result="Fail"' \
        | sed -e 's/^<test id="[^"]*" name="\([^"]*\)".*<message><!\[CDATA\[\(.*\)\]\]><\/message>/-- \1\r\2\r/' \
            -e 's/<stack-trace><!\[CDATA\[\(.*\)\]\]><\/stack-trace>/\1\r/' -e 's/<\/failure>.*//' \
        | tr '\r' '\n' | plain | cut -c 1-1000
}

check_skips() {
    local report=$1 suite=$2 expected=$3 found=0 name reason
    while IFS=$'\t' read -r name reason; do
        found=$((found + 1))
        echo "SKIPPED $name: $reason"
        is_allowed "$name" || trouble "$name was skipped and is not in tests/allowed-skips: $reason"
    done < <(split_report "$report" | tr '\n' '\r' | sed 's/\r<test /\n<test /g' | tr '\r' ' ' | sed '$s/$/\n/' \
        | sed -n 's/^<test id="[^"]*" name="\([^"]*\)".* result="Skip".*<reason><!\[CDATA\[\(.*\)\]\]><\/reason>.*/\1\t\2/p' | plain)
    [ "$found" = "$expected" ] || trouble "$suite says $expected skipped, and its report names $found"
}

run_suite() {
    local suite=$1 limit=$2 program report code=0 summary total failures skips took=$SECONDS
    program="tests/$suite/bin/$configuration/net10.0/$suite"
    report="$results/$suite.xml"
    if [ ! -x "$program" ]; then trouble "$suite was not built"; return; fi

    echo
    echo "== $suite"
    timeout --kill-after=10 "$limit" "$program" -noColor -noLogo -reporter quiet -xml "$report" || code=$?
    took=$((SECONDS - took))
    if [ "$code" = 124 ] || [ "$code" = 137 ]; then
        trouble "$suite took more than its $limit s"
        return
    fi
    summary=$(grep -o '<assembly [^>]*>' "$report" 2> /dev/null | head -n 1) || true
    total=$(count total)
    if [ -z "$total" ]; then trouble "$suite ended with $code and without a report: it crashed"; return; fi
    if [ "$total" = 0 ]; then trouble "$suite holds no test"; return; fi

    failures=$(($(count failed) + $(count errors)))
    skips=$(count skipped)
    passed=$((passed + $(count passed)))
    echo "$(count passed) passed, $failures failed, $skips skipped in ${took} s"
    failed=$((failed + failures))
    skipped=$((skipped + skips))
    while IFS= read -r name; do troubles+=("$name"); done < <(list_failures "$report")
    [ "$failures" = 0 ] || explain_failures "$report"
    check_skips "$report" "$suite" "$skips"
    [ "$(count not-run)" = 0 ] || trouble "$suite holds $(count not-run) explicit tests: skip them out loud instead"
    [ "$code" = 0 ] || [ "$failures" -gt 0 ] || trouble "$suite ended with $code although no test failed"
}

for folder in tests/*.Tests tests/Sidecar.EndToEnd; do
    suite=$(basename "$folder")
    wanted "$suite" || continue
    case "$suite" in
        Sidecar.EndToEnd | Sidecar.Docker.Tests) run_suite "$suite" "$end_to_end_budget" ;;
        *) run_suite "$suite" "$budget" ;;
    esac
done

echo
for line in ${troubles[@]+"${troubles[@]}"}; do echo "FAILED $line"; done
[ $((passed + failed)) -gt 0 ] || { trouble "no suite ran"; echo "FAILED no suite ran"; }
[ "$skipped" = 0 ] || echo "$skipped skipped: see above"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
