#!/usr/bin/env bash
# One slice of training for both plate models, each on one core. usage: models/plates/train.sh [MINUTES]   (default 20)
# Pools of drawn plates are made first; whatever is there already is kept, so the next call goes on where this one ended.
set -euo pipefail
cd "$(dirname "$0")/../.."
minutes=${1:-20}
python=/usr/bin/python3
mkdir -p artifacts/plates
say() { printf 'train-plates: %s\n' "$*" >&2; }

# One more pool a call, up to three: the first slice trains on the first pool alone, as the logged run did.
for seed in 1 2 3; do
  pool=artifacts/plates/pool-$seed.npz
  [ -f "$pool" ] && continue
  say "drawing 40,000 plates, seed $seed"
  $python models/plates/draw.py pool --count 40000 --seed "$seed" --out "$pool.part.npz"
  mv "$pool.part.npz" "$pool"
  break
done
say "reader and detector, $minutes minutes, one core each; logs in models/plates/log/"
$python models/plates/train_reader.py --minutes "$minutes" & reader=$!
trap 'kill $reader 2>/dev/null || true' EXIT
$python models/plates/train_detector.py --minutes "$minutes"
wait $reader
trap - EXIT
say "done; a model is shipped with: $python models/plates/export.py reader --state artifacts/plates/reader.pt --out models/plates/weights/plate-read.onnx"
