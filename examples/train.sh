#!/bin/sh
# From simulated galaxies to a trained and measured model. Minutes here, for the look of it; the
# bundled model took `make model`.
#   examples/train.sh [DIRECTORY]
set -eu
program=$(dirname "$0")/../build/skyclass
directory=${1:-$(mktemp -d)}

"$program" dataset --mock 4 --seed 1 -o "$directory/training.fits"
"$program" dataset --mock 2 --seed 100 -o "$directory/held-out.fits"
"$program" train --data "$directory/training.fits" -o "$directory/my.fits" \
    --epochs 2 --batch 64 --copies 1 --learning-rate 5e-4 --schedule cosine --max-minutes 10
"$program" evaluate --model "$directory/my.fits" --data "$directory/held-out.fits" \
    -o "$directory/report"
cat "$directory/report/report.md"
