# Undo and redo: the layers that each frame had before, and those it had after.
namespace eval ::skyclass::ds9::history {
    namespace export remember hold undo redo forget
    namespace ensemble create
    namespace path ::skyclass::ds9

    events on forgotten [namespace code forget]

    variable past {}   ;# frame -> layers, the newest last; {} stands for none
    variable future {} ;# the same, as undo left them
    variable jobs {}   ;# every job of a layer
    variable depth 50  ;# a layer shares its jobs with its neighbours, so this costs little
}

# A step begins: what the frame shows now can be come back to.
proc ::skyclass::ds9::history::remember {frame} {
    variable past
    variable future
    variable depth
    dict lappend past $frame [layers get $frame]
    set steps [dict get $past $frame]
    dict set past $frame [lrange $steps end-[expr {$depth - 1}] end]
    dict set future $frame {}
    Release
}

# One step back, or forward again. False where there is none.
proc ::skyclass::ds9::history::undo {frame} {
    variable past
    variable future
    return [Step $frame past future]
}

proc ::skyclass::ds9::history::redo {frame} {
    variable past
    variable future
    return [Step $frame future past]
}

proc ::skyclass::ds9::history::Step {frame from to} {
    upvar 1 $from source $to target
    if {![dict exists $source $frame] || ![llength [dict get $source $frame]]} {
        return 0
    }
    set layer [lindex [dict get $source $frame] end]
    dict set source $frame [lrange [dict get $source $frame] 0 end-1]
    set left [layers get $frame]
    dict lappend target $frame $left
    Show $frame $layer $left
    Release
    return 1
}

proc ::skyclass::ds9::history::Show {frame layer left} {
    if {$layer ne {} && $left ne {} && [dict get $layer id] == [dict get $left id]} {
        layers keep_parts $frame $layer
        return
    }
    layers remove $frame
    if {$layer ne {}} {
        layers put_on $frame $layer
    }
}

# A job's results belong to a layer now.
proc ::skyclass::ds9::history::hold {job} {
    variable jobs
    dict set jobs $job 1
}

# The frame has gone, or holds another image: there is no way back.
proc ::skyclass::ds9::history::forget {frame} {
    variable past
    variable future
    dict unset past $frame
    dict unset future $frame
    Release
}

# Frees the jobs that no layer refers to any more.
proc ::skyclass::ds9::history::Release {} {
    variable past
    variable future
    variable jobs
    set used {}
    foreach layer [layers all] {
        Collect $layer used
    }
    foreach steps [concat [dict values $past] [dict values $future]] {
        foreach layer $steps {
            Collect $layer used
        }
    }
    foreach job [dict keys $jobs] {
        if {![dict exists $used $job]} {
            dict unset jobs $job
            layers released $job
            $job destroy
        }
    }
}

proc ::skyclass::ds9::history::Collect {layer into} {
    upvar 1 $into used
    if {$layer ne {}} {
        foreach part [dict get $layer parts] {
            dict set used [dict get $part job] 1
        }
    }
}
