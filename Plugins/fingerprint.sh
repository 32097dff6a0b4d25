#!/bin/sh
# fingerprint.sh OUTPUT SWIFTC FILE…: a Swift file with the compiler's version and a hash of the files, which are hashed in
# the order given, each for itself, by contents alone: folders differ from one checkout to the next.
set -eu
output=$1
compiler=$2
shift 2

hash() {
  if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

version=$("$compiler" --version 2>/dev/null | sed -n 's/.*\(Swift version .*\)/\1/p' | head -n 1 | tr -d '"\\')
sources=$(hash "$@" | cut -d ' ' -f 1 | hash | cut -d ' ' -f 1)
[ -n "$version" ] && [ ${#sources} -eq 64 ]
cat >"$output" <<SWIFT
extension FrameworkBuild {
  static var sources: StaticString { "arbd-framework-build: $version; sources $sources" }
}
SWIFT
