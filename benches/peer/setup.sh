#!/usr/bin/env bash
# Puts the peers into target/peer-venv, from the package index.
set -euo pipefail
cd "$(dirname "$0")/../.."
python3 -m venv target/peer-venv
target/peer-venv/bin/pip install --quiet --requirement benches/peer/requirements.txt
echo "ready: target/peer-venv/bin/python benches/peer/compare.py"
