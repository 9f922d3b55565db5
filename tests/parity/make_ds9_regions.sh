#!/bin/sh
# Has DS9 save tests/unit/data/regions/shapes.reg in every coordinate system and format it has, for
# tests/unit/test_region.c. Needs ds9, xpa, Xvfb and astropy; run from the top of the source tree.
set -eu
data=$PWD/tests/unit/data/regions
work=$(mktemp -d)
export DISPLAY=:${DISPLAY_NUMBER:-43} XPA_METHOD=local TMPDIR="$work"
Xvfb "$DISPLAY" -screen 0 1024x768x24 >/dev/null 2>&1 &
xvfb=$!
ds9=
trap 'kill $ds9 $xvfb 2>/dev/null; rm -rf "$work"' EXIT

# An image with a rotated ICRS WCS, a date (DS9's FK4 depends on it) and physical pixels that are
# not the image's. The same numbers stand in test_region.c.
"${PYTHON:-python3}" - "$work/image.fits" <<'PYTHON'
import sys
import numpy as np
from astropy.io import fits
image = fits.PrimaryHDU(np.zeros((200, 256), "f4"))
image.header.update({
    "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 24.174, "CRVAL2": 15.7836,
    "CRPIX1": 128.5, "CRPIX2": 100.25, "CD1_1": -9.9e-6, "CD1_2": 3.3e-6, "CD2_1": 3.3e-6,
    "CD2_2": 9.9e-6, "RADESYS": "ICRS", "MJD-OBS": 51544.5,
    "LTV1": -10.0, "LTV2": -20.0, "LTM1_1": 1.0, "LTM2_2": 1.0})
image.writeto(sys.argv[1])
PYTHON

ds9 -title regions_$$ "$work/image.fits" &
ds9=$!
tries=0
until xpaaccess -n "regions_$$" | grep -q '^1'; do
    tries=$((tries + 1))
    [ $tries -lt 120 ] || { echo "DS9 does not answer" >&2; exit 1; }
    sleep 0.5
done
regions() { xpaset -p "regions_$$" regions "$@"; }
save() { # save NAME FORMAT SYSTEM SKY SKYFORMAT
    regions format "$2"; regions system "$3"; regions sky "$4"; regions skyformat "$5"
    regions save "$data/$1.reg"
}

regions load "$data/shapes.reg"
save ds9_image ds9 image fk5 degrees
save ds9_physical ds9 physical fk5 degrees
for sky in fk4 fk5 icrs galactic ecliptic; do
    for format in degrees sexagesimal; do
        save "ds9_${sky}_$format" ds9 wcs $sky $format
    done
done
for format in ciao saotng pros xy; do
    save ${format}_image $format image fk5 degrees
    save ${format}_fk5 $format wcs fk5 sexagesimal
done
save saotng_fk5_degrees saotng wcs fk5 degrees
save saoimage saoimage image fk5 degrees
regions strip yes
save ds9_strip ds9 image fk5 degrees
