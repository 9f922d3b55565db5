"""Writes tests/unit/golden_resize.h: images resized as scikit-image does.

scikit-image's resize(order=1, mode="reflect", anti_aliasing=False) is scipy's
zoom(order=1, mode="mirror", grid_mode=True) (skimage/transform/_warps.py since
0.19), which is what runs here, in float64.

    python3 tests/parity/resize.py > tests/unit/golden_resize.h
"""
import numpy
from scipy import ndimage

CASES = [(5, 8), (4, 9), (7, 7), (6, 4), (1, 3)]


def image(size):
    y, x, c = numpy.mgrid[0:size, 0:size, 0:2]
    return (x * 37 + y * 59 + c * 83) % 101 - 20.0


def main():
    print("// Written by tests/parity/resize.py.")
    print("typedef struct GoldenResize {\n    size_t size_in, size_out;")
    print("    const double *resized; // [size_out][size_out][2]\n} GoldenResize;\n")
    for size_in, size_out in CASES:
        factor = size_out / size_in
        resized = numpy.stack(
            [ndimage.zoom(image(size_in)[:, :, c], factor, order=1, mode="mirror", grid_mode=True)
             for c in range(2)], axis=-1)
        assert resized.shape == (size_out, size_out, 2)
        print(f"static const double golden_{size_in}_to_{size_out}[] = {{")
        values = [f"{value:.9g}," for value in resized.ravel()]
        for first in range(0, len(values), 10):
            print("    " + " ".join(values[first:first + 10]))
        print("};")
    print("\nstatic const GoldenResize golden_resize[] = {")
    for size_in, size_out in CASES:
        print(f"    {{{size_in}, {size_out}, golden_{size_in}_to_{size_out}}},")
    print("};")


main()
