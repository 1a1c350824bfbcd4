#!/bin/sh
# Trains for an epoch, waits, and takes the weights along: sh train.sh [address]
# Needs curl only. Where a token is needed: TOKEN=… sh train.sh
set -eu
url=${1:-http://127.0.0.1:8000}
auth="Authorization: Bearer ${TOKEN:-none}"

# The answer's Location is the address of the run.
run=$(curl -fsS -o /dev/null -w '%header{location}' -H "$auth" -H 'Accept: application/json' \
  -d epochs=1 -d optimizer=adam "$url/runs")
echo "Training at $url$run"

# Server-sent events, a line each; the stream ends with the run.
curl -fsSN "$url$run/events" | grep --line-buffered '^data: {"epoch":.*val_accuracy'

curl -fsS -H 'Accept: application/json' "$url$run/epochs.csv"
curl -fsS -o lenet5.safetensors "$url$run/checkpoints/1.safetensors"
echo 'The weights are in lenet5.safetensors.'
