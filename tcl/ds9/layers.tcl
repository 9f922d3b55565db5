# The markers of each frame: what was classified and what is shown of it.
#
# A layer is a dict: id (of the classification it began with); files (the image it belongs to, as
# session files gives it); model (checksum); view (the model's by which classes are merged, or {});
# specs (the bands); place (options by which a result writes points into that image); parts ({job J
# result R rows {...} inputs {WHAT FILES ...}} ...); hidden {CLASS ...}; and of the user's regions,
# as lines of text in physical coordinates: head, order (all that there were at the start), given
# (those that the markers stand for, which are off the image meanwhile).
#
# Markers carry DS9's tag {skyclass}. Nothing without it is ever taken away but the given regions,
# which come back, at their places in the order, when their markers go.
#
# A layer belongs to its image and not to the frame: when another image is opened in the frame it is
# put aside, and it is back as soon as its image is shown again, in whatever frame.
namespace eval ::skyclass::ds9::layers {
    namespace export exists get all start touch add finished rows_of given rows counts results \
        inputs hidden hide redraw draw swap_given remove put_on keep_parts joins holds check \
        put_aside forget recover classes show_view ended released
    namespace ensemble create
    namespace path ::skyclass::ds9

    variable layers {} ;# frame -> layer
    variable aside {}  ;# files -> layer, of images that are not shown now; the newest last
    variable n_aside 20
    variable n_layers 0
    variable merged {} ;# job -> {VIEW RESULT ...}: copies of its result, merged by a view
    variable header "# Region file format: DS9 version 4.1\n"
}

proc ::skyclass::ds9::layers::exists {frame} {
    variable layers
    return [dict exists $layers $frame]
}

# One entry of a frame's layer; the whole layer, {} where there is none, without a key.
proc ::skyclass::ds9::layers::get {frame {key {}}} {
    variable layers
    if {$key ne {}} {
        return [dict get $layers $frame $key]
    }
    return [expr {[exists $frame] ? [dict get $layers $frame] : {}}]
}

# Every layer there is, those put aside as well.
proc ::skyclass::ds9::layers::all {} {
    variable layers
    variable aside
    return [concat [dict values $layers] [dict values $aside]]
}

# A new, empty layer in the place of the frame's old one. Takes the old markers off the image
# (`image` as session image gives it). given: the user's regions that are to be classified, as
# sources given has them, or {}.
proc ::skyclass::ds9::layers::start {image place specs given} {
    variable layers
    variable n_layers
    set frame [dict get $image frame]
    if {[exists $frame] || $given eq {}} {
        remove $frame
    }
    dict set layers $frame [dict create id [incr n_layers] files [session files $image] \
        model [dict get [model info] checksum] view [model view] specs $specs place $place \
        parts {} hidden {} head {} order {} given {}]
    if {$given ne {}} {
        dict set layers $frame head [dict get $given head]
        dict set layers $frame order [dict get $given order]
    }
}

# Does a marker come to those that the frame has? Not to those of another model or other bands.
proc ::skyclass::ds9::layers::joins {frame specs} {
    return [expr {[exists $frame] && [get $frame model] eq [dict get [model info] checksum]
        && [get $frame specs] eq $specs}]
}

# Is there a classified source within a pixel of this place (in pixels of the first band)?
proc ::skyclass::ds9::layers::holds {frame x y} {
    foreach part [get $frame parts] {
        foreach i [dict get $part rows] {
            set row [[dict get $part result] row $i]
            if {[string is double -strict [dict get $row x]]
                && hypot([dict get $row x] - $x, [dict get $row y] - $y) < 1
                && {not_done} ni [split [dict get $row flag] ,]} {
                return 1
            }
        }
    }
    return 0
}

# For a marker that comes to those that are there: the same layer, or a new one where it does not
# join.
proc ::skyclass::ds9::layers::touch {image place specs} {
    set frame [dict get $image frame]
    if {![joins $frame $specs]} {
        start $image $place $specs {}
    }
}

