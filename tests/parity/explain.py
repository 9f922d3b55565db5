#!/usr/bin/python3
"""Heat maps of skyclass explain against an independent statement in PyTorch (float64).

    explain.py SKYCLASS MODEL.fits WORK_DIRECTORY

StarcNet is compare.py's; Grad-CAM, guided backpropagation and occlusion are written here from the
papers (Selvaraju et al. 2017; Springenberg et al. 2015; Zeiler & Fergus 2014). The weights come out
of the model file through astropy, the cutouts out of a mock field. Prints one line a check and
"N passed, N failed"; exit status 1 when any failed.
"""
import os
import subprocess
import sys

import numpy
import torch
from astropy.io import fits

from compare import StarcNet, Tally
from layers import GuidedReLU

TOLERANCE = 1e-4  # of a map's largest value
N_SOURCES = 4
PATCH, STRIDE = 6, 4
FILTERS = ("f275w", "f336w", "f438w", "f555w", "f814w")
CROPS = ((0, 32), (6, 20), (11, 11))  # first pixel and side of what each pathway sees


def read_model(path):
    model = StarcNet().double()
    with fits.open(path) as file:
        tensors = {hdu.name: hdu.data for hdu in file[1:] if hdu.is_image}
        means = numpy.array([file[0].header[f"MEAN{i}"] for i in range(1, 6)])
    with torch.no_grad():
        for name, parameter in model.published_parameters():
            values = tensors[name if name in tensors else name.upper()]
            parameter.copy_(torch.from_numpy(values.astype(float)).reshape(parameter.shape))
    return model, means.astype(numpy.float32)


def read_sources(directory):
    rows = [line.split() for line in open(os.path.join(directory, "MOCK.tab"))]
    return [row[:3] for row in rows if not line_is_comment(row)][:N_SOURCES]


def line_is_comment(row):
    return not row or row[0].startswith("#")


def read_cutouts(directory, sources):
    bands = [fits.getdata(os.path.join(directory, f"MOCK_{name}.fits")) for name in FILTERS]
    corners = [(int(float(x)) - 16, int(float(y)) - 16) for _, x, y in sources]
    return numpy.stack([[band[y:y + 32, x:x + 32] for band in bands] for x, y in corners])


class Looked:
    """StarcNet with the maps of the last activations kept, and activations guided on request."""

    def __init__(self, model, guided):
        self.model = model
        self.maps = []
        for pathway in model.pathways:
            pathway.activation = lambda x, number: self.activation(x, number, guided)

    def activation(self, x, number, guided):
        y = GuidedReLU.apply(x, 0.01) if guided else torch.nn.functional.leaky_relu(x, 0.01)
        if number == 12 and y.requires_grad:
            y.retain_grad()
            self.maps.append(y)
        return y

    def gradient(self, x, label):
        self.maps.clear()
        x = x.clone().requires_grad_(True)
        self.model(x[None])[0, label].backward()
        return x.grad


def gradcam(model, x, label):
    looked = Looked(model, False)
    looked.gradient(x, label)
    heat = torch.zeros(32, 32, dtype=torch.float64)
    for maps, (first, side) in zip(looked.maps, CROPS):
        weights = maps.grad.mean((2, 3), keepdim=True)
        part = torch.relu((weights * maps).sum(1, keepdim=True))
        part = torch.nn.functional.interpolate(part, (side, side), mode="bilinear")
        heat[first:first + side, first:first + side] += part[0, 0].detach()
    return (heat / heat.max() if heat.max() > 0 else heat)[None]


