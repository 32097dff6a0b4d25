#!/bin/sh
# Runs Autobahn's fuzzing server against the WebSocket client, and writes docs/autobahn.md.
# PYTHON2 names a Python 2.7, which the suite needs; it gets an environment of its own below Autobahn/.build.
set -eu
cd "$(dirname "$0")/.."
: "${PYTHON2:?names a Python 2.7: make autobahn PYTHON2=/path/to/python2.7}"
folder=$PWD/Autobahn/.build/suite
mkdir -p "$folder"

if [ ! -x "$folder/environment/bin/wstest" ]; then
  "$PYTHON2" -m pip install --quiet --disable-pip-version-check --target "$folder/tools" virtualenv==20.15.1
  PYTHONPATH=$folder/tools "$PYTHON2" -m virtualenv --quiet "$folder/environment"
  "$folder/environment/bin/pip" install --quiet --disable-pip-version-check autobahntestsuite==0.8.2
fi
swift build -c release --package-path Autobahn

port=${AUTOBAHN_PORT:-9001}
rm -rf "$folder/reports"
cat > "$folder/server.json" <<END
{"url": "ws://127.0.0.1:$port", "outdir": "$folder/reports", "cases": [${AUTOBAHN_CASES:-\"*\"}], "exclude-cases": [], "exclude-agent-cases": {}}
END
"$folder/environment/bin/wstest" -m fuzzingserver -w 0 -s "$folder/server.json" > "$folder/server.log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT

status=0
Autobahn/.build/release/arbd-autobahn "ws://127.0.0.1:$port" "$folder/reports" > "$folder/table.md" || status=$?
# The table is worth having also when a case failed.
[ ! -s "$folder/table.md" ] || cp "$folder/table.md" docs/autobahn.md
exit "$status"
