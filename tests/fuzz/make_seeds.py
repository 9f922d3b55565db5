#!/usr/bin/python3
"""Writes the seeds of tests/fuzz/corpus: small files of every kind that skyclass reads. Run by
make fuzz-seeds, from the repository's top: make_seeds.py MAKE_SEEDS_PROGRAM. Regions and weights
begin from tests/unit/data/regions and tests/parity/weights besides.
"""
import gzip
import io
import os
import subprocess
import sys
import zipfile

import numpy
from astropy.io import fits
from astropy.table import Table

CORPUS = "tests/fuzz/corpus"


def write(target, name, content):
    path = os.path.join(CORPUS, target, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)


def fits_bytes(*hdus):
    stream = io.BytesIO()
    fits.HDUList(list(hdus)).writeto(stream)
    return stream.getvalue()


TAN = [("CTYPE1", "RA---TAN"), ("CTYPE2", "DEC--TAN"), ("CRVAL1", 65.0), ("CRVAL2", -54.9),
       ("CRPIX1", 10.0), ("CRPIX2", 8.0), ("CD1_1", -1.1e-5), ("CD1_2", 1e-7), ("CD2_1", 1e-7),
       ("CD2_2", 1.1e-5)]
SIP = [(k, v.replace("TAN", "TAN-SIP") if isinstance(v, str) else v) for k, v in TAN] + [
    ("A_ORDER", 2), ("A_2_0", 1e-6), ("B_ORDER", 2), ("B_0_2", 2e-6), ("AP_ORDER", 1),
    ("AP_1_0", 1e-6), ("BP_ORDER", 1), ("BP_0_1", 1e-6)]
GALACTIC = [("WCSAXES", 3), ("CTYPE1", "GLON-CAR"), ("CTYPE2", "GLAT-CAR"), ("CTYPE3", "FREQ"),
            ("CRVAL1", 121.0), ("CRVAL2", 0.0), ("CDELT1", -0.01), ("CDELT2", 0.01),
            ("CROTA2", 12.0), ("CRPIX1", 1.0), ("CRPIX2", 2.0), ("LONPOLE", 180.0)]
FK4 = [("RADESYS", "FK4"), ("EQUINOX", 1950.0), ("CTYPE1", "RA---ZEA"), ("CTYPE2", "DEC--ZEA"),
       ("CRVAL1", 10.0), ("CRVAL2", 41.0), ("PC1_1", 0.9), ("PC1_2", -0.1), ("PC2_1", 0.1),
       ("PC2_2", 0.9), ("CDELT1", -1e-4), ("CDELT2", 1e-4), ("CUNIT1", "deg"), ("CUNIT2", "deg")]
TPV = [(k, v.replace("TAN", "TPV") if isinstance(v, str) else v) for k, v in TAN] + [
    ("PV1_0", 0.0), ("PV1_1", 1.0), ("PV1_4", 1e-3), ("PV2_1", 1.0), ("PV2_6", -1e-3)]


def image(kind=fits.PrimaryHDU, shape=(12, 14), cards=(), dtype="f4"):
    data = (numpy.arange(numpy.prod(shape)) % 100).reshape(shape).astype(dtype)
    hdu = kind(data)
    hdu.header.update(cards)
    return hdu


def make_images():
    plain = fits_bytes(image(cards=TAN + [("FILTER", "F555W"), ("EXPTIME", 100.0)]))
    write("image", "plain.fits", plain)
    write("image", "plain.fits.gz", gzip.compress(plain, mtime=0))
    scaled = image(dtype="i2", cards=SIP + [("FILTER1", "CLEAR1L"), ("FILTER2", "F814W")])
    scaled.header["BSCALE"], scaled.header["BZERO"], scaled.header["BLANK"] = 0.5, 10.0, 3
    write("image", "sip.fits", fits_bytes(scaled))
    write("image", "cube.fits", fits_bytes(image(shape=(3, 4, 5), cards=[("BAND1", "F275W")])))
    write("image", "extensions.fits",
          fits_bytes(fits.PrimaryHDU(), image(fits.ImageHDU, cards=[("EXTNAME", "SCI")]),
                     image(fits.ImageHDU, cards=[("EXTNAME", "WHT"), ("EXTVER", 2)])))
    for method in ("RICE_1", "GZIP_1", "GZIP_2", "HCOMPRESS_1"):
        data = (numpy.arange(320) % 50).reshape(16, 20).astype("i2")
        hdu = fits.CompImageHDU(data, compression_type=method)
        write("image", method.lower() + ".fz", fits_bytes(fits.PrimaryHDU(), hdu))
    floats = fits.CompImageHDU(numpy.random.default_rng(1).normal(size=(16, 16)).astype("f4"),
                               compression_type="RICE_1", quantize_method=1)
    write("image", "quantised.fz", fits_bytes(fits.PrimaryHDU(), floats))


