#!/bin/sh
# Runs inside the image as root, with the variables of the input `env` and no other variables of the runner.
set -eu

: "${APP_VERSION:?}" "${APP_PORT:?}"
printf 'port=%s\nversion=%s\n' "$APP_PORT" "$APP_VERSION" >>/opt/app/settings
echo "Configured version $APP_VERSION"
