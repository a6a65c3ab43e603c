#!/usr/bin/env bash
# Names what this machine lacks. Exit 1 if something that is needed is missing.
set -u
missing=0
need() { # need COMMAND WHY INSTALL
  if command -v "$1" >/dev/null 2>&1; then printf '  ok       %-14s %s\n' "$1" "$2"
  else printf '  MISSING  %-14s %s\n           install: %s\n' "$1" "$2" "$3"; missing=1; fi
}
want() {
  if command -v "$1" >/dev/null 2>&1; then printf '  ok       %-14s %s\n' "$1" "$2"
  else printf '  absent   %-14s %s (optional)\n           install: %s\n' "$1" "$2" "$3"; fi
}
root=$(cd "$(dirname "$0")/../.." && pwd)
export PATH="$root/.venv/bin:$PATH"
echo "Needed to run and test:"
need go "compiles the platform; go.mod says which version" "https://go.dev/dl"
need "${CC:-cc}" "C compiler, for the embedding model's runtime and the race detector" "apt-get install gcc"
need node "builds the console" "https://nodejs.org (20 or newer)"
need npm "fetches the console's and the runtime's packages" "comes with Node"
echo "For the tests that are left out without them:"
want chromium "browser tests" "apt-get install chromium"
want redis-server "Redis nodes against a real server" "apt-get install redis-server"
want mariadbd "MySQL nodes against a real server" "apt-get install mariadb-server"
want initdb "Postgres nodes against a real server (Debian keeps it in /usr/lib/postgresql/*/bin, where the tests look too)" "apt-get install postgresql"
want sam "builds and checks the deployment" "python3 -m venv .venv && .venv/bin/pip install -r .ci/requirements.txt"
want cfn-lint "checks the templates" "the same"
if python3 -c 'import ziglang' 2>/dev/null || command -v "${ZIG:-zig}" >/dev/null; then
  printf '  ok       %-14s %s\n' zig "compiles search and embed for Lambda"
else
  printf '  absent   %-14s %s (optional)\n           install: %s\n' zig "compiles search and embed for Lambda" "the same"
fi
echo "For 'make judge':"
want java "DynamoDB Local" "apt-get install default-jre-headless"
want mvn "fetches DynamoDB Local" "apt-get install maven"
want unshare "gives DynamoDB Local a network of its own" "apt-get install util-linux"
want ip "brings that network's loopback up" "apt-get install iproute2"
want python3 "runs MiniStack and the SAM CLI" "apt-get install python3-venv"
exit $missing
