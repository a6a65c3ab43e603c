#!/usr/bin/env bash
# Prepares what is built or fetched once: ONNX Runtime's library (by checksum) and
# the console. Does nothing where it is done already.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -d layers/onnxruntime ]; then go run ./layers/onnxruntime fetch; fi
if [ -f internal/console/package.json ]; then bash infra/tool/console.sh; fi
