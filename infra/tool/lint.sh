#!/usr/bin/env bash
# Format, vet, static analysis, and the templates where the tools are there.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/.venv/bin:$PATH" AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0

unformatted=$(git ls-files '*.go' | xargs gofmt -l)
if [ -n "$unformatted" ]; then printf 'not formatted (run make fmt):\n%s\n' "$unformatted"; exit 1; fi
go run ./infra/tool/analyze ./... # go vet and staticcheck
if command -v cfn-lint >/dev/null; then cfn-lint template.yaml infra/*.yaml; fi
if command -v sam >/dev/null; then sam validate --lint; fi
echo "lint: ok"
