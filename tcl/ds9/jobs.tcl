# Classification of what DS9 shows: tasks that run beside each other, each a search for sources
# (where none are given) and then a classification, whose markers are drawn while it runs. Commands
# here run in coroutines.
namespace eval ::skyclass::ds9::jobs {
    namespace export classify check cancel stop running status recover
    namespace ensemble create
    namespace path ::skyclass::ds9

    events on needed [namespace code Files]

    # Task -> dict: what, argument, single (joins the markers that are there), frame, image, specs,
    # grid, stage (search or classify), job (of that stage), started; while it searches bands,
    # corners, origin; then given, pending (rows not yet drawn), drawing, ended, first (ms until the
    # first markers), refused (what DS9 said to a marker).
    variable tasks {}
    variable n_tasks 0
    variable n_draws 0
    variable preparing {}  ;# frames whose task is about to start
    variable last {}       ;# status of the task that ended last, and the message about it
    variable batch_ms 120  ;# markers wait at most this long for company
}

# Starts a task for the current frame and returns it once it runs; {} where the one source that is
# meant is among the frame's already. what: regions, image, visible, crosshair, cursor (argument {X
# Y}, or what sources pointed takes), file (argument PATH).
proc ::skyclass::ds9::jobs::classify {what argument ask} {
    if {$what eq {cursor}} {
        return [InFrame [sources pointed $argument] [list Begin $what $argument $ask]]
    }
    return [Begin $what $argument $ask]
}

proc ::skyclass::ds9::jobs::Begin {what argument ask} {
    variable preparing
    set image [session image]
    set frame [dict get $image frame]
    set single [expr {$what in {cursor crosshair}}]
    if {!$single && [BusyWith $frame]} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "frame $frame is being classified already; wait for it or cancel it first"
    }
    check $image
    if {$single} {
        return [Start $image $what $argument $ask]
    }
    lappend preparing $frame
    try {
        set task [Start $image $what $argument $ask]
        Journal
        return $task
    } finally {
        set preparing [lsearch -all -inline -not -exact $preparing $frame]
    }
}

proc ::skyclass::ds9::jobs::Start {image what argument ask} {
    variable tasks
    variable n_tasks
    set specs [bands of_image $image $ask]
    set grid [coordinates grid $image $specs]
    set task task[incr n_tasks]
    set about [dict create what $what argument $argument single \
        [expr {$what in {cursor crosshair}}] \
        frame [dict get $image frame] image $image specs $specs grid $grid stage {} job {} \
        origin "DS9, $what" given {} pending {} drawing 0 ended 0 started [clock milliseconds] \
        first {}]
    switch -- $what {
        image - visible {
            Search $task $about
            return $task
        }
        regions {
            set given [sources given $image $specs $grid]
            set list [dict get $given list]
            if {[dict get $given whole]} {
                dict set about given $given
            }
        }
        file {
            set list [::skyclass::sources read $argument]
            dict append about origin " $argument"
        }
        default {
            lassign [sources snapped $image {*}[sources pixel $image $what $argument]] x y flag
            lassign [coordinates at $image $specs $grid $x $y] x y
            if {[layers joins [dict get $image frame] $specs]
                && ([layers holds [dict get $image frame] $x $y]
                    || [UnderWay [dict get $image frame] $x $y])} {
                Known $about
                return
            }
            dict set about at [list $x $y]
            set list [sources one [dict get $image frame] $x $y $flag]
        }
    }
    try {
        Classify $task $about $list
    } finally {
        $list destroy
    }
    return $task
}

# Is a single source within a pixel of this place being classified?
proc ::skyclass::ds9::jobs::UnderWay {frame x y} {
    variable tasks
    foreach about [dict values $tasks] {
        if {[dict get $about frame] eq $frame && [dict exists $about at]} {
            lassign [dict get $about at] u v
            if {hypot($u - $x, $v - $y) < 1} {
                return 1
            }
        }
    }
    return 0
}

# A source that has its row already: nothing to do is done, too.
proc ::skyclass::ds9::jobs::Known {about} {
    variable last
    set last [dict create state done error {} stage classify first {} done 1 total 1 rate 0 \
        remaining 0 elapsed 0 frame [dict get $about frame] what [dict get $about what]]
}

