#!/usr/bin/env bash
# Writes docs/configuration.md from what the published programs say of themselves. A test fails when the two differ.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
{
    printf '# Configuration\n\nMade by docs/configuration.sh from the settings schema; edit the schema, not this page.\n\n'
    printf 'Sidecars are set by environment variables only. An empty value is unset. Durations and sizes carry a unit (`250ms`, `5s`, `2m`; `64KiB`, `10MB`). Every secret `X` can be given as `X_FILE`, and follows the file. Every `SIDECAR_X` can also be given with the agent'"'"'s own prefix (`LOGS_X`, `AMBASSADOR_X`, `ADAPTER_X`), which wins. A name in `<NAME>` is letters and digits, without underscore.\n\n'
    for agent in logs ambassador adapter; do "artifacts/sidecar-$agent/sidecar-$agent" settings --markdown; echo; done
    artifacts/sidecar-logs/sidecar-logs settings --markdown --shared
} > "${1:-docs/configuration.md}"
