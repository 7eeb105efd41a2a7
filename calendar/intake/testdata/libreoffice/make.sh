#!/usr/bin/env bash
# Makes the files of this folder anew. It needs Debian's libreoffice-calc and
# python3-uno, and leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")"
profile=$(mktemp -d)
pipe=headstart-fixtures-$$
soffice --headless --norestore --nologo -env:UserInstallation="file://$profile" --accept="pipe,name=$pipe;urp" &
office=$!
trap 'kill "$office" 2>/dev/null || true; rm -rf "$profile"' EXIT
/usr/bin/python3 make.py "$pipe"
wait "$office" || true
ls -l ./*.xlsx ./*.csv
