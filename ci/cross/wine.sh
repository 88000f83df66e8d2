#!/bin/sh
# SPDX-License-Identifier: MIT
# wine.sh DIR: makes DIR a Windows for Wine, new enough for what frond asks of the system.
set -eu
WINEPREFIX=$1 WINEDEBUG=-all DISPLAY=
export WINEPREFIX WINEDEBUG DISPLAY
wineboot -i
wine winecfg -v win10
wineserver -w
