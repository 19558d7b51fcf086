#!/bin/sh
# Writes Dagster's own settings before the role that follows reads them, then becomes that role.
set -eu
# What a role writes is for its own user alone.
umask 077
python -c 'from orchestration.settings import load_settings, prepare_environment
prepare_environment(load_settings())'
exec "$@"
