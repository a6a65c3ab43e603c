#!/usr/bin/env bash
# Builds and deploys with the SAM CLI: sam.sh build | sam.sh deploy STAGE
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/.venv/bin:$PATH" SAM_CLI_TELEMETRY=0
# Functions are small: no debug tables, no net/rpc of the old Lambda runtime.
export GOFLAGS="-trimpath -tags=lambda.norpc '-ldflags=-s -w'"
case "${1:-}" in
  build) sam build --build-dir .aws-sam/build ;;
  deploy) sam deploy --template-file .aws-sam/build/template.yaml --config-env "${2:-dev}" ;;
  *) echo "usage: sam.sh build | deploy STAGE" >&2; exit 2 ;;
esac
