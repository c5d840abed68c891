#!/bin/sh
# Write constraints.txt anew: the newest versions that fit together, in an environment of their own.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check '.[bench,dev]'
{
    echo "# Made by scripts/pin.sh: the versions that the checks run with."
    "$folder/venv/bin/python" -m pip freeze --exclude echo-analytics | grep -v '^echo'
} >constraints.txt
