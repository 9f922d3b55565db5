#!/usr/bin/python3
"""Single stars and round clusters made of real Hubble star images: does a model see what they are?

  real_stars.py SKYCLASS MODEL DATA [OUT]

SKYCLASS is the program, DATA the directory with hst/ (100 ACS F814W star images, from GalSim). For
each of three ways from F814W to the other bands' widths makes five images with a grid of stars and
of clusters on a smooth sky with the noise of drizzled images, classifies them and prints the share
called class 4 (stars) and class 1 (clusters) by magnitude and size. No mock sky holds any of these
star images: their mean encircled energies and the size of their asymmetry are all that it has of
them. Ends with status 1 where a share is below 95 %.
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
from astropy.io import fits
from scipy.ndimage import convolve1d, map_coordinates
from scipy.signal import fftconvolve

BANDS = ["F275W", "F336W", "F438W", "F555W", "F814W"]
# Of mock_band.c: zeropoints (Vega), sky in electrons/s a pixel, seconds, A / E(B-V).
ZEROPOINT = np.array([22.65, 23.48, 24.98, 25.82, 24.67])
SKY = np.array([0.0026, 0.0034, 0.0130, 0.0480, 0.0450])
EXPOSURE = np.array([2400.0, 1100.0, 1000.0, 1100.0, 1000.0])
EXTINCTION = np.array([6.14, 5.09, 4.18, 3.27, 1.85])
READ_NOISE, READOUTS = 3.1, 3
# Light of the galaxy behind, electrons/s a pixel: the means over cutouts that StarcNet subtracts,
# a quarter of them.
GALAXY = 0.25 * np.array([0.024, 0.138, 0.145, 0.254, 0.390])
SCALE, STAMP_SCALE = 0.0396, 0.03  # arcsec a pixel: LEGUS's mosaics, the star images
CELL, SIDE = 56, 41  # pixels between sources; pixels of a source's image
# Width of each band's point-spread function over that of F814W: the same image in every band;
# WFC3/UVIS (Instrument Handbook, table 6.7); half way to what diffraction alone would make.
WIDTHS = {
    "as F814W": [1.0, 1.0, 1.0, 1.0, 1.0],
    "WFC3": [1.04, 0.99, 0.93, 0.91, 1.0],
    "diffraction": [0.67, 0.71, 0.77, 0.83, 1.0],
}
# NUV-V, U-V, B-V, V, I-V of stars from 30,000 to 4,000 K (Castelli & Kurucz 2004) and of clusters
# from 3 Myr to 3 Gyr (Starburst99), to 0.1 mag.
STARS = [[-1.9, -1.55, -0.25, 0, 0.28], [-1.4, -1.15, -0.17, 0, 0.19], [0.1, 0.05, 0.03, 0, -0.02],
         [1.6, 0.8, 0.6, 0, -0.7], [4.2, 2.5, 1.3, 0, -1.3]]
CLUSTERS = [[-2.25, -1.7, -0.13, 0, 0.05], [-1.65, -1.25, -0.03, 0, -0.4], [-1.0, -0.75, 0.03, 0, -0.37],
            [-0.3, -0.3, 0.1, 0, -0.44], [0.25, 0.1, 0.2, 0, -0.56], [1.3, 0.6, 0.45, 0, -0.8]]
MAGNITUDES = [19.5, 20.5, 21.5, 22.5, 23.5]
# Distance in Mpc and effective radius in pc. Below 0.8 pixels a cluster cannot be told from a star,
# and LEGUS's cut in CI leaves it out.
SIZES = [(4, 1), (4, 2), (4, 4), (8, 1.5), (8, 2), (8, 4), (15, 3), (15, 4)]


def eff_profile(radius, slope=2.7, reach=60):
    """Elson, Fall & Freeman's (1987) profile with effective radius `radius`, on star image pixels."""
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    scale = radius / np.sqrt(2 ** (2 / (slope - 2)) - 1)
    fine = 0.0
    for dy in np.arange(-0.4, 0.41, 0.2):  # a pixel's mean: the core is narrow
        for dx in np.arange(-0.4, 0.41, 0.2):
            fine = fine + (1 + ((x + dx) ** 2 + (y + dy) ** 2) / scale**2) ** (-slope / 2)
    fine[np.hypot(x, y) > reach] = 0
    return fine / fine.sum()


def stamps(path):
    with fits.open(path) as file:
        images = [hdu.data.astype(float) for hdu in file if hdu.data is not None]
    for image in images:
        yield image / image.sum() * 0.97  # the rest of the light is farther out


def placed(image, width, dx, dy):
    """The image, `width` times as wide, on the mosaics' pixels, off the middle by dx, dy pixels."""
    middle = [(n - 1) / 2 for n in image.shape]
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    step = SCALE / STAMP_SCALE / width
    at = [(y - dy) * step + middle[0], (x - dx) * step + middle[1]]
    return map_coordinates(image, at, order=3, mode="constant") * step**2


