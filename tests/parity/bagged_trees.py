"""The baseline of Grasha et al. (2019) as the StarcNet paper (section 5.3) repeats it.

100 bagged decision trees (scikit-learn's BaggingClassifier, Gini, grown until
the leaves are pure) on the raw pixels of the middle 15 x 15 of F336W, F555W and
F814W: 675 numbers a source. Prints the four- and two-class accuracy on the test
set, to be held beside `skyclass evaluate` on the same files.

    python3 tests/parity/bagged_trees.py TRAINING.fits TEST.fits [--rotations]
        [--sources N] [--trees 100] [--jobs 2] [--seed 1]

--rotations adds the training sources turned by 90, 180 and 270 degrees, as the
paper does; it takes four times as long. --sources trains on the first N of a
random order.
"""
import argparse
import time

import numpy
from astropy.io import fits
from sklearn.ensemble import BaggingClassifier
from sklearn.tree import DecisionTreeClassifier

BANDS = ["F336W", "F555W", "F814W"]
SIZE = 15


def read(path):
    """Patches [n][band][15][15] and classes from 1 of a skyclass dataset."""
    with fits.open(path) as file:
        header = file[0].header
        names = [header[f"BAND{i + 1}"] for i in range(header["NBAND"])]
        first = header["CUTSIZE"] // 2 - SIZE // 2
        window = slice(first, first + SIZE)
        cutouts = file["CUTOUTS"].data
        patches = numpy.stack(
            [cutouts[:, names.index(band), window, window] for band in BANDS], axis=1)
        return numpy.nan_to_num(patches).astype("f4"), numpy.array(file["LABELS"].data["CLASS"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("training")
    parser.add_argument("test")
    parser.add_argument("--rotations", action="store_true")
    parser.add_argument("--sources", type=int)
    parser.add_argument("--trees", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    patches, classes = read(options.training)
    order = numpy.random.default_rng(options.seed).permutation(len(classes))[:options.sources]
    patches, classes = patches[order], classes[order]
    n_sources = len(classes)
    if options.rotations:
        patches = numpy.concatenate([numpy.rot90(patches, k, axes=(2, 3)) for k in range(4)])
        classes = numpy.tile(classes, 4)
    trees = BaggingClassifier(DecisionTreeClassifier(criterion="gini"),
                              n_estimators=options.trees, n_jobs=options.jobs,
                              random_state=options.seed)
    start = time.time()
    trees.fit(patches.reshape(len(patches), -1), classes)
    test, truth = read(options.test)
    predicted = trees.predict(test.reshape(len(test), -1))
    print(f"{options.trees} bagged trees on {n_sources} sources"
          f"{' in four rotations' if options.rotations else ''}, {time.time() - start:.0f} s: "
          f"{100 * numpy.mean(predicted == truth):.1f} % of {len(truth)} (4 classes), "
          f"{100 * numpy.mean((predicted <= 2) == (truth <= 2)):.1f} % (2 classes)")


main()
