#!/usr/bin/python3
"""How much `--precision bfloat16` changes: classifies mock fields both ways.

    compare_precision.py SKYCLASS DIR...

DIR is what `skyclass simulate -o DIR` wrote. Prints for each field, and for all, the sources whose
class differs, the largest and the root mean square difference of a score, and the seconds taken.
"""
import glob
import subprocess
import sys
import tempfile
import time

import numpy
from astropy.io import fits


def classify(skyclass, field, precision, output):
    start = time.perf_counter()
    subprocess.run([skyclass, "classify", "--images-in", field, "--sources",
                    glob.glob(f"{field}/*.tab")[0], "--precision", precision, "--out", output],
                   check=True, stdout=subprocess.DEVNULL)
    return fits.getdata(output, 1), time.perf_counter() - start


def main(skyclass, *fields):
    n_sources = n_changed = 0
    worst, seconds = 0.0, numpy.zeros(2)
    for field in fields:
        with tempfile.TemporaryDirectory() as directory:
            tables, times = zip(*[classify(skyclass, field, precision, f"{directory}/out.fits")
                                  for precision in ("float32", "bfloat16")])
        exact, pairs = ([table[name] for name in table.names if name.startswith("score_")]
                        for table in tables)
        differences = numpy.abs(numpy.subtract(exact, pairs, dtype=float))
        changed = int((tables[0]["class"] != tables[1]["class"]).sum())
        print(f"{field}: {len(tables[0])} sources, {changed} in another class, scores differ by at "
              f"most {numpy.nanmax(differences):.1e}, rms {numpy.sqrt(numpy.nanmean(differences**2)):.1e}")
        n_sources += len(tables[0])
        n_changed += changed
        worst = max(worst, numpy.nanmax(differences))
        seconds += times
    print(f"all: {n_sources} sources, {n_changed} in another class, scores differ by at most "
          f"{worst:.1e}; {seconds[0]:.1f} s in float32, {seconds[1]:.1f} s in bfloat16")


if __name__ == "__main__":
    main(*sys.argv[1:])