# ---- Searching -------------------------------------------------------------------------------

proc ::skyclass::ds9::jobs::Search {task about} {
    variable tasks
    set specs [dict get $about specs]
    set bands [::skyclass::bands open $specs]
    try {
        lassign [search start [dict get $about what] [dict get $about image] $bands $specs \
            [dict get $about grid] [namespace code [list Searched $task]]] job corners
    } finally {
        # The job holds them as long as it needs them.
        $bands destroy
    }
    dict set tasks $task [dict merge $about [dict create stage search job $job corners $corners]]
}

# Called by the search's job after every strip, and with none at the end.
proc ::skyclass::ds9::jobs::Searched {task job strips} {
    variable tasks
    if {![llength $strips]} {
        if {[dict exists $tasks $task]} {
            after 0 [list coroutine ::skyclass::ds9::jobs::found_$task \
                ::skyclass::ds9::jobs::Found $task $job]
        } else {
            $job destroy
        }
    } elseif {[dict exists $tasks $task]} {
        events tell progress $task
    }
}

# The search is over: what it found is classified in its frame, wherever the user has gone
# meanwhile.
proc ::skyclass::ds9::jobs::Found {task job} {
    variable tasks
    link lock
    try {
        if {![dict exists $tasks $task]} {
            return
        }
        set about [dict get $tasks $task]
        if {[dict get [$job status] state] eq {cancelled}} {
            Close $task {state cancelled}
            return
        }
        set list [search found $job [dict get $about corners]]
        try {
            set gone [ImageGone $about]
            if {$gone ne {}} {
                Abandon $task $gone
                return
            }
            InFrame [dict get $about frame] [list Classify $task $about $list]
            events tell progress $task
        } finally {
            $list destroy
        }
    } trap {SKYCLASS} {message} {
        Abandon $task $message
    } on error {message details} {
        events tell error $message $details
        Abandon $task "an error in skyclass itself: $message"
    } finally {
        link unlock
        $job destroy
    }
}

# Runs a command while a frame is the current one.
proc ::skyclass::ds9::jobs::InFrame {frame command} {
    set current [session frame]
    if {$current eq $frame} {
        return [{*}$command]
    }
    link tell "frame $frame"
    try {
        return [{*}$command]
    } finally {
        link tell "frame $current"
    }
}

# ---- Classifying -----------------------------------------------------------------------------

# Starts the classification of a list of sources; the frame is the current one.
proc ::skyclass::ds9::jobs::Classify {task about list} {
    variable tasks
    set specs [dict get $about specs]
    set bands [::skyclass::bands open $specs]
    try {
        set first [expr {[$list count] > 200 ? 4 : 0}]
        set job [::skyclass::job start [model handle] $bands $list -first $first \
            -jobs [settings get jobs] -command [namespace code [list Progress $task]]]
        set notes [$bands notes]
    } finally {
        $bands destroy
    }
    ::skyclass::annotate [$job result] [model info] [dict get $about origin] $specs $notes
    set before [expr {[dict exists $tasks $task] ? [dict get $tasks $task] : {}}]
    dict set tasks $task [dict merge $about [dict create stage classify job $job drawing 1]]
    set image [dict get $about image]
    set place [coordinates place $image $specs [dict get $about grid]]
    try {
        history remember [dict get $about frame]
        if {[dict get $about single]} {
            layers touch $image $place $specs
        } else {
            layers start $image $place $specs [dict get $about given]
        }
        layers add [dict get $about frame] $job [Inputs $about]
        history hold $job
    } on error {message details} {
        dict unset tasks $task
        if {$before ne {}} {
            dict set tasks $task $before
        }
        $job destroy
        return -options $details $message
    }
    dict set tasks $task drawing 0
    Schedule $task 0
}

# The files that a task reads, by what they are.
proc ::skyclass::ds9::jobs::Inputs {about} {
    set inputs [dict create image [lmap spec [dict get $about specs] {lindex $spec 0}] \
        model [model files]]
    if {[dict get $about what] eq {file}} {
        dict set inputs {source list} [list [dict get $about argument]]
    }
    return $inputs
}

proc ::skyclass::ds9::jobs::HasTask {frame} {
    variable tasks
    return [expr {$frame in [lmap about [dict values $tasks] {dict get $about frame}]}]
}