# A classification more, and the files that it reads: a dict of what they are (image, model, ...).
proc ::skyclass::ds9::layers::add {frame job inputs} {
    variable layers
    set parts [get $frame parts]
    lappend parts [dict create job $job result [$job result] rows {} inputs $inputs]
    dict set layers $frame parts $parts
}

# Rows of a job whose classes are known now.
proc ::skyclass::ds9::layers::finished {frame job rows} {
    variable layers
    dict set layers $frame parts [lmap part [get $frame parts] {
        if {[dict get $part job] eq $job} {
            dict lappend part rows {*}$rows
        }
        set part
    }]
}

proc ::skyclass::ds9::layers::rows_of {frame job} {
    foreach part [get $frame parts] {
        if {[dict get $part job] eq $job} {
            return [lsort -integer [dict get $part rows]]
        }
    }
}

# Every classified source of the frame, in order: dicts as "$result row" gives them.
proc ::skyclass::ds9::layers::rows {frame} {
    set all {}
    foreach part [get $frame parts] {
        set result [dict get $part result]
        foreach row [lsort -integer [dict get $part rows]] {
            lappend all [$result row $row]
        }
    }
    return $all
}

# class -> number of sources; 0 counts those that could not be classified.
proc ::skyclass::ds9::layers::counts {frame} {
    set counts {}
    foreach part [get $frame parts] {
        dict for {class n} [[dict get $part result] counts] {
            dict incr counts $class $n
        }
    }
    return $counts
}

proc ::skyclass::ds9::layers::results {frame} {
    return [lmap part [get $frame parts] {dict get $part result}]
}

# How the frame's classes are called and drawn, as its results have it: dicts name, colour, shape,
# of class 0 (not classified) first. The colour is of the palette chosen.
proc ::skyclass::ds9::layers::classes {frame} {
    set result [lindex [results $frame] 0]
    set colour [expr {[settings get palette] eq {safe} ? {safe_colour} : {colour}}]
    return [lmap name [linsert [$result classes] 0 {not classified}] look [$result looks] {
        dict create name $name colour [dict get $look $colour] shape [dict get $look shape]
    }]
}

# ---- Views -----------------------------------------------------------------------------------

# Merges a frame's classes by a view of their model's, {} for the classes as they are, and draws
# them. What is still being classified follows when it is done.
proc ::skyclass::ds9::layers::show_view {frame view} {
    variable layers
    if {[get $frame view] eq $view} {
        return
    }
    set parts [lmap part [get $frame parts] {View $part $view}]
    dict set layers $frame view $view
    dict set layers $frame parts $parts
    dict set layers $frame hidden {}
    redraw $frame
}

# The rows of a job are all there: they are shown in the layer's view. False where that is none.
proc ::skyclass::ds9::layers::ended {frame job} {
    variable layers
    set view [get $frame view]
    if {$view eq {}} {
        return 0
    }
    dict set layers $frame parts [lmap part [get $frame parts] {
        expr {[dict get $part job] eq $job ? [View $part $view] : $part}
    }]
    return 1
}

# A part with the result that the view wants.
proc ::skyclass::ds9::layers::View {part view} {
    variable merged
    set job [dict get $part job]
    set own [$job result]
    if {$view eq {} || [dict get [$job status] state] eq {running}} {
        dict set part result $own
        return $part
    }
    if {![dict exists $merged $job $view]} {
        set copy [::skyclass::results join [list $own]]
        try {
            $copy view $view
        } on error {message details} {
            $copy destroy
            return -options $details $message
        }
        dict set merged $job $view $copy
    }
    dict set part result [dict get $merged $job $view]
    return $part
}

# Nothing needs this job's results any more.
proc ::skyclass::ds9::layers::released {job} {
    variable merged
    if {[dict exists $merged $job]} {
        foreach copy [dict values [dict get $merged $job]] {
            $copy destroy
        }
        dict unset merged $job
    }
}

# What the frame's results were made from: {WHAT FILES} pairs.
proc ::skyclass::ds9::layers::inputs {frame} {
    return [concat {*}[lmap part [get $frame parts] {dict get $part inputs}]]
}

