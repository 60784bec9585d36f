#!/bin/sh
# Creates the environment in which the parity test runs DisVoice's own prosody functions.
# usage: tests/disvoice_environment.sh FOLDER; then HUMPCAT_DISVOICE_PYTHON=FOLDER/bin/python pytest tests/model
set -eu
folder=${1:?usage: disvoice_environment.sh FOLDER}
python=${PYTHON:-python3}
"$python" -m venv "$folder"
# DisVoice's own requirements hold TensorFlow (1.9 GB) and a package to be compiled; its functions need neither.
"$folder/bin/python" -m pip install --quiet --no-deps disvoice==0.1.10
"$folder/bin/python" -m pip install --quiet numpy scipy scikit-learn
"$folder/bin/python" -c 'import importlib.util as u, sys; sys.exit(u.find_spec("disvoice") is None)'
