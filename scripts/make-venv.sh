#!/bin/sh
# Make a virtual environment with the package and its development tools, in pinned versions.
set -eu
venv=$1
python=${PYTHON:-python3}

"$python" - <<'PYTHON' || { echo "Python 3.11 or newer is needed; name one with PYTHON=..." >&2; exit 1; }
import sys
sys.exit(sys.version_info < (3, 11))
PYTHON

echo "Setting up $venv (once; some minutes on a slow line) ..."
if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
    # Some distributions leave out what brings pip into an environment.
    rm -rf "$venv"
    "$python" -m virtualenv --quiet "$venv" 2>/dev/null || {
        echo "This Python cannot make virtual environments: install python3-venv, or virtualenv" >&2
        exit 1
    }
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1
"$venv/bin/python" -m pip install --quiet --quiet --constraint constraints.txt --editable '.[dev]'
