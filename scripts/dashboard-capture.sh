#!/bin/sh
# Real captures of the dashboard for the documentation: the demo in a terminal of 120 by 36, as text and as SVG.
# Usage: dashboard-capture.sh PATH-TO-ARBD FOLDER
set -eu
arbd=$(realpath "$1")
folder=$(realpath "$2")
scripts=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
tmux="tmux -S $work/tmux"
trap '$tmux kill-server 2>/dev/null || true; rm -rf "$work"' EXIT

$tmux -f /dev/null new-session -d -x 120 -y 36 \
  "exec env -u NO_COLOR LC_ALL=C.UTF-8 TERM=tmux-256color $arbd --config $scripts/../Configs/quickstart.json"
# Long enough for a spread, a triangle and a chart of some minutes.
sleep "${DASHBOARD_SECONDS:-150}"
$tmux send-keys - -
sleep 1
$tmux capture-pane -p >"$folder/dashboard.txt"
$tmux capture-pane -p -e | "$scripts/terminal-svg.py" >"$folder/dashboard.svg"
