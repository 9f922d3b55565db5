# "Explain this source": what the model looked at, as a frame of its own that lies on the image, and
# as contours on the image. Commands here run in coroutines.
namespace eval ::skyclass::ds9::explain {
    namespace export source answer
    namespace ensemble create
    namespace path ::skyclass::ds9

    variable shown {} ;# frame of an image -> frame of its map
    variable last {}  ;# what the last explanation says of its source
    variable levels {0.25 0.5 0.75} ;# contours, of the map's largest value
    variable side 320 ;# screen pixels that a cutout is at least shown with
}

# Explains the one source that is meant: what is `selected` (a region or marker), `crosshair`, or
# `cursor` with argument {X Y}. `method` is one of skyclass::job explain, `ask` finds missing bands
# with the user's help.
proc ::skyclass::ds9::explain::source {what argument method ask} {
    variable last
    set image [session image]
    set specs [bands of_image $image $ask]
    set grid [coordinates grid $image $specs]
    set list [List $image $specs $grid $what $argument]
    try {
        set explanation [Run $specs $list $method]
    } finally {
        $list destroy
    }
    try {
        set about [$explanation source 0]
        if {[dict get $about explains] == 0} {
            return -code error -errorcode {SKYCLASS BAD_INPUT} "source [dict get $about id] cannot\
                be classified ([dict get $about flag]), so there is nothing to explain"
        }
        set last $about
        Show $image $explanation $about
    } finally {
        $explanation destroy
    }
}

# What the last one says, as `xpaget skyclass explanation` gives it.
proc ::skyclass::ds9::explain::answer {} {
    variable last
    if {$last eq {}} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} "nothing has been explained yet"
    }
    set text {}
    dict for {key value} $last {
        append text "$key $value\n"
    }
    return $text
}

# ---- The source ------------------------------------------------------------------------------

proc ::skyclass::ds9::explain::List {image specs grid what argument} {
    if {$what eq {selected}} {
        set list [Selected $image $specs $grid]
        if {$list ne {}} {
            return $list
        }
        if {[link ask mode] ne {crosshair}} {
            return -code error -errorcode {SKYCLASS BAD_INPUT} \
                "no source is selected; click on a region or marker, then explain it"
        }
        set what crosshair
    }
    lassign [sources snapped $image {*}[sources pixel $image $what $argument]] x y flag
    lassign [coordinates at $image $specs $grid $x $y] x y
    return [sources one [dict get $image frame] $x $y $flag]
}

# A list of the first of the selected regions and markers; {} where none is.
proc ::skyclass::ds9::explain::Selected {image specs grid} {
    set system [expr {$grid eq {sky} ? {icrs} : {physical}}]
    set selected [regions parse [session regions $system selected]]
    set lines [lmap line [dict get $selected lines] {
        if {![regions is_source $line]} continue
        set line
    }]
    if {![llength $lines]} {
        return {}
    }
    set text [regions assemble [dict get $selected head] [lrange $lines 0 0]]
    if {$grid eq {sky}} {
        return [::skyclass::sources regions $text]
    }
    return [::skyclass::sources regions $text [coordinates physical $image $specs $grid]]
}

# ---- The job ---------------------------------------------------------------------------------

# The explanation, which the caller destroys. Others may talk to DS9 meanwhile.
proc ::skyclass::ds9::explain::Run {specs list method} {
    set bands [::skyclass::bands open $specs]
    try {
        set job [::skyclass::job explain [model handle] $bands $list -method $method \
            -jobs [settings get jobs] -command [namespace code [list Ended [info coroutine]]]]
    } finally {
        $bands destroy
    }
    link unlock
    try {
        yield
    } finally {
        link lock
    }
    return [::skyclass::finish $job]
}

# Called by the job after each step and at its end.
proc ::skyclass::ds9::explain::Ended {waiting job items} {
    if {[dict get [$job status] state] ne {running}} {
        after 0 [list $waiting]
    }
}

# ---- What is shown ---------------------------------------------------------------------------

# The map in a frame beside the image's, matched to it, in the place of an earlier one.
proc ::skyclass::ds9::explain::Show {image explanation about} {
    variable shown
    set frame [dict get $image frame]
    set system [expr {[dict exists $about ra] ? {wcs} : {physical}}]
    link tell "frame $frame"
    if {![session shows $image]} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "the image in frame $frame was closed before its explanation was made"
    }
    Forget $frame
    GoTo $about
    try {
        link tell {frame new}
        dict set shown $frame [session frame]
        link tell fits [Bytes $explanation]
        foreach words {{cmap heat} {scale linear} {scale mode minmax}} {
            link tell $words
        }
        session draw [Caption $about]
        link tell "frame $frame"
        link tell "match frame $system"
        if {[dict get $about planes] eq {map}} {
            Contours $explanation $about
        }
    } finally {
        link tell "frame $frame"
    }
}

# What an earlier explanation of the frame's image left: its map, where that is still there, and its
# contours.
proc ::skyclass::ds9::explain::Forget {frame} {
    variable shown
    if {![dict exists $shown $frame]} {
        return
    }
    session erase {skyclass explanation}
    set map [dict get $shown $frame]
    dict unset shown $frame
    if {$map in [session frames]} {
        link tell "frame $map"
        link tell {frame delete}
        link tell "frame $frame"
    }
}

# The source in the middle of the view, large enough to be looked at.
proc ::skyclass::ds9::explain::GoTo {about} {
    variable side
    if {[dict exists $about ra]} {
        link tell "pan to [dict get $about ra] [dict get $about dec] wcs icrs"
    } else {
        link tell "pan to [dict get $about x] [dict get $about y] physical"
    }
    set wanted [expr {double($side) / [dict get $about size]}]
    if {[lindex [link ask zoom] 0] < $wanted} {
        link tell "zoom to $wanted"
    }
}

proc ::skyclass::ds9::explain::Bytes {explanation} {
    set file [file join [session scratch] explanation.fits]
    $explanation write $file 0
    set channel [::skyclass::open_file $file rb]
    try {
        return [read $channel]
    } finally {
        close $channel
        file delete $file
    }
}

# On the map, where tiles show it too: the class it is of, and that class's score.
proc ::skyclass::ds9::explain::Caption {about} {
    set class [dict get $about explains]
    set size [dict get $about size]
    return "image\n# text([expr {0.5 * ($size + 1)}],[expr {0.22 * $size}]) color=cyan\
        font=\"helvetica 14 bold roman\" tag={skyclass explanation}\
        text={class $class   [format %.2f [lindex [dict get $about scores] $class-1]]}\n"
}

# As regions, because DS9's own contours come with their dialog and a frame has only one set of
# them, which may be the user's.
proc ::skyclass::ds9::explain::Contours {explanation about} {
    variable levels
    set text [expr {[dict exists $about ra] ? "icrs\n" : "physical\n"}]
    foreach level $levels {
        foreach points [$explanation contours 0 $level] {
            append text "polygon([join $points ,]) # color=cyan select=0 edit=0 move=0 rotate=0\
                tag={skyclass explanation}\n"
        }
    }
    session draw $text
}