def noise(generator, light, band):
    """Poisson's and the readouts', spread as drizzling does (correlation 0.48 of neighbours)."""
    counts = (light + SKY[band]) * EXPOSURE[band]
    deviation = generator.poisson(counts) - counts
    deviation += generator.normal(0, READ_NOISE * np.sqrt(READOUTS), light.shape)
    kernel = np.array([0.2768, 1, 0.2768]) / 1.5536
    return convolve1d(convolve1d(deviation, kernel, 0), kernel, 1) / EXPOSURE[band]


def classes(skyclass, model, images, positions, directory):
    for band, image in zip(BANDS, images):
        fits.writeto(f"{directory}/sky_{band.lower()}.fits", image.astype(np.float32), overwrite=True)
    np.savetxt(f"{directory}/list.txt", positions, header="x y", comments="", fmt="%.3f")
    output = f"{directory}/classes.csv"
    run = [skyclass, "classify", "--model", model, "--images-in", directory, "--as-is"]
    run += ["--sources", f"{directory}/list.txt", "--out", output]
    done = subprocess.run(run, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"real_stars: {done.stderr}")
    table = np.genfromtxt(output, delimiter=",", names=True, comments="#")
    return table["class"].astype(int)


def field(generator, sources, width):
    """Five images and 1-based positions of (image, V, colours) of `sources`, each in a cell of a grid."""
    columns = int(np.ceil(np.sqrt(len(sources))))
    images = np.zeros((5, columns * CELL, columns * CELL))
    positions = []
    half = SIDE // 2
    for i, (source, v, colours) in enumerate(sources):
        x, y = (i % columns) * CELL + CELL // 2, (i // columns) * CELL + CELL // 2
        dx, dy = generator.uniform(-0.5, 0.5, 2)
        colour = colours[generator.integers(len(colours))] + 0.1 * EXTINCTION * generator.exponential()
        for band in range(5):
            flux = 10 ** (0.4 * (ZEROPOINT[band] - v - colour[band] + colour[3]))
            image = flux * placed(source, width[band], dx, dy)
            images[band, y - half : y + half + 1, x - half : x + half + 1] += image
        positions.append((x + dx + 1, y + dy + 1))
    for band in range(5):
        images[band] += GALAXY[band]
        images[band] += noise(generator, np.clip(images[band], 0, None), band)
    return images, positions


def main(skyclass, model, data, out=None):
    path = f"{data}/hst/acs_f814w_psf_stamps.fits"
    if not os.path.exists(path):
        print(f"skipped: no real star images in {data}/hst")
        return 0
    generator = np.random.default_rng(1)
    stars = list(stamps(path))
    kinds = [("single stars", 4, stars, np.array(STARS))]
    for distance, radius in SIZES:
        pixels = radius / (distance * 1e6) * 206264.8 / SCALE
        profile = eff_profile(pixels * SCALE / STAMP_SCALE)
        round_ones = [fftconvolve(image, profile) for image in stars[::4]]
        name = f"clusters, {radius} pc at {distance} Mpc ({pixels:.1f} pixels)"
        kinds.append((name, 1, round_ones, np.array(CLUSTERS)))
    sources = [(s, v, colours) for _, _, images, colours in kinds for v in MAGNITUDES for s in images]
    lines, poor = [], 0
    with tempfile.TemporaryDirectory() as directory:
        for name, width in WIDTHS.items():
            images, positions = field(generator, sources, width)
            found = classes(skyclass, model, images, positions, directory)
            lines.append(f"{'widths ' + name:40s}class   % at V = " + " ".join(f"{v:5.1f}" for v in MAGNITUDES)
                         + "   % of class 1, 2, 3, 4")
            shares = {1: [], 4: []}
            first = 0
            for what, label, made, _ in kinds:
                got = found[first : first + len(MAGNITUDES) * len(made)].reshape(len(MAGNITUDES), -1)
                first += got.size
                right = 100 * (got == label).mean(1)
                shares[label].append(right.mean())
                all_classes = " ".join(f"{100 * (got == k).mean():.0f}" for k in (1, 2, 3, 4))
                lines.append(f"  {what:38s}{label}                " + " ".join(f"{x:5.0f}" for x in right)
                             + f"   {all_classes}")
            lines.append(f"  all: stars {np.mean(shares[4]):.1f} %, clusters {np.mean(shares[1]):.1f} %")
            poor += np.mean(shares[4]) < 95 or np.mean(shares[1]) < 95
    text = "\n".join(lines)
    print(text)
    if out:
        with open(out, "w") as stream:
            stream.write(text + "\n")
    return 1 if poor else 0


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
