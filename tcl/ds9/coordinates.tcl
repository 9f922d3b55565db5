# From the pixels of the displayed image to those of the first band, in which positions count. The
# `grid` says how the one leads to the other.
namespace eval ::skyclass::ds9::coordinates {
    namespace export grid place physical at translate
    namespace ensemble create
    namespace path ::skyclass::ds9
}

# How pixels of the displayed image lead to those of the first band, whose pixels positions count
# in: "same"; "physical", by way of the physical coordinates that both have; "sky", through their
# WCS.
proc ::skyclass::ds9::coordinates::grid {image specs} {
    set shown [list [dict get $image path]]
    if {[lindex $specs 0] eq $shown} {
        return same
    }
    set pair [::skyclass::bands open [list $shown [lindex $specs 0]]]
    try {
        if {![$pair aligned 1]} {
            return sky
        }
    } finally {
        $pair destroy
    }
    # DS9 8.4 saves a blocked image with LTM keywords but the WCS of the whole one, which claims
    # pixels of the same size. LTM is right.
    set first [::skyclass::image info {*}[lindex $specs 0]]
    set blocked [::skyclass::image info {*}$shown]
    foreach size {width height} term {0 3} {
        if {[dict get $first $size] != [dict get $blocked $size]
            && [lindex [dict get $first physical] $term] != \
                [lindex [dict get $blocked physical] $term]} {
            return physical
        }
    }
    return same
}

# Options by which a result writes its points into the displayed image.
proc ::skyclass::ds9::coordinates::place {image specs grid} {
    if {$grid eq {sky}} {
        return {-coords icrs}
    }
    return [list -physical [physical $image $specs $grid]]
}

# How DS9's physical coordinates lead to pixels of the first band.
proc ::skyclass::ds9::coordinates::physical {image specs grid} {
    if {$grid eq {physical}} {
        return [dict get [::skyclass::image info {*}[lindex $specs 0]] physical]
    }
    return [dict get $image physical]
}

# {X Y} in pixels of the first band of a position in pixels of the displayed image's file.
proc ::skyclass::ds9::coordinates::at {image specs grid x y} {
    return [lindex [translate $image $specs $grid [list [list $x $y]]] 0]
}

# {X Y} pairs of the displayed image in pixels of the first band.
proc ::skyclass::ds9::coordinates::translate {image specs grid pairs} {
    switch -- $grid {
        physical {
            return [ThroughPhysical [dict get $image physical] [physical $image $specs $grid] \
                $pairs]
        }
        sky { return [ThroughSky $image $specs $pairs] }
        default { return $pairs }
    }
}

# x = a X + b Y + e, y = c X + d Y + f lead from physical X, Y to pixels; first backwards by one
# image's numbers {a b c d e f}, then forwards by the other's.
proc ::skyclass::ds9::coordinates::ThroughPhysical {from to pairs} {
    lassign $from a b c d e f
    lassign $to p q r s t u
    set determinant [expr {$a * $d - $b * $c}]
    return [lmap pair $pairs {
        lassign $pair x y
        set X [expr {($d * ($x - $e) - $b * ($y - $f)) / $determinant}]
        set Y [expr {($a * ($y - $f) - $c * ($x - $e)) / $determinant}]
        list [expr {$p * $X + $q * $Y + $t}] [expr {$r * $X + $s * $Y + $u}]
    }]
}

proc ::skyclass::ds9::coordinates::ThroughSky {image specs pairs} {
    set positions [lmap pair $pairs {list 0 {*}$pair}]
    set sky {icrs}
    foreach source [Located positions $positions [list [list [dict get $image path]]]] {
        lappend sky "point([dict get $source ra],[dict get $source dec])"
    }
    return [lmap source [Located regions [join $sky \n]\n [list [lindex $specs 0]]] {
        list [dict get $source x] [dict get $source y]
    }]
}

proc ::skyclass::ds9::coordinates::Located {kind what specs} {
    set bands [::skyclass::bands open $specs]
    set list [::skyclass::sources $kind $what]
    try {
        $list locate $bands
        set located {}
        for {set i 0} {$i < [$list count]} {incr i} {
            lappend located [$list get $i]
        }
        return $located
    } finally {
        $list destroy
        $bands destroy
    }
}
