# Which sources are meant: the user's regions, or a position. `grid` is that of coordinates.tcl.
namespace eval ::skyclass::ds9::sources {
    namespace export given one pointed pixel snapped
    namespace ensemble create
    namespace path ::skyclass::ds9
}

# The user's regions in the current frame: those that are selected, else all. Our own markers do not
# count; the regions that markers stand for do. A dict: list (a list object of them), lines (their
# text in physical coordinates), head, order (lines of all the user's regions), whole (0 when they
# cannot be taken away and drawn again without loss).
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
    set lines \
        [Marks [Users $frame [dict get [regions parse [session regions physical selected]] lines]]]
    set which selected
    if {![llength $lines]} {
        set lines [Marks $order]
        set which {}
    }
    if {![llength $lines]} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "there are no regions in frame $frame; draw or load circles, points or boxes on the\
            sources first"
    }
    set given [dict create lines $lines head [dict get $all head] order $order whole \
        [dict get $all whole]]
    if {$grid ne {sky}} {
        set list [::skyclass::sources regions [regions assemble [dict get $all head] $lines] \
            [coordinates physical $image $specs $grid]]
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

# The frame that is meant by `cursor` X Y ?WIDTH HEIGHT VALUE ...?: what a key of DS9 says comes
# with the image's size and the pixel's value, and is about the frame under the pointer.
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

# The pixel of the displayed image's file that is meant by `cursor` X Y ... (DS9's image
# coordinates) or by the crosshair.
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

# {X Y FLAG}: the centroid of the source that stands at a pixel of the displayed image or as near as
# the setting `snap` says; the pixel itself and no_source where none does.
proc ::skyclass::ds9::sources::snapped {image x y} {
    set reach [settings get snap]
    if {$reach == 0} {
        return [list $x $y {}]
    }
    set centroid [::skyclass::image centroid [dict get $image path] [dict get $image plane] $x $y \
        $reach]
    return [list [dict get $centroid x] [dict get $centroid y] \
        [expr {[dict get $centroid found] ? {} : {no_source}}]]
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