proc ::skyclass::ds9::jobs::BusyWith {frame} {
    variable tasks
    variable preparing
    if {$frame in $preparing} {
        return 1
    }
    dict for {task about} $tasks {
        if {[dict get $about frame] eq $frame && ![dict get $about single]} {
            return 1
        }
    }
    return 0
}

# Called by the job with the rows just finished, and with none at the end.
proc ::skyclass::ds9::jobs::Progress {task job rows} {
    variable tasks
    variable batch_ms
    if {![dict exists $tasks $task]} {
        return
    }
    if {[llength $rows]} {
        set pending [dict get $tasks $task pending]
        lappend pending {*}$rows
        dict set tasks $task pending $pending
        Schedule $task [expr {[dict get $tasks $task first] eq {} ? 0 : $batch_ms}]
    } else {
        dict set tasks $task ended 1
        Schedule $task 0
    }
}

# ---- Drawing ---------------------------------------------------------------------------------

proc ::skyclass::ds9::jobs::Schedule {task ms} {
    variable tasks
    variable n_draws
    if {![dict get $tasks $task drawing]} {
        dict set tasks $task drawing 1
        after $ms [list coroutine ::skyclass::ds9::jobs::draw[incr n_draws] \
            ::skyclass::ds9::jobs::Draw $task]
    }
}

# Draws what is pending; one at a time for each task. Holds it back while another frame is current,
# so that nobody's view jumps; at the end it goes to the frame and back.
proc ::skyclass::ds9::jobs::Draw {task} {
    variable tasks
    variable batch_ms
    link lock
    try {
        if {![dict exists $tasks $task]} {
            return
        }
        DrawInFrame $task [dict get $tasks $task]
    } trap {SKYCLASS} {message} {
        Abandon $task $message
    } on error {message details} {
        events tell error $message $details
        Abandon $task "an error in skyclass itself: $message"
    } finally {
        link unlock
    }
    if {[dict exists $tasks $task]} {
        dict set tasks $task drawing 0
        if {[dict get $tasks $task ended]} {
            Schedule $task 0
        } elseif {[llength [dict get $tasks $task pending]]} {
            Schedule $task $batch_ms
        }
        events tell progress $task
    }
}

proc ::skyclass::ds9::jobs::DrawInFrame {task about} {
    set frame [dict get $about frame]
    set gone [ImageGone $about]
    if {$gone ne {}} {
        Abandon $task $gone
        layers put_aside $frame
    } elseif {[dict get $about ended]} {
        InFrame $frame [list End $task]
    } elseif {[session frame] eq $frame} {
        DrawPending $task
    }
}

# Why a task's image is no longer there, "" while it is.
proc ::skyclass::ds9::jobs::ImageGone {about} {
    set frame [dict get $about frame]
    if {$frame ni [session frames]} {
        return "frame $frame was deleted; its classification was stopped"
    }
    if {[dict get $about stage] eq {classify} && ![layers exists $frame]} {
        return "the markers in frame $frame were cleared; its classification was stopped"
    }
    # The frame is asked before and after: the user may go to another one in between.
    if {[session frame] eq $frame && ![session shows [dict get $about image]]
        && [session frame] eq $frame} {
        return "the image in frame $frame was closed; its classification was stopped"
    }
}

proc ::skyclass::ds9::jobs::DrawPending {task} {
    variable tasks
    set about [dict get $tasks $task]
    set rows [dict get $about pending]
    if {![llength $rows]} {
        return
    }
    dict set tasks $task pending {}
    set job [dict get $about job]
    set frame [dict get $about frame]
    layers finished $frame $job $rows
    try {
        layers draw $frame [$job result] $rows
    } trap {SKYCLASS DS9 REFUSED} {message} {
        # A region that DS9 stumbles over must not cost the others their classes.
        dict set tasks $task refused $message
    }
    if {[dict get $about first] eq {}} {
        dict set tasks $task first [expr {[clock milliseconds] - [dict get $about started]}]
    }
}

# ---- Ends ------------------------------------------------------------------------------------

