#!/usr/bin/env bash
# Makes the PNG pictures of the program and its tray from their drawings, with
# rsvg-convert (Debian: librsvg2-bin). Trays take no SVG.
set -euo pipefail
cd "$(dirname "$0")"
for name in app tray-ok tray-warn tray-fault tray-paused; do
  for size in 16 32 64; do
    rsvg-convert -w $size -h $size $name.svg -o $name-$size.png
  done
done
rsvg-convert -w 256 -h 256 app.svg -o app-256.png