# ---- Drawing ---------------------------------------------------------------------------------

# Draws rows of one result, those of hidden classes left out.
proc ::skyclass::ds9::layers::draw {frame result rows} {
    set text [Text $frame $result $rows]
    if {$text ne {}} {
        session draw $text
    }
}

proc ::skyclass::ds9::layers::Text {frame result rows} {
    variable header
    set hidden [get $frame hidden]
    if {[llength $hidden]} {
        set rows [lmap row $rows {
            if {[dict get [$result row $row] class] in $hidden} continue
            set row
        }]
    }
    if {![llength $rows]} {
        return {}
    }
    set text [$result regions -rows $rows -palette [settings get palette] \
        -text [settings get text] {*}[get $frame place]]
    # Every row comes with the defaults of its region list; once is enough.
    regexp -line {^global .*$} $text defaults
    set text [regsub -all -line {^global .*\n} $text {}]
    return $header[expr {[info exists defaults] ? "$defaults\n" : {}}]$text
}

# Everything again from the results: after a change of palette or of what is shown.
proc ::skyclass::ds9::layers::redraw {frame} {
    session erase skyclass
    DrawAll $frame
}

proc ::skyclass::ds9::layers::DrawAll {frame} {
    foreach part [get $frame parts] {
        draw $frame [dict get $part result] [dict get $part rows]
    }
}

proc ::skyclass::ds9::layers::hidden {frame} {
    return [get $frame hidden]
}

proc ::skyclass::ds9::layers::hide {frame classes} {
    variable layers
    dict set layers $frame hidden $classes
    redraw $frame
}

# ---- The user's regions ----------------------------------------------------------------------

# The user's regions that the markers of a frame stand for, as lines in the order they had.
proc ::skyclass::ds9::layers::given {frame} {
    return [expr {[exists $frame] ? [get $frame given] : {}}]
}

# The markers of a frame stand for these regions from now on: they leave the image, which holds
# them, and the markers are drawn again on top of what is left. False where there was nothing to do.
proc ::skyclass::ds9::layers::swap_given {frame lines} {
    variable layers
    set now [session all_regions]
    set left [regions minus [dict get $now lines] $lines]
    set taken [regions minus [dict get $now lines] $left]
    if {![llength $taken] || ![dict get $now whole]} {
        return 0
    }
    dict set layers $frame given $taken
    Journal $frame
    # In the order of their regions, not that in which they were done.
    dict set layers $frame parts [lmap part [get $frame parts] {
        dict set part rows [lsort -integer [dict get $part rows]]
    }]
    session replace [regions assemble [dict get $now head] [Unmarked $left]]
    DrawAll $frame
    return 1
}

proc ::skyclass::ds9::layers::Unmarked {lines} {
    return [lmap line $lines {
        if {[regions tagged $line skyclass]} continue
        set line
    }]
}

# Takes the markers off the image; the regions that they stood for come back to where they were in
# the order. The layer itself is gone then.
proc ::skyclass::ds9::layers::remove {frame} {
    variable layers
    set given [given $frame]
    if {![llength $given]} {
        session erase skyclass
    } else {
        set now [session all_regions]
        set head [get $frame head]
        if {[dict get $now whole]} {
            session replace [regions assemble $head \
                [regions merge [get $frame order] [concat [Unmarked [dict get $now lines]] $given]]]
        } else {
            session erase skyclass
            session draw [regions assemble $head $given]
        }
    }
    dict unset layers $frame
    Journal $frame
}

# A layer that was removed is what the frame shows again.
proc ::skyclass::ds9::layers::put_on {frame layer} {
    variable layers
    set given [dict get $layer given]
    dict set layer given {}
    dict set layers $frame $layer
    if {![llength $given] || ![swap_given $frame $given]} {
        redraw $frame
    }
}

# Only those parts of a frame's layer that `layer`, an earlier or later state of it, has, and the
# parts that only that one has.
proc ::skyclass::ds9::layers::keep_parts {frame layer} {
    variable layers
    set now {}
    foreach part [get $frame parts] {
        dict set now [dict get $part job] $part
    }
    dict set layers $frame parts [lmap part [dict get $layer parts] {
        set job [dict get $part job]
        expr {[dict exists $now $job] ? [dict get $now $job] : [View $part [get $frame view]]}
    }]
    redraw $frame
}

