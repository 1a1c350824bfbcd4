#!/bin/sh
# download-wheel.sh <folder>: fetches the tensorflow-cpu wheel for this machine that the engine is tested with (207 MB).
set -eu
exec python3 -m pip download --quiet --no-cache-dir --retries 1 --timeout 20 --no-deps --only-binary=:all: \
  --python-version 3.11 --platform "manylinux2014_$(uname -m)" tensorflow-cpu==2.15.1 --dest "$1"
