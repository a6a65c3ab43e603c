#!/usr/bin/env bash
# Runs test programs against DynamoDB Local, inside of a network of its own:
# suites.sh TOOLS FOLDER_OF_SUITE… ; infra/tool/judge.sh calls it.
set -euo pipefail
# sharedDb: otherwise clients with other access keys see other tables.
tools=$1; shift
ip link set lo up
java -Djava.library.path="$tools/dynamodb" -cp "$tools/dynamodb/*" software.amazon.dynamodb.services.local.main.ServerRunner \
  -disableTelemetry -inMemory -sharedDb -port 8000 >"$tools/dynamodb.log" 2>&1 &
server=$!
trap 'kill $server' EXIT
for ((n = 0; ; n++)); do
  if (exec 3<>/dev/tcp/127.0.0.1/8000) 2>/dev/null; then break; fi
  if ((n == 300)) || ! kill -0 $server; then echo "DynamoDB Local did not start:"; cat "$tools/dynamodb.log"; exit 1; fi
  sleep 0.2
done
export DYNAMODB_ENDPOINT=http://127.0.0.1:8000
failed=0
for suite in "$@"; do
  run='.*'
  if [ "$(basename "$suite")" = conformance ]; then run=TestDynamoDBLocal; fi
  if (cd "$suite" && "$tools/test-$(basename "$suite")" -test.run "$run" -test.timeout 15m >"$tools/suite.log" 2>&1); then
    echo "ok  $suite"
  else
    grep -v '^=== ' "$tools/suite.log" | tail -60; echo "FAILED  $suite"; failed=1
  fi
done
exit $failed
