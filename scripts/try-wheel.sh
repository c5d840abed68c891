#!/bin/sh
# Build the wheel, install it into an empty environment, and run the demo from another folder.
set -eu
bin=$(cd "$1" && pwd)
python=${PYTHON:-python3}
constraints=$(pwd)/constraints.txt
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The database server of a superuser runs as another user, who has to get in.
chmod 755 "$folder"

"$bin/python" -m build --wheel --outdir "$folder/dist" . >"$folder/build.log" 2>&1 || {
    cat "$folder/build.log" >&2
    exit 1
}
"$python" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check \
    --constraint "$constraints" "$folder"/dist/*.whl
cd "$folder"
ECHO_HOME="$folder/home" "$folder/venv/bin/echo-analytics" demo --rows 500 --output page.html
test -s page.html
echo "The wheel works on its own."
