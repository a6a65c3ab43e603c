#!/usr/bin/env bash
# Builds and deploys with the SAM CLI: sam.sh build | sam.sh deploy STAGE
# ARCHITECTURE=x86_64 builds for emulators on such a machine, BUILD_DIR elsewhere.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/.venv/bin:$PATH" SAM_CLI_TELEMETRY=0
build=${BUILD_DIR:-.aws-sam/build}
case "${ARCHITECTURE:=arm64}" in arm64) export LAMBDA_ARCH=arm64 ;; *) export LAMBDA_ARCH=amd64 ;; esac
# The functions with cgo are cross-compiled by zig (layers/onnxruntime/zigcc.sh).
if [ -z "${ZIG:-}" ] && ! command -v zig >/dev/null && ! python3 -c 'import ziglang' 2>/dev/null; then
  echo "sam.sh: zig is missing, which compiles the functions search and embed: .venv/bin/pip install -r .ci/requirements.txt" >&2
  exit 1
fi
# Functions are small: no debug tables, no net/rpc of the old Lambda runtime. Names are resolved
# by Go in all of them: then those with cgo are compiled from the same packages as the others.
export GOFLAGS="-trimpath -tags=lambda.norpc,netgo,osusergo '-ldflags=-s -w'"
case "${1:-}" in
  build)
    bash infra/tool/console.sh
    # Compiled together on all cores; SAM then only links, two functions at a time.
    GOOS=linux GOARCH="$LAMBDA_ARCH" go build $(go list -deps -f '{{if and .Module (ne .Name "main")}}{{.ImportPath}}{{end}}' ./functions/api ./functions/node-data ./functions/live)
    sam build --parallel --build-dir "$build" --parameter-overrides "Architecture=$ARCHITECTURE"
    ;;
  deploy) sam deploy --template-file "$build/template.yaml" --config-env "${2:-dev}" ;;
  *) echo "usage: sam.sh build | deploy STAGE" >&2; exit 2 ;;
esac
