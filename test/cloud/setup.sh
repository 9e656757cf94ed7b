#!/usr/bin/env bash
# Makes the Python environments of the cloud suite, once for each state of their lists: requirements.txt becomes
# .venv-cloud, and requirements-NAME.txt .venv-cloud-NAME, for parts whose own needs contradict the others'.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
for list in "$here"/requirements*.txt; do
  name="$(basename "$list" .txt)"
  venv="$root/.venv-cloud${name#requirements}"
  if cmp -s "$list" "$venv/installed.txt"; then continue; fi
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$list"
  cp "$list" "$venv/installed.txt"
done
