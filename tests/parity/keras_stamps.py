#!/usr/bin/python3
"""44 stamps through a Keras network, by skyclass and by hand: keras_stamps.py SKYCLASS DIRECTORY SCRATCH

DIRECTORY has the network (DL_model.h5) and two folders of stamps, stars and empty sky. By hand, in
NumPy and PyTorch: 30 x 30 grey values, 20 kernels of 3 x 3 with the size kept, ReLU, 2 x 2 maxima,
flattened by rows, columns, channels, one sigmoid; the weights are read by h5py. By skyclass: the
network imported with a recipe, the stamps side by side in one FITS image, classified there. Prints how
far the scores are apart and how many stamps each class gets; fails where they are more than 1e-4 apart.
"""
import csv
import glob
import os
import subprocess
import sys

import h5py
import numpy as np
import torch
from astropy.io import fits
from PIL import Image
from torch.nn import functional

RECIPE = """cutout = 30
nearest = yes
band = GREY
class = empty sky
class = star
"""
SIZE = 30


def by_hand(path, stamps):
    with h5py.File(path) as file:
        weights = file["model_weights"]
        kernel, bias = (np.array(weights["conv2d_1/conv2d_1"][name]) for name in ("kernel:0", "bias:0"))
        dense, last = (np.array(weights["dense_1/dense_1"][name]) for name in ("kernel:0", "bias:0"))
    x = functional.conv2d(torch.tensor(stamps)[:, None], torch.tensor(kernel.transpose(3, 2, 0, 1)),
                          torch.tensor(bias), padding=1)
    x = functional.max_pool2d(functional.relu(x), 2).numpy()
    z = x.transpose(0, 2, 3, 1).reshape(len(stamps), -1).astype(float) @ dense[:, 0] + last[0]
    return 1 / (1 + np.exp(-z))


def by_skyclass(program, path, stamps, scratch):
    join = lambda name: os.path.join(scratch, name)
    # A row of stamps with room about each, since a cutout at the edge is not classified.
    sky = np.zeros((SIZE * 3, SIZE * (2 * len(stamps) + 1)), np.float32)
    lines = []
    for i, stamp in enumerate(stamps):
        left = SIZE * (2 * i + 1)
        sky[SIZE:2 * SIZE, left:left + SIZE] = stamp
        # The middle of 30 pixels is the one with index 15: 1-based, 16.
        lines.append(f"{i + 1} {left + SIZE // 2 + 1} {SIZE + SIZE // 2 + 1}\n")
    fits.writeto(join("stamps.fits"), sky, overwrite=True)
    for name, text in (("grey.recipe", RECIPE), ("stamps.txt", "".join(lines))):
        with open(join(name), "w") as file:
            file.write(text)
    run = lambda *arguments: subprocess.run([program, *arguments], check=True, stdout=subprocess.DEVNULL)
    run("import", path, "--recipe", join("grey.recipe"), "-o", join("grey.fits"))
    run("classify", "--model", join("grey.fits"), "--bands", "GREY=" + join("stamps.fits"),
        "--sources", join("stamps.txt"), "--out", join("stamps.csv"))
    with open(join("stamps.csv")) as file:
        rows = list(csv.DictReader(file))
    return np.array([float(row["score_2"]) for row in rows]), [row["class"] for row in rows]


def main(program, directory, scratch):
    network = os.path.join(directory, "DL_model.h5")
    if not os.path.exists(network):
        print(f"no {network}: skipped")
        return 0
    os.makedirs(scratch, exist_ok=True)
    paths = sorted(glob.glob(os.path.join(directory, "sample_*", "*.jpg")))
    stamps = np.array([np.array(Image.open(path).convert("L"), np.float32) for path in paths])
    expected = by_hand(network, stamps)
    scores, classes = by_skyclass(program, network, stamps, scratch)
    stars = np.array(["sample_stars" in path for path in paths])
    found = np.array([c == "2" for c in classes])
    apart = abs(scores - expected).max()
    same = int((found == (expected > 0.5)).sum())
    print(f"{len(paths)} stamps: scores at most {apart:.1e} apart, {same} of the same class; "
          f"{int((found & stars).sum())} of {stars.sum()} stars are called stars, "
          f"{int((~found & ~stars).sum())} of {(~stars).sum()} of empty sky empty")
    return 0 if apart < 1e-4 and same == len(paths) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
