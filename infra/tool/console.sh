#!/usr/bin/env bash
# Builds the console into internal/console/dist, from where it is embedded. Fetches
# packages when the lock file changed, builds when the source changed, else nothing.
set -euo pipefail
cd "$(dirname "$0")/../../internal/console"
digest() { find "$@" -type f ! -name schema.d.ts -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1; }

packages=$(digest package.json package-lock.json)
if [ "$(cat node_modules/.digest 2>/dev/null)" != "$packages" ]; then
  echo "console: fetching packages"
  npm ci --no-audit --no-fund --loglevel=error
  echo "$packages" >node_modules/.digest
fi
source=$(digest package-lock.json vite.config.ts tsconfig.json index.html public src)
if [ "$(cat dist/.digest 2>/dev/null)" != "$source" ] || [ ! -f dist/site/index.html ]; then
  echo "console: building"
  npm run --silent build -- --logLevel warn
  echo "$source" >dist/.digest
fi