def make_headers():
    for name, cards in (("tan", TAN), ("sip", SIP), ("galactic", GALACTIC), ("fk4", FK4),
                        ("tpv", TPV)):
        header = fits.Header([("NAXIS", 2), ("NAXIS1", 100), ("NAXIS2", 100)] + cards)
        write("wcs", name, "\n".join(card.image.rstrip() for card in header.cards) + "\nEND\n")


def make_fits_tables():
    columns = [fits.Column("ID", "6A", array=["a1", "b 2", "c"]),
               fits.Column("X", "E", unit="pixel", array=[1.5, 2.5, numpy.nan]),
               fits.Column("RA", "D", unit="deg", array=[10.0, 20.0, 359.9]),
               fits.Column("DEC", "D", unit="deg", array=[-10.0, 20.0, 89.0]),
               fits.Column("N", "K", null=-1, array=[1, -1, 3]),
               fits.Column("OK", "L", array=[True, False, True]),
               fits.Column("MAG", "2E", array=[[1, 2], [3, 4], [5, 6]])]
    write("table_fits", "binary.fits",
          fits_bytes(fits.PrimaryHDU(), fits.BinTableHDU.from_columns(columns, name="LDAC")))
    odd = [fits.Column("X", "I", array=[1, 2, 3]), fits.Column("B", "B", array=[1, 2, 3]),
           fits.Column("V", "PE()", array=[[1.0], [], [2, 3]])]
    scaled = fits.BinTableHDU.from_columns(odd)
    scaled.header["TSCAL1"], scaled.header["TZERO1"] = 0.5, 3.0
    write("table_fits", "scaled.fits", fits_bytes(fits.PrimaryHDU(), scaled))
    ascii_columns = [fits.Column("id", "A4", ascii=True, array=["1", "2"]),
                     fits.Column("x", "F8.3", ascii=True, array=[1.5, 2.5]),
                     fits.Column("y", "I5", ascii=True, array=[3, 4])]
    write("table_fits", "ascii.fits",
          fits_bytes(fits.PrimaryHDU(), fits.TableHDU.from_columns(ascii_columns)))


TEXTS = {
    "quoted.csv": 'id,x,y\n1,2,3\n"a ""b""\nc",4,5\n',
    "sextractor.cat": "#   1 NUMBER  Number\n#   2 X_IMAGE  x [pixel]\n#   4 Y_IMAGE  y\n"
                      " 1 2.0 3.0 4.0\n",
    "list.ecsv": "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n"
                 "# - {name: ra, unit: deg, datatype: float64}\n# - {name: dec, datatype: string}\n"
                 "ra,dec\n12.5,-4\n",
    "ipac.tbl": "\\fixlen = T\n|   id|    ra|   dec|\n|  int|double|double|\n|     |   deg|   deg|\n"
                "     1   12.5   -4.0\n",
    "vizier.tsv": "#RESOURCE=1\nid\tx\ty\n\tpix\tpix\n--\t--\t--\n1\t2\t3\r\n4\t5\t\r\n",
    "bare.tab": " 1   2.5 3.5\n 2 1D3 nan\n",
    "sexagesimal.csv": "name,ra,dec\nA,04:20:00.4,-54:56:16\nB,4h20m1s,-54d56m16s\n",
    "semicolons.txt": "ID;X;Y;class\nn1;10,5;20;1\n",
    "comment.txt": "# id x y\n1 10 20\n2 11 21\n",
    "photutils.csv": "id,xcentroid,ycentroid\n1,0,0\n2,3.5,4.5\n",
    "bar.txt": "|id|x|y|\n|1|2|3|\n\n# c\n|4|5|6|\n",
    "latin.csv": b"id,x,y\nca\xf1on,2,3\n",
    "utf16.csv": b"\xff\xfe" + "id,x,y\n1,2,3\n".encode("utf-16-le"),
    "daofind.coo": "#K IRAF = NOAO/IRAF version %-23s\n#N XCENTER YCENTER MAG ID \\\n"
                   "#U pixels pixels # # \\\n#F %-13.3f %-10.3f %-9.3f %-6d \\\n#\n"
                   "   10.5     20.5    -1.2   1\n",
    "phot.mag": "#N IMAGE XINIT YINIT ID \\\n#U imagename pixels pixels ## \\\n#N XCENTER YCENTER \\\n"
                "#U pixels pixels\n#N RAPERT MAG PERROR \\\n#U scale mag perrors\n"
                "a.fits 1. 2. 7 \\\n 10.5 20.25 \\\n 3.0 21.5 NoError *\\\n 5.0 INDEF Edge *\n",
    "stetson.ap": " NL    NX    NY  LOWBAD\n  2  2048  4096   -46.6\n\n\n"
                  "      7   10.50   20.25   14.553\n      24.5 3.1 0.1 0.004\n",
    "numbered.txt": "# (1) ID of it\n#   1 LIKELY [704]\n# (2) RA (deg)\n# (3) DEC  where [deg]\n7 20.25 10.5\n",
    "units.txt": "# id ra dec\n# - hourangle deg\n#----\n7 2.5 10.5\n",
    "bytes.txt": "Title: t\n=======\nByte-by-byte Description of file: t\n-------\n"
                 "   1-  3 A3 --- ID Name\n   5-  6 I2 h RAh Hour\n   8-  9 I2 min RAm Minute\n"
                 "      11 A1 --- DE- Sign\n  12- 13 I2 deg DEd Degree\n  15- 16 I2 arcmin DEm Minute\n"
                 "                (B2000)\n-------\nabc 01 36 +15 48\n",
    "bytes_commented.txt": "#  1-  4 F4.1 deg RAdeg Where (B1950)\n#  6-  9 F4.1 deg DEdeg Where\n10.0 20.0\n",
}
LEGUS = " ".join(str(v) for v in
                 [1, 3006.141, 2456.785, 65.0012345, -54.9412345] + [20.5, 0.01] * 10 +
                 [1.5, 7.2, 7.1, 7.3, 4.5, 4.4, 4.6, 0.1] + [1])
