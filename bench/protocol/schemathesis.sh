#!/bin/sh
# Sends what /openapi.json allows, and what it forbids, to a workbench of its own, and checks each answer against it:
# status, content type, headers and schema; that no 5xx but 503 comes; that a wrong method is 405 with the right Allow;
# that what was deleted is gone and what was made is there. Needs schemathesis 4 (pip install schemathesis).
#
#   bench/protocol/schemathesis.sh [seconds] [seed]      600 seconds and seed 1 without
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
data=$(mktemp -d)
# What schemathesis remembers goes with the data.
cd "$data"
HOST=127.0.0.1 PORT=0 DATA_DIR=$data/runs THREADS=1 RATE_LIMIT=0 "$root/node_modules/.bin/node" "$root/src/server.ts" >log &
server=$!
trap 'kill $server; wait $server || :; cd /; rm -r "$data"' EXIT
until url=$(grep -o 'http://.*' log); do
  kill -0 $server # A server that ended never says where it is.
  sleep 1
done
schemathesis --config-file "$root/bench/protocol/schemathesis.toml" run "$url/openapi.json" \
  --checks all --max-time "${1:-600}" --seed "${2:-1}" \
  --continue-on-failure --suppress-health-check all --request-timeout 20
