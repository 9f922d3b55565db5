#!/usr/bin/python3
"""Tables against the programs that read and write them.

    check_tables.py CHECK_TABLES [stilts]

astropy reads the .fits, .ecsv, .csv and .vot results back with equal values, types, units and notes,
and joins them with the list by id; skyclass reads the source lists that astropy and SExtractor
write; fitsverify finds nothing in the FITS. With `stilts`, which takes some seconds, STILTS reads and
joins them too. CHECK_TABLES is the program built from check_tables.c. Ends with an error at the
first difference.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import warnings

import numpy as np
from astropy.io import fits
from astropy.table import Table, join
from astropy.units import UnitsWarning

N = 23


def run(program, *arguments):
    """The rows that skyclass found: lists of id, x, y, ra, dec as text."""
    done = subprocess.run([program, *arguments], capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{arguments}: {done.stderr.decode()}")
    return [line.split("\t") for line in done.stdout.decode().splitlines()]


def positions():
    random = np.random.default_rng(7)
    table = Table()
    table["id"] = np.array([f"s{i}" for i in range(N)], dtype="U8")
    table["id"][3] = 'a, "b"'
    table["x"] = random.uniform(0, 9000, N)
    table["y"] = np.round(random.uniform(0, 9000, N), 3)
    table["ra"] = random.uniform(0, 360, N)
    table["dec"] = random.uniform(-90, 90, N)
    return table


def expect(condition, what):
    if not condition:
        sys.exit(f"differs: {what}")


def check_found(found, table, what, offset=0.0):
    expect(len(found) == len(table), f"{what}: number of rows")
    for row, values in zip(found, table):
        expect(row[0] == str(values["id"]), f"{what}: id {row[0]}")
        for text, name in zip(row[1:], ("x", "y", "ra", "dec")):
            if name in table.colnames:
                value = values[name] + (offset if name in "xy" else 0.0)
                expect(float(text) == value, f"{what}: {name} of {row[0]}: {text} is not {value}")


def check_reading(program, directory):
    """What astropy writes is found again to the last bit."""
    table = positions()
    writers = {
        "a.fits": {}, "a.ecsv": {}, "comma.ecsv": {"delimiter": ","}, "a.csv": {},
        "tab.txt": {"format": "ascii.tab"}, "basic.txt": {"format": "ascii.basic"},
        "commented.txt": {"format": "ascii.commented_header"}, "ipac.txt": {"format": "ascii.ipac"},
        "bars.txt": {"format": "ascii.fixed_width"}, "rst.txt": {"format": "ascii.fixed_width_two_line"},
        "headerless.txt": {"format": "ascii.no_header"},
    }
    for name, options in writers.items():
        path = os.path.join(directory, name)
        # IPAC and the fixed widths know no quotes.
        written = table.copy()
        if name in ("ipac.txt", "bars.txt", "rst.txt"):
            written["id"][3] = "plain"
        if name == "headerless.txt":
            written.keep_columns(["id", "x", "y"])
        written.write(path, overwrite=True, **options)
        check_found(run(program, path), written, name)
    photutils = table["id", "x", "y"]
    renamed = Table(photutils, names=["id", "xcentroid", "ycentroid"])
    path = os.path.join(directory, "photutils.ecsv")
    renamed.write(path, overwrite=True)
    check_found(run(program, path), photutils, "photutils", offset=1.0)
    both = fits.HDUList([fits.PrimaryHDU(), fits.table_to_hdu(positions()[:0]),
                         fits.table_to_hdu(table)])
    both[2].name = "second"
    path = os.path.join(directory, "two[x].fits")
    both.writeto(path)
    check_found(run(program, path + "[second]"), table, "two[x].fits[second]")
    return len(writers) + 2


def check_rows(read, table, what):
    expect(read.colnames == ["id", "x", "y", "ra", "dec", "class", "score", "score_1", "score_2",
                             "score_3", "score_4", "flag"], f"{what}: columns {read.colnames}")
    expect(len(read) == N, f"{what}: rows")
    expect([str(value).strip() for value in read["id"]] == list(table["id"]), f"{what}: id")
    for name in ("x", "y", "ra", "dec"):
        expect(np.array_equal(np.asarray(read[name]), np.asarray(table[name])), f"{what}: {name}")
    classes = np.arange(N) % 5
    expect(np.array_equal(np.asarray(read["class"]), classes), f"{what}: class")
    for k in range(4):
        scores = np.float32(k + 1) / (np.arange(N, dtype="f4") + np.float32(10))
        scores[classes == 0] = np.nan
        got = np.ma.filled(np.ma.asarray(read[f"score_{k + 1}"]).astype("f4"), np.nan)
        expect(np.array_equal(got, scores, equal_nan=True), f"{what}: score_{k + 1}")
    flags = ["border" if c == 0 else "" for c in classes]
    got = [str(value).strip() for value in np.ma.filled(np.ma.asarray(read["flag"]), "")]
    expect(got == flags, f"{what}: flag")


def check_join(read, table, what):
    """A join by id finds each row's own partner."""
    read = Table(read, masked=False)
    read["id"] = [str(value).strip() for value in read["id"]]
    both = join(table, read, keys="id", table_names=["in", "out"])
    expect(len(both) == N, f"{what}: {len(both)} rows joined")
    expect(np.array_equal(np.asarray(both["x_in"]), np.asarray(both["x_out"])), f"{what}: joined x")


