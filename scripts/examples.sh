#!/usr/bin/env bash
# Runs the examples of docs/writing-an-adapter.md as they stand there. Each must end with an alert at the new venue.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
arbd=${1:-.build/release/arbd}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ARBD_ALERTS=$work/alerts.jsonl

# The config must be good, and a run of it print an alert with the venue in it.
try() {
  local config=$1 venue=$2
  echo "== $config"
  "$arbd" validate --config "$config"
  "$arbd" --config "$config" --summary "$work/summary.json" | tee "$work/output"
  grep -q "spread" <(grep " $venue BTC-USD " "$work/output") || { echo "$config: no alert with $venue" >&2; exit 1; }
}

try Examples/declarative/bitstamp.replay.json bitstamp
try Examples/declarative/gemini.replay.json gemini
for venue in bitstamp gemini; do
  "$arbd" conformance --config "Examples/declarative/$venue.replay.json" \
    --recording "Examples/declarative/$venue.capture.jsonl" --venue "$venue"
done
try Examples/python-adapter/config.json bitstamp

# The sink that is a program has written the alert, once even when it comes again.
"$arbd" --config Examples/python-adapter/config.json >/dev/null
test "$(wc -l <"$ARBD_ALERTS")" -eq 1
grep -q '"venue": "bitstamp"' "$ARBD_ALERTS"

# The adapter in shell, out of the documentation: two seconds of it, live.
awk '/^   ```sh$/ { on = 1; next } /^   ```$/ { if (on) exit } on' docs/writing-an-adapter.md >"$work/mine.sh"
cat >"$work/mine.json" <<CONFIG
{
  "sources": [{ "type": "process", "venue": "mine", "command": ["sh", "$work/mine.sh"], "instruments": ["BTC-USD"] }],
  "sinks": [{ "type": "jsonl", "path": "$work/mine.jsonl", "records": ["trades"] }]
}
CONFIG
"$arbd" --config "$work/mine.json" --duration 3s
grep -q '"venue":"mine"' "$work/mine.jsonl"
echo "all examples are good"