def occlusion(model, x, label, each_band):
    edge = numpy.ones((32, 32), bool)
    edge[1:-1, 1:-1] = False
    background = torch.stack([band[torch.from_numpy(edge)].median() for band in x])
    starts = [min(i * STRIDE, 32 - PATCH) for i in range(-(-(32 - PATCH) // STRIDE) + 1)]
    planes = [[band] for band in range(5)] if each_band else [list(range(5))]
    with torch.no_grad():
        whole = torch.softmax(model(x[None]), 1)[0, label]
        falls = torch.zeros(len(planes), 32, 32, dtype=torch.float64)
        for plane, bands in enumerate(planes):
            counts = torch.zeros(32, 32)
            for row in starts:
                for column in starts:
                    covered = x.clone()
                    covered[bands, row:row + PATCH, column:column + PATCH] = \
                        background[bands, None, None]
                    score = torch.softmax(model(covered[None]), 1)[0, label]
                    falls[plane, row:row + PATCH, column:column + PATCH] += whole - score
                    counts[row:row + PATCH, column:column + PATCH] += 1
            falls[plane] /= counts
    return falls


def explain(program, model, directory, method, *options):
    out = os.path.join(directory, "maps.fits")
    subprocess.run([program, "explain", "--model", model, "--images-in", directory, "--sources",
                    os.path.join(directory, "few.tab"), "--out", out, "--method", method,
                    *options], check=True, stdout=subprocess.DEVNULL)
    with fits.open(out) as file:
        return [(hdu.header["EXPLAINS"] - 1, hdu.data.reshape(-1, 32, 32).astype(float))
                for hdu in file[1:]]


def compare(tally, name, here, there):
    worst = max(numpy.abs(a - b.numpy()).max() / max(numpy.abs(b.numpy()).max(), 1e-30)
                for a, b in zip(here, there))
    tally.note(worst <= TOLERANCE, f"{name}: largest difference {worst:.1e} of the map's largest")


def main():
    program, model_file, directory = sys.argv[1:4]
    subprocess.run([program, "simulate", "-o", directory, "--seed", "5"], check=True,
                   stdout=subprocess.DEVNULL)
    model, means = read_model(model_file)
    sources = read_sources(directory)
    with open(os.path.join(directory, "few.tab"), "w") as file:
        file.writelines(" ".join(source) + "\n" for source in sources)
    cutouts = read_cutouts(directory, sources)
    inputs = [torch.from_numpy(c.astype(numpy.float32) - means[:, None, None]).double()
              for c in cutouts]
    tally = Tally()

    maps = explain(program, model_file, directory, "gradcam")
    cams = [gradcam(model, x, label) for x, (label, _) in zip(inputs, maps)]
    compare(tally, "Grad-CAM", [m for _, m in maps], cams)
    maps = explain(program, model_file, directory, "gradcam", "--class", "2")
    compare(tally, "Grad-CAM of class 2", [m for _, m in maps],
            [gradcam(model, x, 1) for x in inputs])
    maps = explain(program, model_file, directory, "gradient")
    compare(tally, "gradient of the input", [m for _, m in maps],
            [Looked(model, False).gradient(x, label) for x, (label, _) in zip(inputs, maps)])
    maps = explain(program, model_file, directory, "guided")
    guided = [Looked(model, True).gradient(x, label) for x, (label, _) in zip(inputs, maps)]
    compare(tally, "guided backpropagation", [m for _, m in maps], guided)
    maps = explain(program, model_file, directory, "guided-gradcam")
    compare(tally, "guided Grad-CAM", [m for _, m in maps], [c * g for c, g in zip(cams, guided)])
    Looked(model, False)
    # Occlusion works on the cutout; the mean is subtracted from what covers it, too.
    for each_band in (False, True):
        maps = explain(program, model_file, directory, "occlusion", "--patch", str(PATCH),
                       "--stride", str(STRIDE), *(["--each-band"] if each_band else []))
        compare(tally, "occlusion" + (", band by band" if each_band else ""), [maps[0][1]],
                [occlusion(model, inputs[0], maps[0][0], each_band)])
    print(f"{tally.passed} passed, {tally.failed} failed")
    return tally.failed > 0


if __name__ == "__main__":
    sys.exit(main())
