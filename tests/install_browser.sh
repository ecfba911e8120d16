#!/bin/sh
# What tests need from the distribution: Chromium, Pango, Poppler and Hunspell. Says what to do when it cannot install them.
set -u
missing=""
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing="$missing chromium"
ldconfig -p 2>/dev/null | grep -q libpangoft2-1.0 || missing="$missing libpango-1.0-0 libpangoft2-1.0-0"
command -v pdftoppm >/dev/null 2>&1 || missing="$missing poppler-utils"
command -v hunspell >/dev/null 2>&1 || missing="$missing hunspell"
[ -e /usr/share/hunspell/nl_NL.dic ] || missing="$missing hunspell-nl"
[ -e /usr/share/hunspell/en_GB.dic ] || missing="$missing hunspell-en-gb"
[ -z "$missing" ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installing$missing for the tests ..."
  apt-get update -qq >/dev/null 2>&1
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null 2>&1 && exit 0
fi
echo "Not installed:$missing. Tests that need them will be skipped; install them with your package manager."
exit 0
