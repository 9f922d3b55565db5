# Which sources are meant: the user's regions, a position, or what is found in the image. `grid` says
# how the displayed image leads to the first band, in whose pixels positions count (bands grid).
namespace eval ::skyclass::ds9::sources {
    namespace export place given at one pointed pixel snapped search found
    namespace ensemble create
    namespace path ::skyclass::ds9
}

# Options by which a result writes its points into the displayed image.
proc ::skyclass::ds9::sources::place {image specs grid} {
    if {$grid eq {sky}} {
        return {-coords icrs}
    }
    return [list -physical [Physical $image $specs $grid]]
}

# How DS9's physical coordinates lead to pixels of the first band.
proc ::skyclass::ds9::sources::Physical {image specs grid} {
    if {$grid eq {physical}} {
        return [dict get [::skyclass::image info {*}[lindex $specs 0]] physical]
    }
    return [dict get $image physical]
}

# The user's regions in the current frame: those that are selected, else all. Our own markers do not
# count; the regions that markers stand for do. A dict: list (a list object of them), lines (their text
# in physical coordinates), head, order (lines of all the user's regions), whole (0 when they cannot be
# taken away and drawn again without loss).
proc ::skyclass::ds9::sources::given {image specs grid} {
    set frame [dict get $image frame]
    if {$grid eq {sky} && [llength [layers given $frame]]} {
        # Only what is on the image can be had in sky coordinates.
        history remember $frame
        layers remove $frame
    }
    set all [session all_regions]
    set order [Users $frame [dict get $all lines]]
    if {[layers exists $frame]} {
        set order [regions merge [layers get $frame order] [concat $order [layers given $frame]]]
    }
    set lines [Marks [Users $frame [dict get [regions parse [session regions physical selected]] lines]]]
    set which selected
    if {![llength $lines]} {
        set lines [Marks $order]
        set which {}
    }
    if {![llength $lines]} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "there are no regions in frame $frame; draw or load circles, points or boxes on the sources first"
    }
    set given [dict create lines $lines head [dict get $all head] order $order whole [dict get $all whole]]
    if {$grid ne {sky}} {
        set list [::skyclass::sources regions [regions assemble [dict get $all head] $lines] \
            [Physical $image $specs $grid]]
    } else {
        set sky [regions parse [session regions icrs $which]]
        set list [::skyclass::sources regions \
            [regions assemble [dict get $sky head] [Marks [Users $frame [dict get $sky lines]]]]]
    }
    dict set given list $list
    if {[$list count] != [llength $lines]} {
        dict set given whole 0
    }
    return $given
}

# Without our own markers. Where we have drawn none, what has our tags was loaded by the user.
proc ::skyclass::ds9::sources::Users {frame lines} {
    if {![layers exists $frame]} {
        return $lines
    }
    return [lmap line $lines {
        if {[regions tagged $line skyclass]} continue
        set line
    }]
}

proc ::skyclass::ds9::sources::Marks {lines} {
    return [lmap line $lines {
        if {![regions is_source $line]} continue
        set line
    }]
}

# The frame that is meant by `cursor` X Y ?WIDTH HEIGHT VALUE ...?: what a key of DS9 says comes with
# the image's size and the pixel's value, and is about the frame under the pointer.
proc ::skyclass::ds9::sources::pointed {argument} {
    foreach number $argument {
        if {![string is double -strict $number]} {
            return -code error -errorcode {SKYCLASS USAGE} \
                "a position is two numbers, X Y in image pixels"
        }
    }
    if {[llength $argument] == 2} {
        return [session frame]
    }
    set values [lassign $argument x y width height]
    if {![llength $values] || $x < 0.5 || $y < 0.5 || $x > $width + 0.5 || $y > $height + 0.5} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "the pointer is not on an image; move it to a source and press the key again"
    }
    return [session pointed $x $y $width $height $values]
}

# The pixel of the displayed image's file that is meant by `cursor` X Y ... (DS9's image coordinates) or
# by the crosshair.
proc ::skyclass::ds9::sources::pixel {image what argument} {
    if {$what eq {cursor}} {
        return [session to_pixels $image {*}[lrange $argument 0 1]]
    }
    # Out of its mode DS9 does not show the crosshair and calls the middle of the image its place.
    if {[link ask mode] ne {crosshair}} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "the crosshair is not set; choose Edit > Crosshair, click on a source and try again"
    }
    lassign [link ask {crosshair image}] x y
    if {![string is double -strict $x] || ![string is double -strict $y]} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "the crosshair is not on the image; click on a source and try again"
    }
    return [session to_pixels $image $x $y]
}

# {X Y FLAG}: the centroid of the source that stands at a pixel of the displayed image or as near as the
# setting `snap` says; the pixel itself and no_source where none does.
proc ::skyclass::ds9::sources::snapped {image x y} {
    set reach [settings get snap]
    if {$reach == 0} {
        return [list $x $y {}]
    }
    set centroid [::skyclass::image centroid [dict get $image path] [dict get $image plane] $x $y $reach]
    return [list [dict get $centroid x] [dict get $centroid y] \
        [expr {[dict get $centroid found] ? {} : {no_source}}]]
}

