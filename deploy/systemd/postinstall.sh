#!/bin/sh
# After the package's files are in place. Nothing starts by itself: there is no
# job file yet.
set -e
if command -v systemd-sysusers >/dev/null 2>&1; then systemd-sysusers speckle-runner.conf; fi
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