def check_fits(path):
    """fitsverify, where it is there, finds neither errors nor warnings."""
    if shutil.which("fitsverify") is None:
        print("fitsverify is not installed: the FITS table is not checked with it")
        return 0
    done = subprocess.run(["fitsverify", "-q", path], capture_output=True, text=True, check=False)
    expect("verification OK" in done.stdout, f"fitsverify: {done.stdout}")
    return 1


def check_stilts(program, directory):
    """STILTS reads each output and joins it with the list by id. Debian 12's knows no ECSV."""
    if shutil.which("stilts") is None:
        print("STILTS is not installed (make deps-parity): what it reads is not checked")
        return 0
    table = positions()
    source = os.path.join(directory, "list.fits")
    table.write(source)
    names = {"out.fits": "fits", "out.csv": "csv", "out.vot": "votable"}
    run(program, source, *(os.path.join(directory, name) for name in names))
    for name, kind in names.items():
        joined = os.path.join(directory, "joined.fits")
        done = subprocess.run(
            ["stilts", "tmatch2", "matcher=exact", "values1=trim(id)", "values2=trim(id)", "in1=" + source,
             "ifmt1=fits", "in2=" + os.path.join(directory, name), "ifmt2=" + kind, "fixcols=all",
             "suffix1=_in", "suffix2=_out", "out=" + joined],
            capture_output=True, text=True, check=False)
        expect(done.returncode == 0, f"STILTS, {name}: {done.stderr}")
        both = Table.read(joined, hdu=1)
        expect(len(both) == N, f"STILTS, {name}: {len(both)} rows joined")
        for column in ("x", "y", "ra", "dec"):
            same = np.array_equal(np.asarray(both[column + "_in"]), np.asarray(both[column + "_out"]))
            expect(same, f"STILTS, {name}: {column}")
        order = [list(table["id"]).index(str(value).strip()) for value in both["id_in"]]
        expect(list(both["class_out"]) == [i % 5 for i in order], f"STILTS, {name}: class")
    return len(names)