# ---- Life ------------------------------------------------------------------------------------

# Makes a frame's layer that of the image which it shows now: puts one of another image aside, takes
# up one that was put aside before. Forgets one whose markers the user deleted.
proc ::skyclass::ds9::layers::check {image} {
    set frame [dict get $image frame]
    if {[exists $frame]} {
        if {![IsOf $frame $image]} {
            put_aside $frame
        } elseif {[Drawn $frame] && ![session marked]} {
            forget $frame
        }
    }
    if {![exists $frame]} {
        TakeUp $image
    }
}

proc ::skyclass::ds9::layers::Drawn {frame} {
    foreach part [get $frame parts] {
        if {[llength [dict get $part rows]]} {
            return [expr {![llength [get $frame hidden]]}]
        }
    }
    return 0
}

proc ::skyclass::ds9::layers::IsOf {frame image} {
    variable layers
    set files [get $frame files]
    set channel [dict get $image channel]
    set path [dict get $image path]
    if {![dict exists $files $channel]} {
        # A channel that held nothing then.
        return [expr {$channel ne {} && ![dict exists $files {}]}]
    }
    if {[dict get $files $channel] eq $path} {
        return 1
    }
    # DS9 sends an image without a file as it is shown, blocked or cropped; the markers tell that it
    # is still the same one.
    if {[dict get $image mark] eq {} || ![session marked]} {
        return 0
    }
    dict set layers $frame files $channel $path
    return 1
}

# The frame does not show the layer's image any more, or has gone.
proc ::skyclass::ds9::layers::put_aside {frame} {
    variable layers
    variable aside
    variable n_aside
    if {![exists $frame]} {
        return
    }
    set layer [get $frame]
    if {[session frame] eq $frame && [session marked]} {
        # Of three channels one was replaced, which leaves the regions where they are.
        remove $frame
    }
    if {[llength [dict get $layer parts]]} {
        dict unset aside [dict get $layer files]
        dict set aside [dict get $layer files] $layer
        set aside [lrange $aside end-[expr {2 * $n_aside - 1}] end]
    }
    forget $frame
    events tell shown
}

# The layer of an image that is shown again, if there is one, with its markers. DS9 has taken the
# user's regions away with the image: clear gives those back that the markers stand for.
proc ::skyclass::ds9::layers::TakeUp {image} {
    variable layers
    variable aside
    set frame [dict get $image frame]
    dict for {files layer} $aside {
        if {![dict exists $files [dict get $image channel]]
            || [dict get $files [dict get $image channel]] ne [dict get $image path]} {
            continue
        }
        dict unset aside $files
        put_on $frame $layer
        if {![llength [given $frame]]} {
            dict set layers $frame given [dict get $layer given]
            Journal $frame
        }
        return
    }
}

# Nothing of the frame's layer is needed any more.
proc ::skyclass::ds9::layers::forget {frame} {
    variable layers
    dict unset layers $frame
    Journal $frame
    events tell forgotten $frame
}

# Given regions must survive a worker that dies while markers stand for them.
proc ::skyclass::ds9::layers::Journal {frame} {
    set path [file join [session scratch] given$frame]
    if {![llength [given $frame]]} {
        file delete $path
        return
    }
    ::skyclass::write_file $path \
        [list [get $frame files] [get $frame head] [get $frame order] [get $frame given]]
}

# After a worker that died: the regions that its markers stand for come back on the next clear.
proc ::skyclass::ds9::layers::recover {} {
    variable layers
    variable n_layers
    foreach path [glob -nocomplain -directory [session scratch] given*] {
        regexp {given(\d+)$} $path -> frame
        lassign [::skyclass::read_file $path] files head order given
        dict set layers $frame [dict create id [incr n_layers] files $files model {} view {} \
            specs {} place {} parts {} hidden {} head $head order $order given $given]
    }
}
