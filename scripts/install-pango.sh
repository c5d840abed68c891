#!/bin/sh
# Make sure that reports can be written as PDF: the libraries of Pango, where apt-get can bring them.
set -eu
python=${1:-.venv/bin/python}

if "$python" -c "import weasyprint" >/dev/null 2>&1; then exit 0; fi

root=
[ "$(id -u)" -eq 0 ] || root="sudo -n"
if command -v apt-get >/dev/null 2>&1 && $root true 2>/dev/null; then
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    echo "Installing Pango for reports as PDF (once) ..."
    {
        $root apt-get update -qq &&
            $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
                --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
                fonts-liberation
    } >"$log" 2>&1 && "$python" -c "import weasyprint" >>"$log" 2>&1 && exit 0
    cat "$log" >&2
fi
echo "Reports as PDF need the libraries of Pango (Debian: libpango-1.0-0 libpangoft2-1.0-0" >&2
echo "libharfbuzz-subset0, Homebrew: pango). Without them their tests are skipped, except in CI." >&2
[ -z "${CI:-}" ]
