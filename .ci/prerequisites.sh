# shellcheck shell=bash
# Sourced by build.sh, test.sh and demo.sh: what they need of the machine, said plainly when it is missing.

fail() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# The scripts leave no process behind: neither MSBuild's nodes nor the compiler's server outlive a build.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false
# What a lock file does not name, or names with another hash, is not built with. After a change of packages: .ci/lock.
export RestoreLockedMode="${RestoreLockedMode:-true}"
# dotnet wants a home even where there is none (a bare CI runner).
[ -n "${HOME:-}" ] || export DOTNET_CLI_HOME="${TMPDIR:-/tmp}"

require_dotnet() {
    command -v dotnet > /dev/null || fail \
        "the .NET SDK 10.0 is needed and 'dotnet' is not on the PATH: https://dotnet.microsoft.com/download/dotnet/10.0"
    dotnet --version > /dev/null 2>&1 || fail \
        "the .NET SDK 10.0.100 or a later 10.0 is needed; here is only: $(dotnet --list-sdks | tr '\n' ' ')"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo > /dev/null; then sudo "$@"
    else fail "these are missing, and neither root nor sudo can install them: $missing"
    fi
}

has() {
    case "$1" in
        python/*) /usr/bin/python3 -c "import ${1#python/}" 2> /dev/null ;;
        *) PATH="$PATH:/usr/sbin:/sbin" command -v "$1" > /dev/null ;;
    esac
}

# install_missing <command>:<package> ...: installs by apt what is not there yet; python/<module> is a module of the system's Python.
install_missing() {
    local pair missing=
    for pair in "$@"; do
        has "${pair%%:*}" || missing="$missing ${pair##*:}"
    done
    [ -n "$missing" ] || return 0
    command -v apt-get > /dev/null || fail "install these first (there is no apt-get here):$missing"
    echo "Installing$missing ..."
    # shellcheck disable=SC2086 # a list of package names
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing > /dev/null 2>&1 || {
        as_root apt-get update -qq
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing
    }
}
