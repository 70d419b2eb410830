#!/bin/sh
# Before the package goes (not before it is replaced by a newer one): exports,
# ledger, job file and tokens stay.
set -e
case "$1" in
0 | remove) if [ -d /run/systemd/system ]; then systemctl disable --now speckle-runner.service; fi ;;
esac
