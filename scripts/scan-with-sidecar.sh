#!/bin/sh
# Scans an image in a namespace and judges the results; writes scan-results-<run-id>/ into the current folder. Exit codes are
# those of `sidecar-scan run`: 0 passed, 1 a limit is breached, 2 wrong usage, 3 cluster, 4 nothing proven.
# SIDECAR_SCAN is the command line of the CLI, without quotes in it; SIDECAR_SCAN_FLAGS holds more flags.
set -eu
if [ "$#" -lt 3 ] || [ "$#" -gt 4 ]; then
  echo "Usage: $0 <namespace> <target-image> <profile-path> [threshold-file]" >&2
  exit 2
fi
cli=${SIDECAR_SCAN:-node $(cd "$(dirname "$0")" && pwd)/../dist/cli.js}
# shellcheck disable=SC2086 # both are words
exec $cli run --engine kubernetes --namespace "$1" --create-namespace --image "$2" --profile "$3" ${4:+--threshold-file "$4"} ${SIDECAR_SCAN_FLAGS-}