# The classification is over: the markers now stand for the given regions that were classified;
# those that a cancel left over are as they were.
proc ::skyclass::ds9::jobs::End {task} {
    variable tasks
    DrawPending $task
    set about [dict get $tasks $task]
    set frame [dict get $about frame]
    set drawn [expr {![layers ended $frame [dict get $about job]]}]
    if {[dict get $about given] ne {}} {
        set lines [dict get $about given lines]
        set done [lmap row [layers rows_of $frame [dict get $about job]] {lindex $lines $row}]
        set drawn [expr {[layers swap_given $frame $done] || $drawn}]
    }
    if {!$drawn} {
        layers redraw $frame
    }
    Close $task [expr {[dict exists $about refused] ? [list error [dict get $about refused]] : {}}]
}

# Nothing more can be drawn. The results so far stay with the layer, where that still exists.
proc ::skyclass::ds9::jobs::Abandon {task message} {
    variable tasks
    if {[dict exists $tasks $task]} {
        [dict get $tasks $task job] cancel
        Close $task [dict create state failed error $message]
    }
}

# The task's status, with what `outcome` says instead, is the last one from now on.
proc ::skyclass::ds9::jobs::Close {task outcome} {
    variable tasks
    variable last
    set last [dict merge [Describe $task] $outcome]
    dict unset tasks $task
    Journal
    events tell progress $task
}

# Which frames are being classified is on the disk too, for the worker that follows one that died.
proc ::skyclass::ds9::jobs::Journal {} {
    variable tasks
    set frames [lmap about [dict values $tasks] {
        if {[dict get $about single]} continue
        dict get $about frame
    }]
    set path [file join [session scratch] running]
    if {![llength $frames]} {
        file delete $path
        return
    }
    ::skyclass::write_file $path $frames
}

# Says what a worker that died has left unfinished.
proc ::skyclass::ds9::jobs::recover {} {
    variable last
    set path [file join [session scratch] running]
    if {[catch {::skyclass::read_file $path} frames]} {
        return
    }
    file delete $path
    set text "skyclass was ended from outside while it classified frame [join $frames { and }];\
        the markers drawn so far stay until you classify again"
    set last [dict create state failed error $text frame [lindex $frames 0] what {} \
        stage {} first {} done 0 total 0 rate 0 remaining 0 elapsed 0]
    events tell message $text
}

# Ends a frame's tasks at once, because their markers are about to go.
proc ::skyclass::ds9::jobs::stop {frame} {
    variable tasks
    dict for {task about} $tasks {
        if {[dict get $about frame] eq $frame} {
            [dict get $about job] cancel
            Close $task {state cancelled}
        }
    }
}

# Stops one task, or all; what was done before stays.
proc ::skyclass::ds9::jobs::cancel {{only {}}} {
    variable tasks
    dict for {task about} $tasks {
        if {$only in [list {} $task]} {
            [dict get $about job] cancel
        }
    }
}

# Before a command about the current frame: tasks whose image is no longer there end now, and the
# frame's layer is that of the image which it shows.
proc ::skyclass::ds9::jobs::check {image} {
    variable tasks
    set frame [dict get $image frame]
    dict for {task about} $tasks {
        if {[dict get $about frame] eq $frame} {
            set gone [ImageGone $about]
            if {$gone ne {}} {
                Abandon $task $gone
            }
        }
    }
    if {![HasTask $frame]} {
        layers check $image
    }
}

# The files that tasks read from or will.
proc ::skyclass::ds9::jobs::Files {} {
    variable tasks
    set files {}
    foreach about [dict values $tasks] {
        lappend files [dict get $about image path] {*}[lmap spec [dict get $about specs] \
            {lindex $spec 0}]
    }
    return $files
}

proc ::skyclass::ds9::jobs::running {} {
    variable tasks
    return [dict keys $tasks]
}

proc ::skyclass::ds9::jobs::Describe {task} {
    variable tasks
    set about [dict get $tasks $task]
    set status [[dict get $about job] status]
    foreach key {frame what stage first} {
        dict set status $key [dict get $about $key]
    }
    return $status
}

# Status of a running task, or of the one that ended last.
proc ::skyclass::ds9::jobs::status {{task {}}} {
    variable tasks
    variable last
    if {$task eq {}} {
        set task [lindex [dict keys $tasks] end]
    }
    if {![dict exists $tasks $task]} {
        return $last
    }
    # To the outside a task runs until its last markers are drawn.
    return [dict merge [Describe $task] {state running}]
}
