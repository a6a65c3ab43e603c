#!/usr/bin/env bash
# Tests the console in Chromium, before the platform. Arguments go to vitest, for
# example: infra/tool/browser.sh journey. With SCREENSHOTS=1 pictures of all pages land in
# build/screenshots; those of tests that fail always do.
set -euo pipefail
cd "$(dirname "$0")/../.."
bash infra/tool/console.sh
go build -o build/automatelanka-browser ./infra/dev
export PLATFORM_PROGRAM="$PWD/build/automatelanka-browser"
cd internal/console
exec npm run --silent browser -- "$@"
