# The markers of each frame: what was classified, what is shown of it, and how to take it back.
#
# A layer is a dict: frame; file (the image it belongs to); system; parts {{job J result R} ...};
# hidden {CLASS ...}; given (the user's regions that the markers stand for, as they were, or "").
# Markers carry DS9's tag {skyclass}; nothing without that tag is ever taken away, except the regions
# the user gave to be classified, which come back on clear and undo.
namespace eval ::skyclass::ds9::layers {
    namespace export exists start touch add finished rows rows_of counts hidden hide redraw draw clear \
        undo forget results given stand_for check recover
    namespace ensemble create
    namespace path ::skyclass::ds9

    variable layers {}  ;# frame -> layer
    variable history {} ;# layers to go back to, newest last
    variable depth 8
    variable header "# Region file format: DS9 version 4.1\n"
}

proc ::skyclass::ds9::layers::exists {frame} {
    variable layers
    return [dict exists $layers $frame]
}

proc ::skyclass::ds9::layers::Get {frame key} {
    variable layers
    return [dict get $layers $frame $key]
}

# A new, empty layer in the place of the frame's old one, which can be come back to. Takes the old
# markers off the image (`image` as session image gives it).
proc ::skyclass::ds9::layers::start {image} {
    variable layers
    set frame [dict get $image frame]
    Remember $frame
    TakeOff $frame
    dict set layers $frame [dict create frame $frame file [dict get $image file] \
        system [dict get $image system] parts {} hidden {} given {}]
}

# For a marker that comes to those that are there: the same layer, or a new one on an image that has
# none (or another image than the layer's).
proc ::skyclass::ds9::layers::touch {image} {
    variable layers
    set frame [dict get $image frame]
    if {[exists $frame] && [Get $frame file] eq [dict get $image file]} {
        Remember $frame
        return
    }
    start $image
}

proc ::skyclass::ds9::layers::Remember {frame} {
    variable layers
    variable history
    variable depth
    lappend history [expr {[dict exists $layers $frame] ? [dict get $layers $frame] : [list frame $frame parts {}]}]
    while {[llength $history] > $depth} {
        set history [lassign $history oldest]
        Release $oldest
    }
}

# Frees the jobs of a layer that nothing refers to any more.
proc ::skyclass::ds9::layers::Release {layer} {
    variable layers
    variable history
    set used {}
    foreach other [list {*}$history {*}[dict values $layers]] {
        foreach part [dict get $other parts] {
            lappend used [dict get $part job]
        }
    }
    foreach part [dict get $layer parts] {
        if {[dict get $part job] ni $used} {
            catch {[dict get $part job] destroy}
        }
    }
}

# Off the image with the frame's markers; the regions they stood for come back.
proc ::skyclass::ds9::layers::TakeOff {frame} {
    variable layers
    session erase skyclass
    if {[dict exists $layers $frame]} {
        set given [Get $frame given]
        if {$given ne {}} {
            session draw $given
            dict set layers $frame given {}
            Journal $frame {}
        }
    }
}

proc ::skyclass::ds9::layers::add {frame job} {
    variable layers
    set parts [Get $frame parts]
    lappend parts [dict create job $job result [$job result] rows {}]
    dict set layers $frame parts $parts
}

# Rows of a job whose classes are known now.
proc ::skyclass::ds9::layers::finished {frame job rows} {
    variable layers
    dict set layers $frame parts [lmap part [Get $frame parts] {
        if {[dict get $part job] eq $job} {
            dict lappend part rows {*}$rows
        }
        set part
    }]
}

proc ::skyclass::ds9::layers::rows_of {frame job} {
    foreach part [Get $frame parts] {
        if {[dict get $part job] eq $job} {
            return [lsort -integer [dict get $part rows]]
        }
    }
}

# The user's regions that the markers of a frame stand for, as they were; "" when there are none.
proc ::skyclass::ds9::layers::given {frame} {
    return [expr {[exists $frame] ? [Get $frame given] : {}}]
}

proc ::skyclass::ds9::layers::stand_for {frame text} {
    variable layers
    dict set layers $frame given $text
    Journal $frame $text
}

# Draws rows of one result, those of hidden classes left out.
proc ::skyclass::ds9::layers::draw {frame result rows} {
    set text [Text $frame $result $rows]
    if {$text ne {}} {
        session draw $text
    }
}

