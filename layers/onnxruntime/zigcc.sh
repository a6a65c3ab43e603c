#!/bin/sh
# A C compiler for cgo that makes what Lambda can run on any machine: Linux with
# glibc 2.34, for the architecture in GOARCH (arm64 by default).
#
#   CGO_ENABLED=1 GOOS=linux GOARCH=arm64 CC=layers/onnxruntime/zigcc.sh go build …
#
# It needs zig: on the path, in $ZIG, or as Python's package ziglang.
set -eu
case "${GOARCH:-arm64}" in
arm64) target=aarch64-linux-gnu.2.34 ;;
amd64) target=x86_64-linux-gnu.2.34 ;;
*) echo "zigcc.sh: no Lambda runs on GOARCH=$GOARCH" >&2; exit 1 ;;
esac
if [ -n "${ZIG:-}" ]; then
	exec "$ZIG" cc -target "$target" "$@"
elif command -v zig >/dev/null 2>&1; then
	exec zig cc -target "$target" "$@"
elif python3 -c 'import ziglang' >/dev/null 2>&1; then
	exec python3 -m ziglang cc -target "$target" "$@"
fi
echo "zigcc.sh: zig is missing: pip install ziglang (or set ZIG to its path)" >&2
exit 1
