#!/usr/bin/env bash
# Makes the virtual environment of the challengers, outside the tree, with the
# versions of requirements.txt, and prints where its Python is. Nothing of it
# belongs to the product.
set -euo pipefail
cd "$(dirname "$0")"

venv=${CHALLENGERS_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/headstart/challengers}
if [[ ! -x $venv/bin/python ]]; then
	python3 -m venv "$venv"
fi
"$venv/bin/pip" install --quiet --requirement requirements.txt >&2
echo "$venv/bin/python"