proc ::skyclass::ds9::layers::Text {frame result rows} {
    variable header
    set hidden [Get $frame hidden]
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
        -text [settings get text]]
    if {[Get $frame system] eq {physical}} {
        set text [regsub -all -line {^image;} $text {physical;}]
    }
    # Every row comes with the defaults of its region list; once is enough.
    regexp -line {^global .*$} $text defaults
    set text [regsub -all -line {^global .*\n} $text {}]
    return $header[expr {[info exists defaults] ? "$defaults\n" : {}}]$text
}

# Everything again from the results: after a change of palette or of what is shown.
proc ::skyclass::ds9::layers::redraw {frame} {
    session erase skyclass
    foreach part [Get $frame parts] {
        draw $frame [dict get $part result] [dict get $part rows]
    }
}

proc ::skyclass::ds9::layers::hidden {frame} {
    return [Get $frame hidden]
}

proc ::skyclass::ds9::layers::hide {frame classes} {
    variable layers
    dict set layers $frame hidden $classes
    redraw $frame
}

# Every classified source of the frame, in order: dicts as "$result row" gives them.
proc ::skyclass::ds9::layers::rows {frame} {
    set all {}
    foreach part [Get $frame parts] {
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
    foreach part [Get $frame parts] {
        dict for {class n} [[dict get $part result] counts] {
            dict incr counts $class $n
        }
    }
    return $counts
}

proc ::skyclass::ds9::layers::results {frame} {
    return [lmap part [Get $frame parts] {dict get $part result}]
}

proc ::skyclass::ds9::layers::clear {frame} {
    variable layers
    if {[exists $frame]} {
        Remember $frame
    }
    TakeOff $frame
    dict unset layers $frame
}

# Goes back one step in whatever frame it was taken; returns that frame, or "" when there is none.
# The regions that had been given stay as the user drew them, beneath the markers.
proc ::skyclass::ds9::layers::undo {frame} {
    variable layers
    variable history
    set at [lindex [lsearch -all -exact [lmap layer $history {dict get $layer frame}] $frame] end]
    if {$at eq {}} {
        return 0
    }
    set layer [lindex $history $at]
    set history [lreplace $history $at $at]
    TakeOff $frame
    set left [expr {[exists $frame] ? [dict get $layers $frame] : [list parts {}]}]
    dict unset layers $frame
    if {[llength [dict get $layer parts]]} {
        dict set layer given {}
        dict set layers $frame $layer
        redraw $frame
    }
    Release $left
    return 1
}

# Forgets a layer that no longer is what the frame shows: another image was loaded, the frame was
# deleted and made again, or the user deleted all markers.
proc ::skyclass::ds9::layers::check {image} {
    set frame [dict get $image frame]
    if {![exists $frame]} {
        return
    }
    set drawn 0
    foreach part [Get $frame parts] {
        incr drawn [llength [dict get $part rows]]
    }
    set file [Get $frame file]
    if {($file ne {} && $file ne [dict get $image file])
        || ($drawn > 0 && ![llength [Get $frame hidden]]
            && ![string match "*tag={skyclass}*" [link ask {regions -format ds9 -group skyclass}]])} {
        forget $frame
    }
}

# The frame has gone, or holds another image.
proc ::skyclass::ds9::layers::forget {frame} {
    variable layers
    variable history
    if {![exists $frame]} {
        return
    }
    set layer [dict get $layers $frame]
    dict unset layers $frame
    Journal $frame {}
    Release $layer
}

# Given regions must survive a worker that dies while markers stand for them.
proc ::skyclass::ds9::layers::Journal {frame text} {
    set path [file join [session scratch] given$frame.reg]
    if {$text eq {}} {
        file delete $path
        return
    }
    set channel [open $path w]
    fconfigure $channel -encoding utf-8
    puts $channel $text
    close $channel
}

# After a worker that died: the regions that its markers stand for come back on the next clear.
proc ::skyclass::ds9::layers::recover {} {
    variable layers
    foreach path [glob -nocomplain -directory [session scratch] given*.reg] {
        regexp {given(\d+)\.reg$} $path -> frame
        set channel [open $path]
        fconfigure $channel -encoding utf-8
        dict set layers $frame [dict create frame $frame file {} system image parts {} hidden {} \
            given [read $channel]]
        close $channel
    }
}
