#!/usr/bin/env bash
# Brings what the build, the demo and the tests need on Debian 12: missing Debian packages by apt, the npm packages of models/package-lock.json.
# usage: packaging/setup.sh              (run by make; skips what is already there; nothing else on the machine is changed)
#        packaging/setup.sh --training   what training and drawing plates need besides: PyTorch, OpenCV, typefaces (about 1.5 GB)
set -euo pipefail
cd "$(dirname "$0")/.."

# package : what it is for
need=(
  "ffmpeg:clips for the demo and the reference decoder of the tests"
  "libavformat59:reads RTSP and files"
  "libavcodec59:decodes H.264 and H.265"
  "libavutil57:with the two above"
  "libswscale6:the peer in make bench"
  "libgtk-3-0:OpenCV in tests and benches is linked with it"
  "libturbojpeg0:JPEG crops"
  "mosquitto:a broker beside the center, in the tests"
  "iproute2:a line of 32 kbit/s, in the tests"
  "postgresql:the center's database on a server, in the tests"
  "strace:records the outbox's writes for the power-loss test"
  "libfaketime:steps the center's clock in make faults, paces clips in make eval-passages"
  "fonts-dejavu-core:plates of drawn vehicles: the demo, make eval-passages"
  "python3:delivery check and model pack"
  "python3-onnx:model pack"
  "python3-numpy:model pack and scorers"
  "python3-pil:vehicles and people of make eval-passages; typefaces on drawn plates"
  "openssl:independent check of certificates in the tests"
  "faketime:broker and OpenSSL at another time, in the tests of clocks"
  "chromium:page tests"
  "systemd:judges our units in the tests (systemd-analyze); it need not run"
)

# for models/plates only; every font may be absent but DejaVu
training=(
  "python3-torch:training"
  "libopenblas0-pthread:fast matrix products for PyTorch"
  "python3-opencv:drawing and augmenting plates"
  "python3-matplotlib:plots of make eval-plates"
  "opencv-data:Haar cascade, a peer in make eval-plates"
  "fonts-opendin:DIN 1451" "fonts-roadgeek:highway series" "fonts-routed-gothic:stroke lettering" "fonts-osifont:ISO 3098" "fonts-bebas-neue:condensed"
  "fonts-league-mono:monospaced" "fonts-adf-gillius:condensed" "fonts-adf-universalis:condensed" "fonts-texgyre:Helvetica-like and serif" "fonts-roboto-unhinted:condensed"
  "fonts-open-sans:condensed"
)
case "${1:-}" in
  "") ;;
  --training) need+=("${training[@]}") ;;
  *) sed -n '2,4s/^# //p' "$0" >&2; exit 2 ;;
esac

say() { printf 'setup: %s\n' "$*" >&2; }

missing=()
for entry in "${need[@]}"; do
  name=${entry%%:*}
  dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' && continue
  missing+=("$name")
  say "needs $name (${entry#*:})"
done

if [ ${#missing[@]} -gt 0 ]; then
  root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { say "not root and no sudo: run as root: apt-get install ${missing[*]}"; exit 3; }
    root=(sudo)
  fi
  say "installing ${#missing[@]} Debian packages"
  "${root[@]}" apt-get update -q >&2
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
fi

for tool in dotnet npm; do
  command -v "$tool" >/dev/null || { say "$tool is missing: install the .NET 10 SDK and npm first"; exit 3; }
done

if ! cmp -s models/package-lock.json models/node_modules/.picket-lock 2>/dev/null; then
  say "npm ci in models/ (face models, demo clips, the peer of the plate reader; about 90 MB)"
  (cd models && npm ci --ignore-scripts --no-audit --no-fund >&2)
  cp models/package-lock.json models/node_modules/.picket-lock
fi
say "ready"