def check_writing(program, directory):
    """What skyclass writes is read by astropy, and again by skyclass."""
    table = positions()
    source = os.path.join(directory, "in.fits")
    table.write(source)
    paths = [os.path.join(directory, name) for name in ("out.fits", "out.ecsv", "out.csv", "out.vot")]
    run(program, source, *paths)
    for path in paths:
        name = os.path.basename(path)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            read = Table.read(path, hdu=1) if name.endswith("fits") else Table.read(path)
        units = [str(warning.message) for warning in said if issubclass(warning.category, UnitsWarning)]
        expect(units == [], f"{name}: {units}")
        check_rows(read, table, name)
        check_join(read, table, name)
        check_found(run(program, path), table, f"{name}, by skyclass")
        if name.endswith("csv") and not name.endswith("ecsv"):
            continue
        units = [str(read[column].unit) for column in ("x", "y", "ra", "dec")]
        expect(units == ["pix", "pix", "deg", "deg"], f"{name}: units {units}")
        sizes = [read[column].dtype.itemsize for column in ("x", "ra", "score", "score_1")]
        expect(sizes == [8, 8, 4, 4], f"{name}: types")
    meta = Table.read(paths[1]).meta
    expect(meta["skyclass"]["image"] == 'a "b": c.fits', f"notes {meta}")
    expect(meta["classes"][2] == 'multiple, "loose"', f"classes {meta}")
    with fits.open(paths[0], checksum=True) as hdus:
        hdus.verify("exception")
        expect(hdus[1].header["CLASS3"] == 'multiple, "loose"', "CLASS3")
        expect('image = a "b": c.fits' in str(hdus[1].header["HISTORY"]), "HISTORY")
    return len(paths) + check_fits(paths[0])


def check_sextractor(program, directory):
    """SExtractor's own catalogues: the same objects, whatever the format."""
    extractor = shutil.which("source-extractor") or shutil.which("sex")
    if extractor is None:
        print("SExtractor is not installed: its catalogues are not checked")
        return 0
    random = np.random.default_rng(8)
    y, x = np.mgrid[0:128, 0:128]
    image = random.normal(0, 1, (128, 128))
    for i in range(12):
        centre = random.uniform(12, 116, 2)
        image += 200 * np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / 6)
    header = fits.Header({"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 24.0, "CRVAL2": 15.0,
                          "CRPIX1": 64.0, "CRPIX2": 64.0, "CD1_1": -1e-5, "CD2_2": 1e-5})
    fits.writeto(os.path.join(directory, "image.fits"), image.astype("f4"), header)
    with open(os.path.join(directory, "columns.param"), "w", encoding="ascii") as file:
        file.write("NUMBER\nFLUX_APER(3)\nX_IMAGE\nY_IMAGE\nALPHA_J2000\nDELTA_J2000\nFLAGS\n")
    found = {}
    for kind in ("ASCII_HEAD", "FITS_1.0", "FITS_LDAC"):
        name = os.path.join(directory, kind + ".cat")
        subprocess.run([extractor, "image.fits", "-c", "/usr/share/source-extractor/default.sex",
                        "-PARAMETERS_NAME", "columns.param", "-FILTER", "N", "-CATALOG_TYPE", kind,
                        "-PHOT_APERTURES", "3,5,7", "-CATALOG_NAME", name, "-VERBOSE_TYPE", "QUIET"],
                       cwd=directory, check=True)
        found[kind] = run(program, name)
    ascii_rows = found.pop("ASCII_HEAD")
    expect(len(ascii_rows) >= 10, f"SExtractor found {len(ascii_rows)}")
    for kind, rows in found.items():
        expect(len(rows) == len(ascii_rows), f"{kind}: rows")
        for a, b in zip(ascii_rows, rows):
            expect(a[0] == b[0], f"{kind}: id")
            same = np.allclose([float(v) for v in a[1:3]], [float(v) for v in b[1:3]], atol=1e-3)
            sky = np.allclose([float(v) for v in a[3:]], [float(v) for v in b[3:]], atol=1e-6)
            expect(same and sky, f"{kind}: {a} {b}")
    return 1 + len(found)


def main():
    if sys.argv[2:] not in ([], ["stilts"]):
        sys.exit(__doc__)
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory:
        n = check_reading(program, directory) + check_writing(program, directory)
        n += check_sextractor(program, directory)
        if sys.argv[2:]:
            n += check_stilts(program, directory)
    print(f"{n} passed, 0 failed")


if __name__ == "__main__":
    main()
