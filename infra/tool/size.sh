#!/usr/bin/env bash
# Watches the size of each function's binary: cold starts follow it.
set -euo pipefail
cd "$(dirname "$0")/../.."
# api is the largest: it carries all templates and node types, which bring readers of
# documents and images, and the clients of databases.
limit=$((50 * 1024 * 1024))
bad=0
for f in .aws-sam/build/*Function/bootstrap; do
  size=$(stat -c %s "$f")
  printf '  %-22s %5.1f MB\n' "$(basename "$(dirname "$f")")" "$(echo "$size" | awk '{print $1/1048576}')"
  if [ "$size" -gt $limit ]; then echo "  too large: over $((limit / 1048576)) MB"; bad=1; fi
done
# Lambda's limit for a function with all its layers, unzipped.
layers=$(du -scb .aws-sam/build/*Layer 2>/dev/null | awk 'END {print $1 + 0}')
largest=$(stat -c %s .aws-sam/build/*Function/bootstrap | sort -n | tail -1)
printf '  %-22s %5.1f MB\n' "layers" "$(echo "$layers" | awk '{print $1/1048576}')"
if [ $((layers + largest)) -gt $((250 * 1024 * 1024)) ]; then echo "  too large: a function and the layers have over 250 MB"; bad=1; fi
exit $bad
