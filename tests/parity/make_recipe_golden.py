#!/usr/bin/python3
"""Writes tests/unit/golden_recipe.h: the systems' inputs as scikit-image and NumPy make them.

    make_recipe_golden.py > tests/unit/golden_recipe.h

Resizing is skimage.transform.resize(order=1, mode="reflect", anti_aliasing=False), in float64; of
each input a few hundred numbers, spread over all of it, are kept.
"""
import numpy
from skimage.transform import resize

N_KEPT = 300


def cutout(size, bands, scale):
    """test_recipe.c's: no symmetry, edges that matter."""
    y, x, c = numpy.mgrid[0:size, 0:size, 0:bands]
    return ((x * 37 + y * 59 + c * 83) % 101 - 20.0) / 101 * scale


def enlarged(image, size):
    return resize(image, (size, size), order=1, mode="reflect", anti_aliasing=False)


def with_constant(image, value):
    return numpy.concatenate([image, numpy.full_like(image[:, :, :1], value)], axis=2)


def zscore(image):
    return (image - image.mean(axis=(0, 1))) / image.std(axis=(0, 1))


def phangs(image):
    return with_constant(enlarged(image, 299), 0)


def m31(image):
    return with_constant(zscore(enlarged(image, 224)), 255)


def openglob(image):
    return image[:, :, ::-1] - numpy.array([103.939, 116.779, 123.68])


SYSTEMS = [("phangs-resnet18", 50, 5, 1, phangs), ("phangs-vgg19bn", 50, 5, 1, phangs),
           ("m31-resnet50", 56, 2, 1, m31), ("m31-vgg16", 56, 2, 1, m31),
           ("openglob-vgg16", 244, 3, 255, openglob),
           ("members-mixed", 64, 5, 1, lambda image: image)]


def main():
    print("// Written by tests/parity/make_recipe_golden.py.")
    print("typedef struct GoldenRecipe {\n    const char *system;\n    size_t size, n_bands;")
    print("    double scale;           // of the cutout's numbers")
    print("    size_t n_values, step;  // numbers of the whole input; between those kept")
    print("    const double *values;   // numbers 0, step, 2 step, ...\n} GoldenRecipe;\n")
    rows = []
    for system, size, bands, scale, steps in SYSTEMS:
        values = steps(cutout(size, bands, scale)).ravel()
        step = len(values) // N_KEPT
        name = "golden_" + system.replace("-", "_")
        print(f"static const double {name}[] = {{")
        for first in range(0, len(values), 8 * step):
            print("    " + " ".join(f"{v:.9g}," for v in values[first:first + 8 * step:step]))
        print("};")
        rows.append(f'    {{"{system}", {size}, {bands}, {scale}, {len(values)}, {step}, {name}}},')
    print("\nstatic const GoldenRecipe golden_recipes[] = {")
    print("\n".join(rows))
    print("};")


main()
