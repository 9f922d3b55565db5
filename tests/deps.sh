#!/bin/sh
# Installs the named Debian packages that are missing (through sudo where not root). On other
# systems it prints the list and goes on: the build says what it lacks.
set -eu

if ! command -v apt-get >/dev/null; then
    echo "This is not a Debian system. skyclass needs what Debian calls:"
    echo "  $*"
    exit 0
fi

missing=
for package in "$@"; do
    dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
echo "Installing:$missing"
$sudo apt-get update -qq
# shellcheck disable=SC2086 # a list of package names
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
