#!/usr/bin/env bash
# Runs all tests. What needs Chromium, database servers or the SAM CLI is left out where these are
# missing, and the last lines say so. In CI (CI=true) nothing may be left out.
set -uo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/.venv/bin:$PATH" SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1
failed=0
left_out=()

step() { # step NAME COMMAND…
  local name=$1 began=$SECONDS; shift
  printf '\n== %s\n' "$name"
  if "$@"; then printf '== %s: %d s\n' "$name" $((SECONDS - began)); else printf '== %s FAILED\n' "$name"; failed=1; fi
}

bash infra/tool/prepare.sh || exit 1
step "lint" bash infra/tool/lint.sh

if command -v sam >/dev/null && command -v cfn-lint >/dev/null && { [ -n "${ZIG:-}" ] || command -v zig >/dev/null || python3 -c 'import ziglang' 2>/dev/null; }; then
  step "the template builds for arm64" bash infra/tool/sam.sh build
  step "sizes of the functions" bash infra/tool/size.sh
else
  left_out+=("SAM build and template checks (install: python3 -m venv .venv && .venv/bin/pip install -r .ci/requirements.txt)")
fi
step "types and units of the console" npm --prefix internal/console run --silent verify
if command -v chromium >/dev/null; then
  if [ -f internal/console/package.json ]; then step "console in Chromium" bash infra/tool/browser.sh; fi
else
  left_out+=("browser tests (install: apt-get install chromium)")
fi
command -v redis-server >/dev/null && command -v mariadbd >/dev/null && ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ||
  left_out+=("tests against real Redis, PostgreSQL and MariaDB servers, where these are missing (install: apt-get install redis-server postgresql mariadb-server)")
# The race detector makes code many times slower and memory larger. These packages
# hold limits of real time and memory, or run on a clock that is sped up: with it
# they would measure the detector. All others run with it.
timed='/(internal/e2e/scenario|internal/expr(/.*)?|internal/httpapi(/.*)?|internal/nodes/code|infra/localcloud/(stepfunctions(/.*)?|gateway|eventsource|scheduler|lambdahost|dynamodb)|infra/localcloud)$'
# Compiled first, on all cores; then two packages are linked and tested side by side.
step "compile for the race detector" go build -race ./internal/... ./infra/...
step "go test -race, all but the timed packages" go test -race -p 2 -timeout 20m $(go list ./... | grep -vE "$timed")
step "go test, the timed packages" go test -p 1 -timeout 20m $(go list ./... | grep -E "$timed")

echo
for what in "${left_out[@]:-}"; do [ -n "$what" ] && echo "left out: $what"; done
if [ "${CI:-}" = true ] && [ ${#left_out[@]} -gt 0 ]; then echo "in CI nothing may be left out"; failed=1; fi
[ $failed = 0 ] && echo "all tests passed" || echo "tests FAILED"
exit $failed
