#!/usr/bin/env bash
# What docs/adapters-in-swift.md tells a newcomer to type, typed as it stands there, in an empty folder; then what must be
# refused. newcomer-swift.sh [ARBD], the debug build without it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ARBD=$PWD
binary=$(realpath "${1:-.build/debug/arbd}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/folder"
ln -s "$binary" "$work/bin/arbd"
export ARBD PATH="$work/bin:$PATH"
# The packages share what they build of arbd, which else would be compiled for each anew.
export SWIFTPM_BUILD_DIR="$work/build"

awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' docs/adapters-in-swift.md >"$work/commands"
cd "$work/folder"
bash -euxo pipefail "$work/commands" >"$work/output" 2>"$work/errors" || {
  tail -n 60 "$work/output" "$work/errors"
  exit 1
}

fail() {
  echo "newcomer-swift: $1" >&2
  exit 1
}

grep -q '"venue":"bitstamp"' alerts.jsonl || fail 'no alert involves the new venue'
grep -q '^bitstamp: conforms$' "$work/output" || fail 'the plugin does not conform'
grep -qF '[`newvenue`]' "$work/output" || fail 'the program of one'\''s own lacks its venue'
grep -q '^libPagerSink.so: pager (sinks)$' "$work/output" || fail 'the sink is not there'

# refused WHAT CONFIG-OF-PLUGINS MESSAGE…
refused() {
  local what=$1 plugins=$2 text
  shift 2
  sed "s|\"plugins\": .*|\"plugins\": [$plugins],|" bitstamp.json >refused.json
  if text=$(arbd validate --config refused.json 2>&1); then fail "$what is loaded"; fi
  for message; do
    grep -qF -- "$message" <<<"$text" || fail "$what: it is not said that $message: $text"
  done
}

cp libBitstampAdapter.so libAgain.so
refused 'a name that is taken' '"./libBitstampAdapter.so", "./libAgain.so"' \
  'two plugins are named "bitstamp": one is of ./libBitstampAdapter.so, the other of ./libAgain.so'
python3 - <<'END'
data = open("libBitstampAdapter.so", "rb").read()
start = data.index(b"; sources ") + len(b"; sources ")
open("libOther.so", "wb").write(data[:start] + b"0" * 64 + data[start + 64:])
open("libShort.so", "wb").write(data[: len(data) // 2])
END
refused 'a plugin of other sources' '"./libOther.so"' "sources $(printf '0%.0s' {1..64})" 'this arbd:' 'arbd build-plugin'
refused 'a plugin that is cut off' '"./libShort.so"' 'it is cut off'

# Its registration throws; the package's own build says so.
sed -i 's|{ $0.add(.*) }|{ _ in throw OptionError(key: "licence", "has run out") }|' \
  BitstampAdapter/Sources/BitstampAdapter/Plugin.swift
if text=$(arbd build-plugin BitstampAdapter --output libThrows.so 2>&1); then fail 'a registration that throws passes'; fi
refused 'a registration that throws' '"./libThrows.so"' 'could not register its plugins: licence: has run out'

echo "newcomer-swift: an alert involves the new venue, and what must be refused is: $(wc -l <alerts.jsonl) alerts"
