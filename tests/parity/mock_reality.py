#!/usr/bin/python3
"""The mock sky beside reality: one figure, one table, a three-colour picture and thumbnails.

  mock_reality.py PROGRAM DATA OUT

PROGRAM is the compiled mock_reality.c, DATA the directory with hst/ (real ACS stars and noise
correlation, from GalSim) and legus/ (the real catalogue of NGC 1566). Writes OUT/table.txt,
OUT/figure.png, OUT/ngc1566.png and OUT/classes.png. Ends with status 1 where the mock misses a
figure it must meet: encircled energies within 0.03, noise correlations and stellar CI within 0.05.
"""
import glob
import os
import struct
import subprocess
import sys
import zlib

import numpy as np
from astropy.io import fits

RADII = np.array([0.04, 0.06, 0.08, 0.10, 0.12, 0.16, 0.20, 0.28, 0.40])  # arcsec
BANDS = ["F275W", "F336W", "F438W", "F555W", "F814W"]
ZEROPOINTS = [22.65, 23.48, 24.98, 25.82, 24.67]
NORMALISED_AT = 0.75  # arcsec
LAGS = [(0, 1), (1, 1), (0, 2), (0, 3)]
CLASSES = {1: "symmetric", 2: "elongated", 3: "association", 4: "not a cluster"}
COLUMN = {"F275W": 5, "F336W": 7, "F438W": 9, "F555W": 11, "F814W": 13, "CI": 15, "class": 33}
SUBPIXELS = 11


