#!/usr/bin/env bash
# Builds and deploys with the SAM CLI: sam.sh build | sam.sh deploy STAGE
# ARCHITECTURE=x86_64 builds for emulators on such a machine, BUILD_DIR elsewhere.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/.venv/bin:$PATH" SAM_CLI_TELEMETRY=0
build=${BUILD_DIR:-.aws-sam/build}
# Functions are small: no debug tables, no net/rpc of the old Lambda runtime.
export GOFLAGS="-trimpath -tags=lambda.norpc '-ldflags=-s -w'"
case "${1:-}" in
  build) sam build --build-dir "$build" --parameter-overrides "Architecture=${ARCHITECTURE:-arm64}" ;;
  deploy) sam deploy --template-file "$build/template.yaml" --config-env "${2:-dev}" ;;
  *) echo "usage: sam.sh build | deploy STAGE" >&2; exit 2 ;;
esac
