#!/usr/bin/env bash
# Runs all tests. What needs Chromium, database servers or the SAM CLI is left out where these are
# missing, and the last lines say so. In CI (CI=true) nothing may be left out.
set -uo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/.venv/bin:$PATH" SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1
. infra/tool/goflags.sh
failed=0
left_out=()

step() { # step NAME COMMAND…
  local name=$1 began=$SECONDS; shift
  printf '\n== %s\n' "$name"
  if "$@"; then printf '== %s: %d s\n' "$name" $((SECONDS - began)); else printf '== %s FAILED\n' "$name"; failed=1; fi
}

finish() { # finish PID LOG: waits for what ran behind, and shows what it said
  local status=0; wait "$1" || status=$?
  cat "$2"; return $status
}

# The race detector makes code many times slower and memory larger, and compiling for it
# is the longest step of all. These packages are tested without it: they hold limits of
# real time and memory, or run on a clock that is sped up, and would measure the detector;
# or move hundreds of megabytes; or carry the SQL engine, which takes a minute to compile
# for it; or let one function run at a time on one random source (sim), so that it has
# nothing to find; or only wire the others together (app). All others run with it.
without='/(internal/(app|archive|document|httpapi(/.*)?|expr(/.*)?|nodes/code|sim|sqltable)|internal/e2e/(scenario|secret|corpus(/.*)?|judge(/.*)?)|layers/onnxruntime|infra/dev(/local)?|functions/node-data|infra/localcloud(/(stepfunctions(/.*)?|gateway|eventsource|scheduler|lambdahost|dynamodb(/.*)?|kv))?)$'

bash infra/tool/prepare.sh || exit 1
tested=$(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...) # vet compiles the others
timed=$(grep -E "$without" <<<"$tested")
raced=$(grep -vE "$without" <<<"$tested")
# Compiling for the race detector is the longest step: it fills what the others leave.
mkdir -p build
nice -n 19 go build -race $(go list -test -deps -f '{{if and .Module (ne .Name "main") (not .ForTest)}}{{.ImportPath}}{{end}}' $raced) >/dev/null 2>&1 &
compiling=$!
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
# Both kinds side by side: the timed ones mostly wait, and what they leave of the
# processors the others take, behind them.
wait "$compiling" || true # the tests tell what is wrong
nice -n 5 go test -race -vet=off -p 2 -timeout 20m $raced >build/raced.log 2>&1 &
racing=$!
step "go test, the timed packages" go test -vet=off -p 1 -timeout 20m $timed
step "go test -race, all but the timed packages" finish "$racing" build/raced.log

echo
for what in "${left_out[@]:-}"; do [ -n "$what" ] && echo "left out: $what"; done
if [ "${CI:-}" = true ] && [ ${#left_out[@]} -gt 0 ]; then echo "in CI nothing may be left out"; failed=1; fi
[ $failed = 0 ] && echo "all tests passed" || echo "tests FAILED"
exit $failed