VOTABLE = """<?xml version="1.0"?>
<VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE name="t">
<FIELD ID="a" name="id" datatype="char" arraysize="*"/><FIELD name="ra" datatype="double" unit="deg" ucd="pos.eq.ra;meta.main"/>
<FIELD name="dec" datatype="double" unit="deg"/><DATA><TABLEDATA>
<TR><TD>a &amp; b</TD><TD>12.5</TD><TD>-4</TD></TR><TR><TD/><TD>13</TD><TD>nan</TD></TR>
</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>
"""


def make_tables():
    for name, text in TEXTS.items():
        write("table", name, text)
        write("source", name, text)
    write("source", "legus.tab", f"  {LEGUS}\n  {LEGUS}\n")
    write("source", "regions.reg", "# Region file format: DS9 version 4.1\nimage\n"
          "circle(10,20,5) # tag={id a}\nfk5\n-point(4:20:00,-54:56:16) # text={b}\n")
    with open(os.path.join(CORPUS, "table_fits", "binary.fits"), "rb") as file:
        write("source", "binary.fits", file.read())
    stream = io.BytesIO()
    Table({"id": ["a", "b"], "ra": [1.0, 2.0], "dec": [3.0, 4.0]}).write(stream, format="votable")
    for target in ("table", "source"):
        write(target, "plain.vot", VOTABLE)
        write(target, "astropy.vot", stream.getvalue())


def make_votables():
    table = Table({"id": ["a", "b"], "n": [3, -4], "ra": [1.5, numpy.nan],
                   "pair": [[1.0, 2.0], [3.0, 4.0]], "mask": [True, False]})
    write("votable", "plain", VOTABLE)
    for kind in ("tabledata", "binary", "binary2"):
        stream = io.BytesIO()
        table.write(stream, format="votable", tabledata_format=kind)
        write("votable", kind, stream.getvalue())


def make_regions():
    write("region", "mixed.reg",
          "# Region file format: DS9 version 4.1\nglobal color=green width=1 include=1\nfk5\n"
          'circle(1:36:41.83,+15:47:00.6,0.751") # color=red text={A} tag={one} tag="two"\n'
          "-ellipse 24.1 15.7 1' 2' 30 # fill=1 foo=bar ; baz\nimage;x point 1 2;box(1i,2i,3,4,5)\n"
          "# text(1,2) text={a;b}\n# composite(1,2,3) || composite=1\ncircle(1,2,3) ||\n"
          "box(1,2,3,4) #\n")
    write("region", "carriage.reg",
          "galactic\r\npolygon(1,2,3,4,5,6)\r\nannulus(1,2,3,4,n=5)\r\npanda(1,2,0,90,1,2,3,1) # "
          "panda=(0 90)(1 2)\r\n# vector(1,2,3,4) vector=1\r\nwcsa;point(1h2m3s,4d5m6s)")
    write("region", "callback.reg", "image\ncircle(1,2,3) # callback=select exec {}\n")


def make_pickles():
    """The pickles inside the weights of tests/parity: those can be changed without a zip's sums."""
    directory = "tests/parity/weights"
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    if member.endswith("data.pkl"):
                        write("pickle", name.replace(".pth", ".pkl"), archive.read(member))
        elif name.endswith(".pkl"):
            with open(path, "rb") as file:
                write("pickle", name, file.read())


def make_small():
    write("rice", "zeros", bytes([32, 0, 0, 0, 1, 0, 0, 0, 0]))
    write("rice", "noise", bytes([64]) + bytes(range(1, 120)))
    write("options", "options", "pathways=2,norm=batch")
    write("options", "file", "hlsp_legus_hst_uvis_ngc1566_f275w_v1_drc.fits")
    write("options", "hms", "12h34m56.7s")


def main():
    make_images()
    make_headers()
    make_fits_tables()
    make_tables()
    make_votables()
    make_regions()
    make_pickles()
    make_small()
    for target in ("model", "dataset", "checkpoint", "journal"):
        os.makedirs(os.path.join(CORPUS, target), exist_ok=True)
    subprocess.run([sys.argv[1], CORPUS], check=True)


main()
