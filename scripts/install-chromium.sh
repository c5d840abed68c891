#!/bin/sh
# Make sure that there is a Chromium for the browser tests: Debian's own, where apt-get can bring it.
set -eu

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]; then exit 0; fi

root=
[ "$(id -u)" -eq 0 ] || root="sudo -n"
if command -v apt-get >/dev/null 2>&1 && $root true 2>/dev/null; then
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    echo "Installing Chromium for the browser tests (once) ..."
    {
        $root apt-get update -qq &&
            $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
                --no-install-recommends chromium fonts-liberation
    } >"$log" 2>&1 && exit 0
    cat "$log" >&2
fi
echo "The browser tests need Chromium or Chrome: install one, so that 'chromium' or" >&2
echo "'google-chrome' can be found. Without it they are skipped, except in CI, where they fail." >&2
[ -z "${CI:-}" ]
