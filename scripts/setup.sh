#!/bin/sh
# Gets a fresh Debian or Ubuntu ready to build arbd: installs the system libraries that are missing and checks
# the Swift toolchain. Safe to run at any time: prints nothing and touches no network when nothing is missing.
set -eu

# One library a line, - where it is a program: Debian package | pkg-config name | header | linker flags | why
libraries='
libcurl4-openssl-dev | libcurl | curl/curl.h   | -lcurl          | connections to venues
libssl-dev           | openssl | openssl/ssl.h | -lssl -lcrypto  | TLS, and SHA-256 for alert ids (OpenSSL)
librdkafka-dev       | rdkafka | librdkafka/rdkafka.h | -lrdkafka   | Kafka as a sink and as a source
zlib1g-dev           | zlib    | zlib.h        | -lz             | reading captures ending in .gz, compressed WebSockets
libncurses-dev       | ncursesw | ncursesw/curses.h | -lncursesw -ltinfo | the dashboard
tmux                 | -       | -             | -               | tests of the dashboard
libsqlite3-dev       | sqlite3 | sqlite3.h     | -lsqlite3       | the journal of alerts and the SQLite sink
'
swift_minimum=6.2
swift_page=https://www.swift.org/install/linux/

fail() {
  printf 'setup: %s\n' "$1" >&2
  exit 1
}

# Calls "$1 package pkgconfig header flags why" for each library.
each_library() {
  printf '%s\n' "$libraries" | while IFS='|' read -r package pkgconfig header flags why; do
    package=$(trim "$package")
    [ -n "$package" ] || continue
    "$1" "$package" "$(trim "$pkgconfig")" "$(trim "$header")" "$(trim "$flags")" "$(trim "$why")"
  done
}

trim() {
  # Unquoted on purpose: word splitting drops the padding of the table.
  # shellcheck disable=SC2086
  echo $1
}

print_if_not_installed() {
  status=$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) || status=missing
  [ "$status" = installed ] || printf '%s\t%s\n' "$1" "$5"
}

# For systems with other package names: pkg-config knows the library, or a compiler can include and link it.
print_if_not_found() {
  # A program, not a library.
  [ "$2" != - ] || return 0
  if command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$2"; then return; fi
  for compiler in cc clang gcc; do
    command -v "$compiler" >/dev/null 2>&1 || continue
    # shellcheck disable=SC2086
    if printf '#include <%s>\nint main(void) { return 0; }\n' "$3" |
      "$compiler" -x c - -o /dev/null $4 >/dev/null 2>&1; then return; fi
  done
  printf '%s\t%s\t%s\n' "$2" "$3" "$5"
}

install_debian_packages() {
  missing=$(each_library print_if_not_installed)
  [ -n "$missing" ] || return 0

  echo 'setup: these packages are missing:'
  printf '%s\n' "$missing" | sed 's/^/  /'
  packages=$(printf '%s\n' "$missing" | cut -f 1 | tr '\n' ' ' | sed 's/ $//')

  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 ||
      fail "neither root nor sudo here; as root, run: apt-get update && apt-get install -y $packages"
    as_root='sudo '
  fi
  run "${as_root}env DEBIAN_FRONTEND=noninteractive apt-get update -q"
  run "${as_root}env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $packages"
}

# Shows a command, then runs it, so that what is printed is what happens.
run() {
  printf '+ %s\n' "$1"
  # shellcheck disable=SC2086
  $1 </dev/null || fail "this failed: $1"
}

check_libraries() {
  missing=$(each_library print_if_not_found)
  [ -n "$missing" ] || return 0

  {
    echo 'setup: not a Debian or Ubuntu, so nothing is installed; these libraries (with headers) are missing:'
    printf '%s\n' "$missing" | sed 's/^/  /'
  } >&2
  fail 'install them with your package manager, then run this again'
}

check_swift() {
  command -v swift >/dev/null 2>&1 || fail "no swift on PATH; arbd needs Swift $swift_minimum or later: $swift_page"
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p' | head -n 1)
  [ -n "$version" ] ||
    fail "\"swift --version\" names no version; arbd needs Swift $swift_minimum or later: $swift_page"
  oldest=$(printf '%s\n%s\n' "$version" "$swift_minimum" | sort -t . -k 1,1n -k 2,2n | head -n 1)
  [ "$oldest" = "$swift_minimum" ] ||
    fail "this is Swift $version; arbd needs $swift_minimum or later: $swift_page"
}

# Older ones cannot be told which protocols to speak, or to give up a name lookup at the end.
check_curl() {
  command -v pkg-config >/dev/null 2>&1 || return 0
  pkg-config --atleast-version=7.87 libcurl ||
    fail "this is libcurl $(pkg-config --modversion libcurl); arbd needs 7.87 or later (Debian 12, Ubuntu 24.04)"
}

if command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
  install_debian_packages
else
  check_libraries
fi
check_curl
check_swift
