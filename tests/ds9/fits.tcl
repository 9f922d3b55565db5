# Small FITS files for the tests, written without skyclass.
namespace eval fits {
}

proc fits::card {key value} {
    if {[string is double -strict $value] || $value in {T F}} {
        return [format {%-8s= %20s%-50s} $key $value {}]
    }
    return [format {%-8s= %-70s} $key '[format %-8s [string map {' ''} $value]]']
}

# size x size 32-bit floats: a faint fixed pattern, and a blob on each position of `blobs` (1-based
# x y), so that there is something to see and to find.
proc fits::pixels {size {blobs {}}} {
    set rows {}
    for {set y 1} {$y <= $size} {incr y} {
        for {set x 1} {$x <= $size} {incr x} {
            lappend rows [expr {0.01 * (($x * 7 + $y * 13) % 11)}]
        }
    }
    foreach {x y} $blobs {
        for {set v [expr {max(1, int($y) - 6)}]} {$v <= min($size, int($y) + 6)} {incr v} {
            for {set u [expr {max(1, int($x) - 6)}]} {$u <= min($size, int($x) + 6)} {incr u} {
                set i [expr {($v - 1) * $size + $u - 1}]
                set flux [expr {5 * exp(-0.25 * (($u - $x) ** 2 + ($v - $y) ** 2))}]
                lset rows $i [expr {[lindex $rows $i] + $flux}]
            }
        }
    }
    return [binary format R* $rows]
}

# Header pairs of a tangential projection with 0.04" pixels.
proc fits::wcs {size} {
    return [list CTYPE1 RA---TAN CTYPE2 DEC--TAN CRPIX1 [expr {$size / 2}] CRPIX2 \
        [expr {$size / 2}] \
        CRVAL1 150.1 CRVAL2 2.2 CD1_1 -1.1111e-5 CD1_2 0.0 CD2_1 0.0 CD2_2 1.1111e-5]
}

proc fits::Pad {text byte} {
    append text [string repeat $byte [expr {-[string length $text] % 2880}]]
}

proc fits::Unit {first header axes data} {
    set cards [expr {$first ? [card SIMPLE T] : [format {%-8s= %-70s} XTENSION "'IMAGE   '"]}]
    append cards [card BITPIX -32] [card NAXIS [llength $axes]]
    set i 0
    foreach axis $axes {
        append cards [card NAXIS[incr i] $axis]
    }
    if {$first} {
        append cards [card EXTEND T]
    } else {
        append cards [card PCOUNT 0] [card GCOUNT 1]
    }
    foreach {key value} $header {
        append cards [card $key $value]
    }
    append cards [format %-80s END]
    return [Pad $cards { }][Pad $data \0]
}

# fits::write PATH {header axes data} ...: the first unit is the primary one.
proc fits::write {path args} {
    set channel [open $path wb]
    set first 1
    foreach unit $args {
        puts -nonewline $channel [Unit $first {*}$unit]
        set first 0
    }
    close $channel
}