# {X Y} in pixels of the first band of a position in pixels of the displayed image's file.
proc ::skyclass::ds9::sources::at {image specs grid x y} {
    return [lindex [Translate $image $specs $grid [list [list $x $y]]] 0]
}

# A list object of one position in pixels of the first band, with its flag.
proc ::skyclass::ds9::sources::one {frame x y flag} {
    return [::skyclass::sources positions [list [list [NextId $frame] $x $y $flag]]]
}

# The number of a source that joins those of a frame.
proc ::skyclass::ds9::sources::NextId {frame} {
    set n 1
    if {[layers exists $frame]} {
        foreach result [layers results $frame] {
            incr n [$result count]
        }
    }
    return $n
}

# {X Y} pairs of the displayed image in pixels of the first band.
proc ::skyclass::ds9::sources::Translate {image specs grid pairs} {
    switch -- $grid {
        physical { return [ThroughPhysical [dict get $image physical] [Physical $image $specs $grid] $pairs] }
        sky { return [ThroughSky $image $specs $pairs] }
        default { return $pairs }
    }
}

# x = a X + b Y + e, y = c X + d Y + f lead from physical X, Y to pixels; first backwards by one image's
# numbers {a b c d e f}, then forwards by the other's.
proc ::skyclass::ds9::sources::ThroughPhysical {from to pairs} {
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

proc ::skyclass::ds9::sources::ThroughSky {image specs pairs} {
    set positions [lmap pair $pairs {list 0 {*}$pair}]
    set sky {icrs}
    foreach source [Located positions $positions [list [list [dict get $image path]]]] {
        lappend sky "point([dict get $source ra],[dict get $source dec])"
    }
    return [lmap source [Located regions [join $sky \n]\n [list [lindex $specs 0]]] {
        list [dict get $source x] [dict get $source y]
    }]
}

proc ::skyclass::ds9::sources::Located {kind what specs} {
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

# ---- Finding ---------------------------------------------------------------------------------

# Starts the search for sources in the bands (in the one that is displayed, where it is one of them),
# in the visible part or all of it. {JOB CORNERS}: the corners {x1 y1 ...} of the part, in pixels of the
# first band, or {}.
proc ::skyclass::ds9::sources::search {what image bands specs grid command} {
    set shown [lsearch -exact [lmap spec $specs {lindex $spec 0}] [dict get $image path]]
    if {$shown < 0 || $grid ne {same}} {
        # StarcNet's V, where clusters of all ages show. What is found has to be on the first band's grid.
        set shown [expr {min([llength $specs] - 1, 3)}]
        if {![$bands aligned $shown]} {
            set shown 0
        }
    }
    set options [settings detection]
    set corners {}
    if {$what eq {visible}} {
        set pairs [lmap {x y} [session visible $image] {list $x $y}]
        set corners [concat {*}[Translate $image $specs $grid $pairs]]
        lappend options -part [Box [lindex $specs $shown] $corners]
    }
    return [list [::skyclass::job detect $bands $shown {*}$options -command $command] $corners]
}

# The sources that a search has found, as a list object; of a part those inside its corners.
proc ::skyclass::ds9::sources::found {job corners} {
    set found [$job result]
    if {$corners eq {}} {
        return $found
    }
    set positions {}
    for {set i 0} {$i < [$found count]} {incr i} {
        set source [$found get $i]
        if {[Inside [dict get $source x] [dict get $source y] $corners]} {
            lappend positions [list [dict get $source id] [dict get $source x] [dict get $source y]]
        }
    }
    $found destroy
    if {![llength $positions]} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "no source was found in the visible part; zoom out, or lower the threshold"
    }
    return [::skyclass::sources positions $positions]
}

# {X Y WIDTH HEIGHT} of the smallest rectangle of pixels around a polygon {x1 y1 ...}, inside the image.
proc ::skyclass::ds9::sources::Box {spec corners} {
    set about [::skyclass::image info {*}$spec]
    foreach axis {x y} values [list [lmap {x y} $corners {set x}] [lmap {x y} $corners {set y}]] \
            size {width height} {
        set values [lsort -real $values]
        set first [expr {max(1, int([lindex $values 0]))}]
        set last [expr {min([dict get $about $size], int([lindex $values end]) + 1)}]
        if {$last < $first} {
            return -code error -errorcode {SKYCLASS BAD_INPUT} \
                "the image is out of sight; bring it back with Zoom > Zoom to Fit"
        }
        lappend corner $first
        lappend lengths [expr {$last - $first + 1}]
    }
    return [concat $corner $lengths]
}

# Is x, y inside the convex polygon {x1 y1 x2 y2 ...}?
proc ::skyclass::ds9::sources::Inside {x y corners} {
    set sign 0
    foreach {x1 y1} $corners {x2 y2} [concat [lrange $corners 2 end] [lrange $corners 0 1]] {
        set side [expr {($x2 - $x1) * ($y - $y1) - ($y2 - $y1) * ($x - $x1)}]
        if {$side * $sign < 0} {
            return 0
        }
        if {$side != 0} {
            set sign $side
        }
    }
    return 1
}
