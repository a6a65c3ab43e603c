#!/bin/sh
# Runs the conformance suite against DynamoDB Local: fetches it (Maven, Java 17),
# starts it in memory, runs the suite, ends it. Arguments go to the tests, for
# example: judge.sh -test.run '/streams' -test.v
#
# DynamoDB Local listens on every interface, so it and the tests get a network of
# their own where the system allows that (Linux, root or user namespaces).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
jars=${DYNAMODB_LOCAL_JARS:-${XDG_CACHE_HOME:-$HOME/.cache}/automatelanka/dynamodb-local}
port=${DYNAMODB_LOCAL_PORT:-8765}

if [ "${1:-}" = --inside ]; then
	tests=$2
	shift 2
	[ "$(id -u)" != 0 ] || ip link set lo up 2>/dev/null || true
	java -Xmx1g -Djava.library.path="$jars" -cp "$jars/*" software.amazon.dynamodb.services.local.main.ServerRunner \
		-disableTelemetry -inMemory -sharedDb -port "$port" >"$tests.log" 2>&1 &
	server=$!
	trap 'kill $server 2>/dev/null' EXIT INT TERM
	tries=0
	until curl -s -o /dev/null "http://127.0.0.1:$port/"; do
		tries=$((tries + 1))
		if [ $tries -gt 100 ] || ! kill -0 $server 2>/dev/null; then
			cat "$tests.log" >&2
			exit 1
		fi
		sleep 0.2
	done
	cd "$here"
	DYNAMODB_ENDPOINT=http://127.0.0.1:$port "$tests" -test.run '^TestDynamoDBLocal$' "$@"
	exit
fi

if [ ! -f "$jars/.complete" ]; then
	mvn -q -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$jars"
	touch "$jars/.complete"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$here" && go test -c -o "$work/conformance.test" .)
if unshare -n true 2>/dev/null; then
	unshare -n "$0" --inside "$work/conformance.test" "$@"
elif unshare -rn true 2>/dev/null; then
	unshare -rn "$0" --inside "$work/conformance.test" "$@"
else
	"$0" --inside "$work/conformance.test" "$@"
fi