def aperture(image, x, y, radius):
    """Flux within `radius` pixels of (x, y), partial pixels by 11 x 11 sub-pixels."""
    yy, xx = np.mgrid[: image.shape[0], : image.shape[1]]
    distance = np.hypot(xx - x, yy - y)
    inside = distance < radius - 0.71
    edge = ~inside & (distance < radius + 0.71)
    offsets = (np.arange(SUBPIXELS) - SUBPIXELS // 2) / SUBPIXELS
    dy, dx = (grid.ravel() for grid in np.meshgrid(offsets, offsets))
    share = np.hypot(xx[edge, None] + dx - x, yy[edge, None] + dy - y) <= radius
    return image[inside].sum() + (image[edge] * share.mean(1)).sum()


def centroid(image):
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    weight = np.clip(image, 0, None)
    return (x * weight).sum() / weight.sum(), (y * weight).sum() / weight.sum()


def curve_of_growth(image, x, y, scale):
    whole = aperture(image, x, y, NORMALISED_AT / scale)
    return np.array([aperture(image, x, y, r / scale) for r in RADII]) / whole


def fwhm(image, scale):
    """Diameter of the circle as large as the area above half maximum, on a fine grid."""
    from scipy.ndimage import zoom

    middle = [n // 2 for n in image.shape]
    core = image[middle[0] - 8 : middle[0] + 9, middle[1] - 8 : middle[1] + 9]
    fine = zoom(core, 8, order=3, grid_mode=True, mode="nearest")
    return 2 * np.sqrt((fine > fine.max() / 2).sum() / np.pi) / 8 * scale


def real_stars(path):
    curves, widths = [], []
    with fits.open(path) as stamps:
        for stamp in stamps:
            if stamp.data is None:
                continue
            image = stamp.data.astype(float)
            curves.append(curve_of_growth(image, *centroid(image), 0.03))
            widths.append(fwhm(image, 0.03))
    return np.array(curves), np.mean(widths)


def mock_stars(directory):
    stamps = np.load(f"{directory}/stars.npy").astype(float)
    positions = np.load(f"{directory}/positions.npy")
    curves = np.array(
        [
            [curve_of_growth(stamps[i, band], *positions[i], 0.04) for i in range(len(stamps))]
            for band in range(len(BANDS))
        ]
    )
    widths = [np.mean([fwhm(s, 0.04) for s in stamps[:, band]]) for band in range(len(BANDS))]
    return curves, widths


def concentration(curve):
    return 2.5 * np.log10(curve[..., list(RADII).index(0.12)] / curve[..., 0])


def correlation(noise, lag):
    dy, dx = lag
    noise = noise - noise.mean()
    a = noise[: noise.shape[0] - dy, : noise.shape[1] - dx]
    return (a * noise[dy:, dx:]).mean() / noise.var()


def catalogue(path):
    table = np.loadtxt(path)
    values = {name: table[:, column] for name, column in COLUMN.items()}
    for band in BANDS:
        values[band] = np.where(values[band] < 60, values[band], np.nan)
    return values


def quantiles(values):
    return np.nanpercentile(values, [16, 50, 84])


QUANTITIES = [
    ("CI", lambda t: t["CI"]),
    ("V", lambda t: t["F555W"]),
    ("NUV-U", lambda t: t["F275W"] - t["F336W"]),
    ("U-B", lambda t: t["F336W"] - t["F438W"]),
    ("B-V", lambda t: t["F438W"] - t["F555W"]),
    ("V-I", lambda t: t["F555W"] - t["F814W"]),
]


def write_png(path, rgb):
    height, width, _ = rgb.shape
    rows = b"".join(b"\0" + rgb[i].tobytes() for i in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    with open(path, "wb") as stream:
        stream.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header))
        stream.write(chunk(b"IDAT", zlib.compress(rows, 6)) + chunk(b"IEND", b""))


def three_colours(images, scale):
    """Figure 2 of Perez et al. (2021): NUV and U blue, B green, V and I red. `scale` in electrons/s
    a pixel of V is bright grey."""
    weights = [10 ** (0.4 * (ZEROPOINTS[3] - z)) for z in ZEROPOINTS]
    nuv, u, b, v, i = [image * w for image, w in zip(images, weights)]
    channels = [(v + 0.6 * i) / 1.9, b, (0.25 * nuv + 0.4 * u) / 1.2]
    stretched = [np.arcsinh(np.clip(c / scale, 0, None) * 6) / np.arcsinh(40) for c in channels]
    return (np.clip(np.stack(stretched, -1), 0, 1) * 255).astype(np.uint8)


def picture(images, path):
    step = 6
    height, width = (n // step * step for n in images.shape[1:])
    small = images[:, :height, :width].reshape(5, height // step, step, width // step, step)
    write_png(path, three_colours(small.mean((2, 4)), 0.25)[::-1])


def thumbnails(images, truth, path, n=10, size=32, zoom=4):
    """Ten sources a class: three colours above, V below."""
    generator = np.random.default_rng(0)
    rows = []
    for label in CLASSES:
        chosen = generator.permutation(np.where(truth["CLASS"] == label)[0])
        colour, grey = [], []
        for index in chosen:
            x, y = int(round(truth["X"][index])) - 1, int(round(truth["Y"][index])) - 1
            cut = images[:, y - size // 2 : y + size // 2, x - size // 2 : x + size // 2]
            if cut.shape != (5, size, size):
                continue
            base = np.percentile(cut, 20, axis=(1, 2), keepdims=True)
            middle = slice(size // 2 - 3, size // 2 + 3)
            peak = (cut - base)[3, middle, middle].max()
            colour.append(three_colours(cut - base, 0.7 * peak))
            v = np.clip((cut - base)[3] / peak, 0, 1) ** 0.6 * 255
            grey.append(np.repeat(v.astype(np.uint8)[..., None], 3, 2))
            if len(colour) == n:
                break
        for tiles in (colour, grey):
            tiles = [t[::-1].repeat(zoom, 0).repeat(zoom, 1) for t in tiles]
            tiles = [np.pad(t, ((1, 1), (1, 1), (0, 0)), constant_values=90) for t in tiles]
            rows.append(np.concatenate(tiles, 1))
    write_png(path, np.concatenate(rows, 0))


def figure(out, real_curve, mock_curves, noise, tables):
    def save(name, columns):
        np.savetxt(f"{out}/{name}.dat", np.column_stack(columns), fmt="%.5f")

    save("encircled", [RADII, real_curve] + [c.mean(0) for c in mock_curves])
    save("correlation", [range(len(LAGS)), noise["real"], noise["mock"]])
    bins = np.arange(1.2, 2.5, 0.05)
    magnitudes = np.arange(18.0, 25.6, 0.5)
    for label in CLASSES:
        columns, brightness = [bins[:-1] + 0.025], [magnitudes[:-1] + 0.25]
        for name in ("real", "mock"):
            t = tables[name]
            mask = tables["real"]["class"] == label
            columns.append(np.histogram(t["CI"][mask], bins)[0])
            brightness.append(np.histogram(t["F555W"][mask], magnitudes)[0])
            save(
                f"colours_{name}_{label}",
                [(t["F555W"] - t["F814W"])[mask], (t["F336W"] - t["F438W"])[mask]],
            )
        save(f"ci_{label}", columns)
        save(f"magnitude_{label}", brightness)
    plot = f"""set terminal pngcairo size 1500,1700 font ',10'
set output '{out}/figure.png'
set multiplot layout 5,3 title 'Mock sky (red) beside reality (black)'
set key bottom right; set xlabel 'radius (arcsec)'; set ylabel 'encircled energy'
plot '{out}/encircled.dat' u 1:2 w lp lc 'black' pt 7 t 'ACS F814W stars', '' u 1:7 w lp lc 'red' pt 6 t 'mock F814W', \\
 '' u 1:6 w l lc 'green' t 'F555W', '' u 1:5 w l lc 'cyan' t 'F438W', '' u 1:4 w l lc 'blue' t 'F336W', '' u 1:3 w l lc 'purple' t 'F275W'
set key top right; set xlabel 'lag'; set ylabel 'noise correlation'; set style fill solid 0.4; set boxwidth 0.35
set xtics ({", ".join(f"'({a},{b})' {i}" for i, (a, b) in enumerate(LAGS))})
plot '{out}/correlation.dat' u ($1-0.18):2 w boxes lc 'black' t 'COSMOS mosaics', '' u ($1+0.18):3 w boxes lc 'red' t 'mock'
set xtics autofreq; set style fill empty
set multiplot next
"""
    for label, words in CLASSES.items():
        plot += f"""set xlabel 'CI, class {label} ({words})'; set ylabel 'sources'
plot '{out}/ci_{label}.dat' u 1:2 w histeps lw 2 lc 'black' t 'NGC 1566', '' u 1:3 w histeps lw 2 lc 'red' t 'mock'
set xlabel 'V, class {label}'
plot '{out}/magnitude_{label}.dat' u 1:2 w histeps lw 2 lc 'black' notitle, '' u 1:3 w histeps lw 2 lc 'red' notitle
set xlabel 'V-I, class {label}'; set ylabel 'U-B'
plot [-1:2.5][1.5:-2.5] '{out}/colours_real_{label}.dat' w p pt 7 ps 0.3 lc 'black' notitle, '{out}/colours_mock_{label}.dat' w p pt 7 ps 0.3 lc 'red' notitle
"""
    subprocess.run(["gnuplot"], input=plot, text=True, check=True)
    for path in glob.glob(f"{out}/*.dat"):
        os.unlink(path)


def main(program, data, out):
    catalog = glob.glob(f"{data}/legus/*ngc1566*.tab")
    if not catalog or not os.path.isdir(f"{data}/hst"):
        print(f"skipped: no real data in {data} (hst/ and legus/)")
        return 0
    os.makedirs(out, exist_ok=True)
    subprocess.run([program, out, catalog[0]], check=True)

    lines, misses = [], []

    def compare(what, real, mock, tolerance):
        ok = abs(mock - real) <= tolerance
        lines.append(f"{what:34s} {real:8.3f} {mock:8.3f}   within {tolerance}: {'yes' if ok else 'NO'}")
        if not ok:
            misses.append(what)

    curves, width = real_stars(f"{data}/hst/acs_f814w_psf_stamps.fits")
    mocks, widths = mock_stars(out)
    lines.append(f"{'':34s} {'real':>8s} {'mock':>8s}")
    for k, radius in enumerate(RADII):
        compare(f'F814W encircled energy at {radius:.2f}"', curves.mean(0)[k], mocks[4].mean(0)[k], 0.03)
    compare("F814W stellar CI", concentration(curves).mean(), concentration(mocks[4]).mean(), 0.05)
    compare('F814W FWHM (")', width, widths[4], 0.01)
    for band in range(4):
        ci = concentration(mocks[band]).mean()
        lines.append(f'{BANDS[band]} stars: CI {ci:.3f}, FWHM {widths[band]:.3f}"')

    real_noise = fits.getdata(f"{data}/hst/acs_noise_correlation.fits")
    noise = np.load(f"{out}/noise.npy").astype(float)
    middle = real_noise.shape[0] // 2
    correlations = {"real": [], "mock": []}
    for dy, dx in LAGS:
        real = real_noise[middle + dy, middle + dx] / real_noise[middle, middle]
        mock = correlation(noise, (dy, dx))
        correlations["real"].append(real)
        correlations["mock"].append(mock)
        compare(f"noise correlation at lag ({dy},{dx})", real, mock, 0.05)

    tables = {"real": catalogue(catalog[0]), "mock": catalogue(f"{out}/ngc1566/NGC1566.tab")}
    lines.append("\nNGC 1566: 16th, 50th and 84th percentile by class of the real catalogue")
    lines.append(f"{'':34s} {'real':>22s}   {'mock':>22s}")
    for label in CLASSES:
        mask = tables["real"]["class"] == label
        lines.append(f"class {label} ({mask.sum()} sources)")
        for name, value in QUANTITIES:
            texts = [
                " ".join(f"{q:7.3f}" for q in quantiles(value(tables[side])[mask]))
                for side in ("real", "mock")
            ]
            lines.append(f"  {name:32s} {texts[0]:>22s}   {texts[1]:>22s}")

    figure(out, curves.mean(0), mocks, correlations, tables)
    images = np.array([fits.getdata(f"{out}/ngc1566/NGC1566_{b.lower()}.fits") for b in BANDS])
    truth = fits.getdata(f"{out}/ngc1566/NGC1566_truth.fits")
    picture(images, f"{out}/ngc1566.png")
    thumbnails(images, truth, f"{out}/classes.png")

    text = "\n".join(lines) + "\n"
    with open(f"{out}/table.txt", "w") as stream:
        stream.write(text)
    print(text, end="")
    for what in misses:
        print(f"missed: {what}", file=sys.stderr)
    return 1 if misses else 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
