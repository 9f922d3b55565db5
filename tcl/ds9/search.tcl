# The search for sources in the displayed image, or in the part of it that can be seen.
namespace eval ::skyclass::ds9::search {
    namespace export start found
    namespace ensemble create
    namespace path ::skyclass::ds9
}

# Starts the search for sources in the bands (in the one that is displayed, where it is one of
# them), in the visible part or all of it. {JOB CORNERS}: the corners {x1 y1 ...} of the part, in
# pixels of the first band, or {}.
proc ::skyclass::ds9::search::start {what image bands specs grid command} {
    set shown [lsearch -exact [lmap spec $specs {lindex $spec 0}] [dict get $image path]]
    if {$shown < 0 || $grid ne {same}} {
        # StarcNet's V, where clusters of all ages show. What is found has to be on the first band's
        # grid.
        set shown [expr {min([llength $specs] - 1, 3)}]
        if {![$bands aligned $shown]} {
            set shown 0
        }
    }
    set options [settings detection]
    set corners {}
    if {$what eq {visible}} {
        set pairs [lmap {x y} [session visible $image] {list $x $y}]
        set corners [concat {*}[coordinates translate $image $specs $grid $pairs]]
        lappend options -part [Box [lindex $specs $shown] $corners]
    }
    return [list [::skyclass::job detect $bands $shown {*}$options -command $command] $corners]
}

# The sources that a search has found, as a list object; of a part those inside its corners.
proc ::skyclass::ds9::search::found {job corners} {
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

# {X Y WIDTH HEIGHT} of the smallest rectangle of pixels around a polygon {x1 y1 ...}, inside the
# image.
proc ::skyclass::ds9::search::Box {spec corners} {
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
proc ::skyclass::ds9::search::Inside {x y corners} {
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
