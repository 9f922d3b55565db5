#!/usr/bin/python3
"""skyclass match against astropy's search_around/match_to_catalog_sky, by result and by time.

    match.py SKYCLASS WORK_DIRECTORY [N]

Two lists of N sources [100000] over one square degree and over the whole sky, half of the second
near the first. Prints one line a check and "N passed, N failed"; exit status 1 when any failed.
"""
import os
import subprocess
import sys
import time

import numpy
from astropy import units
from astropy.coordinates import SkyCoord
from astropy.table import Table

from compare import Tally

RADIUS = 1.0  # arcsec


def draw(n, generator, whole_sky):
    if whole_sky:
        ra = generator.uniform(0, 360, n)
        dec = numpy.degrees(numpy.arcsin(generator.uniform(-1, 1, n)))
    else:
        ra, dec = generator.uniform(359.5, 360.5, n) % 360, generator.uniform(-0.5, 0.5, n)
    near = generator.permutation(n)[: n // 2]
    ra_2, dec_2 = generator.permutation(ra), generator.uniform(-89, 89, n)
    ra_2[near] = ra[near] + generator.normal(0, 0.5 / 3600, near.size) / numpy.cos(
        numpy.radians(dec[near]))
    dec_2[near] = numpy.clip(dec[near] + generator.normal(0, 0.5 / 3600, near.size), -90, 90)
    return (ra, dec), (ra_2 % 360, dec_2)


def check(program, directory, n, whole_sky, tally):
    name = "whole sky" if whole_sky else "one square degree"
    lists = draw(n, numpy.random.default_rng(1), whole_sky)
    paths = [os.path.join(directory, f"{i}.fits") for i in (1, 2)]
    for path, (ra, dec) in zip(paths, lists):
        Table({"id": numpy.arange(n), "ra": ra, "dec": dec}).write(path, overwrite=True)
    out = os.path.join(directory, "out.fits")
    started = time.monotonic()
    subprocess.run([program, "match", *paths, "--radius", str(RADIUS), "--out", out], check=True,
                   stdout=subprocess.DEVNULL)
    ours = time.monotonic() - started
    started = time.monotonic()
    # Read, matched and written, as ours is.
    tables = [Table.read(path) for path in paths]
    a, b = (SkyCoord(t["ra"] * units.deg, t["dec"] * units.deg) for t in tables)
    index, separation, _ = a.match_to_catalog_sky(b)
    tables[0]["separation"] = separation.arcsec
    tables[0].write(os.path.join(directory, "theirs.fits"), overwrite=True)
    theirs = time.monotonic() - started
    table = Table.read(out)
    here = numpy.ma.filled(table["id_2"], -1).astype(int)
    there = numpy.where(separation.arcsec <= RADIUS, index, -1)
    tally.note((here == there).all(), f"{name}: {(here != there).sum()} of {n} partners differ")
    matched = here >= 0
    worst = numpy.abs(numpy.asarray(table["separation"])[matched] - separation.arcsec[matched]).max()
    tally.note(worst < 1e-6, f"{name}: separations differ by at most {worst:.1e} arcsec")
    print(f"     {name}: {ours:.2f} s here, {theirs:.2f} s astropy, ratio {theirs / ours:.1f}")


def main():
    program, directory = sys.argv[1:3]
    n = int(sys.argv[3]) if len(sys.argv) > 3 else 100000
    os.makedirs(directory, exist_ok=True)
    tally = Tally()
    for whole_sky in (False, True):
        check(program, directory, n, whole_sky, tally)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return tally.failed > 0


if __name__ == "__main__":
    sys.exit(main())
