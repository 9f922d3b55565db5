#!/usr/bin/env python3
"""Writes tests/parity/wcs_golden.txt: what astropy and ERFA make of headers and sky systems.

    python3 tests/parity/make_wcs_golden.py > tests/parity/wcs_golden.txt

Lines: `header NAME N` and N cards; `point X Y RA DEC` for the header above (1-based pixels, ICRS
degrees); `system NAME LONGITUDE LATITUDE RA DEC`.
"""
import warnings

import erfa
import numpy as np
from astropy.coordinates import FK4, SkyCoord
from astropy.io import fits
from astropy.wcs import WCS

warnings.simplefilter("ignore")


def header(ctype, crval, crpix=(512.5, 400.0), **keywords):
    result = fits.Header()
    result["NAXIS"] = 2
    result["NAXIS1"] = 1000
    result["NAXIS2"] = 800
    for i in range(2):
        result[f"CTYPE{i + 1}"] = ctype[i]
        result[f"CRVAL{i + 1}"] = crval[i]
        result[f"CRPIX{i + 1}"] = crpix[i]
    for key, value in keywords.items():
        result[key] = value
    return result


def to_icrs(longitude, latitude, frame):
    """Degrees to ICRS degrees, with the frames' definitions as DS9 (AST) has them."""
    if frame == "ecliptic":  # ERFA's rotation applied to FK5 positions
        v = erfa.s2c(*np.radians([longitude, latitude]))
        longitude, latitude = np.degrees(erfa.c2s(erfa.ecm06(2451545.0, 0.0).T @ v))
        frame = "fk5"
    if frame == "fk4":  # seen at J2000
        frame = FK4(equinox="B1950", obstime="J2000")
    sky = SkyCoord(longitude, latitude, unit="deg", frame=frame).icrs
    return sky.ra.deg, sky.dec.deg


SCALE = 0.0396 / 3600.0
TAN = ("RA---TAN", "DEC--TAN")
CD = dict(CD1_1=-0.8 * SCALE, CD1_2=0.6 * SCALE, CD2_1=0.6 * SCALE, CD2_2=0.8 * SCALE)
SIP = dict(A_ORDER=3, B_ORDER=3, A_2_0=8.7e-6, A_1_1=-5.2e-6, A_0_3=-3.3e-11, B_0_2=-7.5e-6,
           B_1_1=6.2e-6, B_3_0=1.4e-10)
HEADERS = {
    "tan_cd": (header(TAN, (65.0017, -54.938), **CD), "icrs"),
    "tan_pole": (header(TAN, (120.0, 89.999), **CD), "icrs"),
    "tan_seam": (header(TAN, (0.0003, 12.0), **CD), "icrs"),
    "tan_pc": (header(TAN, (200.0, 47.0), CDELT1=-1e-4, CDELT2=1e-4, PC1_1=0.96, PC1_2=-0.28,
                      PC2_1=0.28, PC2_2=0.96), "icrs"),
    "tan_crota": (header(TAN, (200.0, 47.0), CDELT1=-1e-4, CDELT2=1e-4, CROTA2=33.0), "icrs"),
    "sip": (header(("RA---TAN-SIP", "DEC--TAN-SIP"), (202.5, 47.2), **CD, **SIP), "icrs"),
    "tpv": (header(("RA---TPV", "DEC--TPV"), (10.7, 41.3), CD1_1=-5.2e-5, CD1_2=1e-7, CD2_1=2e-7,
                   CD2_2=5.2e-5, PV1_0=1e-5, PV1_1=1.001, PV1_2=0.0, PV1_4=2e-3, PV2_0=-2e-5,
                   PV2_1=0.999, PV2_2=0.0, PV2_6=-1e-3), "icrs"),
    "swapped": (header(("DEC--TAN", "RA---TAN"), (-54.938, 65.0017), CD1_1=0.0, CD1_2=SCALE,
                       CD2_1=-SCALE, CD2_2=0.0), "icrs"),
    "car": (header(("GLON-CAR", "GLAT-CAR"), (30.0, 0.0), CDELT1=-0.01, CDELT2=0.01), "galactic"),
    "ait": (header(("GLON-AIT", "GLAT-AIT"), (0.0, 0.0), CDELT1=-0.2, CDELT2=0.2), "galactic"),
    "fk4": (header(TAN, (187.07, 12.66), RADESYS="FK4", EQUINOX=1950.0, **CD), "fk4"),
    "old": (header(TAN, (187.07, 12.66), EQUINOX=1950.0, **CD), "fk4"),
    "fk5": (header(TAN, (187.07, 12.66), RADESYS="FK5", EQUINOX=2000.0, **CD), "fk5"),
    "ecliptic": (header(("ELON-TAN", "ELAT-TAN"), (100.0, -20.0), RADESYS="ICRS", **CD),
                 "ecliptic"),
}
POINTS = [(1.0, 1.0), (512.5, 400.0), (1000.0, 800.0), (37.25, 612.75), (900.5, 15.125)]

for name, (cards, frame) in HEADERS.items():
    lines = [card.image for card in cards.cards] + ["END".ljust(80)]
    print("header", name, len(lines))
    print("\n".join(lines))
    wcs = WCS(cards)
    for x, y in POINTS:
        world = wcs.all_pix2world([[x, y]], 1)[0]
        if not np.all(np.isfinite(world)):
            continue
        if name == "swapped":
            world = world[::-1]
        print("point", x, y, "%.12f %.12f" % tuple(to_icrs(*world, frame)))

for frame in ["fk5", "fk4", "galactic", "ecliptic"]:
    for longitude, latitude in [(0, 0), (83.633, 22.014), (187.7, 12.39), (266.4, -29.0),
                                (359.999, 89.5), (10.0, -89.9), (120.5, -45.25)]:
        ra, dec = to_icrs(longitude, latitude, frame)
        print("system", frame, longitude, latitude, f"{ra:.12f} {dec:.12f}")

# The pixel (50, 50) of an ICRS image centred at 83.633 22.014, as DS9 8.4.1 saves it.
for frame, longitude, latitude in [
    ("fk5", "83.6330076247", "22.0139947866"),
    ("fk4", "82.8807371155", "21.9813139529"),
    ("galactic", "184.5578404692", "-5.7846894088"),
    ("ecliptic", "84.0974134691", "-1.2949241995"),
]:
    print("ds9", frame, longitude, latitude, "83.633 22.014")
