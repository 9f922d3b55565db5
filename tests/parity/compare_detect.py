#!/usr/bin/env python3
"""skyclass detect beside SExtractor on a mock field: completeness and false detections.

    python3 tests/parity/compare_detect.py DIR [--filter f555w] [--skyclass build/skyclass]
        [--threshold 5] [--mesh 32] [--deblend 0.0005] [--cuts "ci=1.0 fwhm=10"]

DIR is what `skyclass simulate -o DIR` wrote. Both programs run with the same mesh, threshold, area,
filter and deblending; skyclass once without the cuts (what SExtractor does) and once with them.
A catalogued source is found when a detection lies within 2 pixels. False detections are those in the
same image with its sign turned: noise is as often negative as positive, sources are not.
"""
import argparse
import glob
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
from astropy.io import fits
from astropy.table import Table
from scipy.spatial import cKDTree

MATCH = 2.0  # pixels
EDGE = 17  # pixels; skyclass's cut at the edge, which SExtractor does not have


def run(command, **options):
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed: {done.stderr.strip()}")
    return time.monotonic() - start


def sextractor(image, directory, mesh, threshold, deblend):
    with open(os.path.join(directory, "out.param"), "w") as stream:
        stream.write("X_IMAGE\nY_IMAGE\n")
    with open(os.path.join(directory, "filter.conv"), "w") as stream:
        stream.write("CONV NORM\n1 2 1\n2 4 2\n1 2 1\n")
    command = ["source-extractor", image]
    for key, value in dict(
        CATALOG_NAME="out.cat", CATALOG_TYPE="ASCII", PARAMETERS_NAME="out.param", FILTER="Y",
        FILTER_NAME="filter.conv", DETECT_THRESH=threshold, ANALYSIS_THRESH=threshold,
        DETECT_MINAREA=5, BACK_SIZE=mesh, BACK_FILTERSIZE=3, DEBLEND_NTHRESH=32,
        DEBLEND_MINCONT=deblend, CLEAN="Y", CLEAN_PARAM=1.0, SATUR_LEVEL=1e9, VERBOSE_TYPE="QUIET",
    ).items():
        command += [f"-{key}", str(value)]
    seconds = run(command, cwd=directory)
    return np.loadtxt(os.path.join(directory, "out.cat"), ndmin=2).reshape(-1, 2), seconds


def skyclass(program, image, directory, **options):
    out = os.path.join(directory, "out.csv")
    words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
    done = subprocess.run([program, "detect", "--image", image, "--out", out, *words],
                          capture_output=True, text=True)
    if "no source was found" in done.stderr:
        return np.empty((0, 2)), 0.0
    seconds = run([program, "detect", "--image", image, "--out", out, *words])
    table = Table.read(out, format="ascii.csv")
    return np.column_stack([table["x"], table["y"]]), seconds


def invert(image, directory):
    path = os.path.join(directory, "inverted.fits")
    with fits.open(image) as hdus:
        hdus[0].data = -hdus[0].data
        hdus.writeto(path)
    return path


def inside(x, y, shape):
    return (x > EDGE) & (y > EDGE) & (x < shape[1] - EDGE) & (y < shape[0] - EDGE)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory")
    parser.add_argument("--filter", default="f555w")
    parser.add_argument("--skyclass", default="build/skyclass")
    parser.add_argument("--mesh", type=int, default=32)
    parser.add_argument("--threshold", type=float, default=5.0)
    parser.add_argument("--deblend", type=float, default=0.0005)
    parser.add_argument("--cuts", default="", help="options of skyclass detect instead of its cuts")
    given = parser.parse_args()
    image = os.path.abspath(glob.glob(os.path.join(given.directory, f"*_{given.filter}.fits"))[0])
    truth = Table.read(glob.glob(os.path.join(given.directory, "*_truth.fits"))[0], hdu="TRUTH")
    shape = fits.getdata(image).shape
    truth = truth[inside(truth["X"], truth["Y"], shape)]

    settings = dict(mesh=given.mesh, threshold=given.threshold, deblend=given.deblend)
    cuts = dict(word.split("=") for word in given.cuts.split())
    open_cuts = {"ci": "-inf", "ci-max": "inf", "fwhm-min": 0, "fwhm": 1e9, "edge": 0}
    found = {}
    with tempfile.TemporaryDirectory() as directory:
        for sign, path in (("found", image), ("false", invert(image, directory))):
            found["SExtractor", sign] = sextractor(path, directory, **settings)
            found["skyclass, no cuts", sign] = skyclass(given.skyclass, path, directory,
                                                        **settings, **open_cuts)
            found["skyclass, LEGUS cuts", sign] = skyclass(given.skyclass, path, directory,
                                                           **settings, **cuts)

    edges = [17, 20, 21, 22, 23, 24, 25]
    print(f"{os.path.basename(image)}: {len(truth)} catalogued sources; threshold "
          f"{given.threshold:g} sigma, mesh {given.mesh}, deblending {given.deblend:g}")
    bins = "".join(f" {a}-{b}" for a, b in zip(edges, edges[1:]))
    print(f"{'':22s} found false      s | completeness, by V{bins} | by class   1    2    3    4")
    for name in ("SExtractor", "skyclass, no cuts", "skyclass, LEGUS cuts"):
        xy, seconds = found[name, "found"]
        xy = xy[inside(xy[:, 0], xy[:, 1], shape)]
        wrong = found[name, "false"][0]
        n_false = inside(wrong[:, 0], wrong[:, 1], shape).sum()
        near = cKDTree(xy).query(np.column_stack([truth["X"], truth["Y"]]))[0] < MATCH
        by_magnitude = ""
        for a, b in zip(edges, edges[1:]):
            chosen = (truth["F555W"] >= a) & (truth["F555W"] < b)
            by_magnitude += f"{near[chosen].mean():6.2f}" if chosen.any() else "     -"
        by_class = "".join(f"{near[truth['CLASS'] == c].mean():5.2f}" for c in (1, 2, 3, 4))
        print(f"{name:22s} {len(xy):5d} {n_false:5d} {seconds:6.1f} | {near.mean():12.3f}     "
              f"{by_magnitude} |         {by_class}")
    tree = cKDTree(found["SExtractor", "found"][0])
    own = found["skyclass, no cuts", "found"][0]
    same = (tree.query(own)[0] < 1.0).mean()
    print(f"{same:.3f} of skyclass's detections without cuts are SExtractor's too, within 1 pixel")


main()
