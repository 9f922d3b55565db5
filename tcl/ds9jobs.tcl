# Classification of what DS9 shows: finds bands and sources, runs the job, draws markers while it
# runs. Commands here run in coroutines.
namespace eval ::skyclass::ds9::jobs {
    namespace export classify cancel stop running status model use_model choose_bands
    namespace ensemble create
    namespace path ::skyclass::ds9

    variable model {}      ;# the model in use, loaded once
    variable model_info {}
    variable bands_found {} ;# {KEY SPECS}: the bands of the image classified last
    variable jobs {}       ;# running job -> dict frame image what single sources pending drawing ended
    variable preparing {}  ;# frames whose job is about to start
    variable last {}       ;# status of the job that ended last, and the message about it
    variable batch_ms 120  ;# markers wait at most this long for company
    variable given_tag {skyclass given}
}

# ---- Model -----------------------------------------------------------------------------------

proc ::skyclass::ds9::jobs::model {} {
    variable model
    variable model_info
    if {$model eq {}} {
        set name [settings get model]
        use_model [expr {$name eq {} ? {starcnet} : $name}]
    }
    return $model_info
}

# Another model from now on; running jobs keep theirs.
proc ::skyclass::ds9::jobs::use_model {name} {
    variable model
    variable model_info
    set new [::skyclass::model open [::skyclass::find_model $name]]
    if {$model ne {}} {
        $model destroy
    }
    set model $new
    set model_info [$new info]
    settings put model $name
}

# ---- Bands -----------------------------------------------------------------------------------

# The files of the bands for the current image. `ask` is a command prefix that gets the model's info,
# the choice so far and the image's path, and returns the user's choice; "" where nobody can be asked.
proc ::skyclass::ds9::jobs::Bands {image ask} {
    variable bands_found
    set info [model]
    set path [dict get $image path]
    set key [list [dict get $image frame] $path [dict get $info bands] \
        [settings get bands] [session frames]]
    if {[lindex $bands_found 0] eq $key} {
        return [lindex $bands_found 1]
    }
    set choice [bands choose $info [session candidates] $path]
    if {[llength [dict get $choice missing]] || [llength [dict get $choice ambiguous]]} {
        if {$ask eq {}} {
            return -code error -errorcode {SKYCLASS BAD_INPUT} [Lacking $info $choice]
        }
        set specs [{*}$ask $info $choice $path]
        bands remember $path $specs
    } else {
        set specs [dict get $choice bands]
        set bands_found [list $key $specs]
    }
    return $specs
}

proc ::skyclass::ds9::jobs::Lacking {info choice} {
    set problems {}
    if {[llength [dict get $choice missing]]} {
        lappend problems "no open image serves [join [dict get $choice missing] {, }]"
    }
    if {[llength [dict get $choice ambiguous]]} {
        lappend problems "several open images serve [join [dict get $choice ambiguous] {, }]"
    }
    set wants [join [lmap band [dict get $info bands] {bands label $band}] {, }]
    return "[join $problems { and }]; the model wants $wants: open them in DS9, or say \"bands ROLE=FILE ...\""
}

# Asks about the bands of the current image, whatever is known of them, and remembers the answer.
proc ::skyclass::ds9::jobs::choose_bands {ask} {
    variable bands_found {}
    set info [model]
    set path [dict get [session image] path]
    set choice [bands choose $info [session candidates] $path]
    bands remember $path [{*}$ask $info $choice $path]
}

# Do positions in the displayed image mean the same pixels in the bands (whose first one counts)?
proc ::skyclass::ds9::jobs::OnGrid {image specs} {
    set shown [::skyclass::image info [dict get $image path]]
    set first [::skyclass::image info {*}[lindex $specs 0]]
    return [expr {[dict get $shown width] == [dict get $first width]
        && [dict get $shown height] == [dict get $first height]}]
}

# ---- Sources ---------------------------------------------------------------------------------

# The sources to classify, as a list object, and the given regions they come from ("" or a dict as
# regions parse gives it).
proc ::skyclass::ds9::jobs::Sources {what argument image bands specs} {
    switch -- $what {
        regions {
            set given [GivenRegions $image]
            set text [regions assemble $given [dict get $given sources]]
            if {[dict get $image system] eq {physical}} {
                set text [regsub -all -line {^physical$} $text image]
            }
            set sources [::skyclass::sources regions $text]
            if {[$sources count] != [llength [dict get $given sources]]} {
                dict set given whole 0
            }
            return [list $sources $given]
        }
        image - visible {
            return [list [Detected $what $image $bands $specs] {}]
        }
        file {
            return [list [::skyclass::sources read $argument] {}]
        }
        crosshair {
            set argument [link ask "crosshair [dict get $image system]"]
        }
    }
    lassign $argument x y
    lassign [dict get $image block] bx by
    if {![string is double -strict $x] || ![string is double -strict $y]} {
        return -code error -errorcode {SKYCLASS USAGE} "a position is two numbers, X Y in image pixels"
    }
    if {$what eq {cursor}} {
        set x [expr {($x - 0.5) * $bx + 0.5}]
        set y [expr {($y - 0.5) * $by + 0.5}]
    }
    if {[dict get $image system] eq {icrs}} {
        return [list [::skyclass::sources regions "icrs\npoint($x,$y)\n"] {}]
    }
    return [list [::skyclass::sources positions [list [list [NextId [dict get $image frame]] $x $y]]] {}]
}

# The number of a source that joins those of a frame.
proc ::skyclass::ds9::jobs::NextId {frame} {
    set n 1
    if {[layers exists $frame]} {
        foreach result [layers results $frame] {
            incr n [$result count]
        }
    }
    return $n
}

# The user's regions in the current frame: those that are selected, else all. Our own markers do not
# count; the regions that markers stand for do.
proc ::skyclass::ds9::jobs::GivenRegions {image} {
    variable given_tag
    set frame [dict get $image frame]
    set system [dict get $image system]
    foreach which {selected {}} {
        set given [regions parse [session regions $system $which]]
        set lines [dict get $given sources]
        set interrupted [lsearch -glob $lines "*tag={$given_tag}*"]
        if {[layers exists $frame] || $interrupted >= 0} {
            set lines [lmap line $lines {
                if {[regions tagged $line skyclass]} continue
                set line
            }]
        }
        set lines [regions untag $lines $given_tag]
        if {$which eq {}} {
            set before [layers given $frame]
            if {$before ne {}} {
                lappend lines {*}[dict get [regions parse $before] sources]
            }
        }
        if {[llength $lines]} {
            break
        }
    }
    if {![llength $lines]} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "there are no regions in frame $frame; draw or load circles, points or boxes on the sources first"
    }
    dict set given sources $lines
    dict set given which [expr {$which eq {} ? {all} : {select}}]
    return $given
}

# Sources that SEP finds in the displayed image, all or only those in view.
proc ::skyclass::ds9::jobs::Detected {what image bands specs} {
    set options {}
    foreach {option key} {-threshold threshold -ci ci_min -fwhm fwhm_max} {
        lappend options $option [settings get $key]
    }
    set shown [lsearch -exact [lmap spec $specs {lindex $spec 0}] [dict get $image path]]
    set band [expr {$shown >= 0 ? $shown : min([llength $specs] - 1, 3)}]
    if {$what eq {image}} {
        return [::skyclass::detect $bands $band {*}$options]
    }
    set corners [session visible $image]
    set found [::skyclass::detect $bands $band {*}$options -part [Box $image $corners]]
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
            "no source was found in the visible part; zoom out, or lower the threshold in Model and bands"
    }
    return [::skyclass::sources positions $positions]
}

# {X Y WIDTH HEIGHT} of the smallest rectangle of pixels around a polygon {x1 y1 ...}, inside the image.
proc ::skyclass::ds9::jobs::Box {image corners} {
    set shown [::skyclass::image info [dict get $image path]]
    foreach axis {x y} start {0 1} size {width height} {
        set values [lsort -real [lmap {a b} $corners {lindex [list $a $b] $start}]]
        set first [expr {max(1, int([lindex $values 0]))}]
        set last [expr {min([dict get $shown $size], int([lindex $values end]) + 1)}]
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
proc ::skyclass::ds9::jobs::Inside {x y corners} {
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

# ---- The job ---------------------------------------------------------------------------------

# Starts a job for the current frame and returns it once it runs. what: regions, image, visible,
# crosshair, cursor (argument {X Y}), file (argument PATH).
proc ::skyclass::ds9::jobs::classify {what argument ask} {
    variable jobs
    variable preparing
    set image [session image]
    set frame [dict get $image frame]
    set single [expr {$what in {cursor crosshair}}]
    if {!$single && [BusyWith $frame]} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "frame $frame is being classified already; wait for it or cancel it first"
    }
    if {$frame ni [lmap about [dict values $jobs] {dict get $about frame}]} {
        layers check $image
    }
    if {$single} {
        return [Start $image $what $argument $ask]
    }
    lappend preparing $frame
    try {
        return [Start $image $what $argument $ask]
    } finally {
        set preparing [lsearch -all -inline -not -exact $preparing $frame]
    }
}

proc ::skyclass::ds9::jobs::Start {image what argument ask} {
    variable model
    variable jobs
    set frame [dict get $image frame]
    set specs [Bands $image $ask]
    if {![OnGrid $image $specs]} {
        dict set image system icrs
    }
    set bands [::skyclass::bands open $specs]
    try {
        lassign [Sources $what $argument $image $bands $specs] sources given
        try {
            set first [expr {[$sources count] > 200 ? 4 : 0}]
            set job [::skyclass::job start $model $bands $sources -first $first \
                -jobs [settings get jobs] -command ::skyclass::ds9::jobs::Progress]
        } finally {
            $sources destroy
        }
    } finally {
        $bands destroy
    }
    set single [expr {$what in {cursor crosshair}}]
    dict set jobs $job [dict create frame $frame image $image what $what single $single given $given \
        pending {} drawing 1 ended 0 started [clock milliseconds] first {}]
    ::skyclass::annotate [$job result] [model] \
        "DS9, $what[expr {$what eq {file} ? " $argument" : {}}]" $specs
    try {
        # A single source joins the markers that are there; anything else replaces them.
        if {$single} {
            layers touch $image
        } else {
            layers start $image
            if {$given ne {} && [dict get $given whole]} {
                MarkGiven $given
            }
        }
        layers add $frame $job
    } on error {message details} {
        dict unset jobs $job
        $job destroy
        return -options $details $message
    }
    dict set jobs $job drawing 0
    Schedule $job 0
    return $job
}

proc ::skyclass::ds9::jobs::BusyWith {frame} {
    variable jobs
    variable preparing
    if {$frame in $preparing} {
        return 1
    }
    dict for {job about} $jobs {
        if {[dict get $about frame] eq $frame && ![dict get $about single]} {
            return 1
        }
    }
    return 0
}

# Draws the given regions again with a tag by which they can be taken away when their markers stand
# for them.
proc ::skyclass::ds9::jobs::MarkGiven {given} {
    variable given_tag
    set lines [regions tag [dict get $given sources] $given_tag]
    if {[dict get $given which] eq {all}} {
        lappend lines {*}[dict get $given others]
        link tell {regions delete all}
    } else {
        link tell {regions delete select}
    }
    session draw [regions assemble $given $lines]
}

# Called by the job with the rows just finished, and with none at the end.
proc ::skyclass::ds9::jobs::Progress {job rows} {
    variable jobs
    variable batch_ms
    if {![dict exists $jobs $job]} {
        return
    }
    if {[llength $rows]} {
        set pending [dict get $jobs $job pending]
        lappend pending {*}$rows
        dict set jobs $job pending $pending
        Schedule $job [expr {[dict get $jobs $job first] eq {} ? 0 : $batch_ms}]
    } else {
        dict set jobs $job ended 1
        Schedule $job 0
    }
}

proc ::skyclass::ds9::jobs::Schedule {job ms} {
    variable jobs
    if {[dict get $jobs $job drawing] == 0} {
        dict set jobs $job drawing 1
        variable n_draws
        after $ms [list coroutine ::skyclass::ds9::jobs::draw[incr n_draws] \
            ::skyclass::ds9::jobs::Draw $job]
    }
}

# Draws what is pending; one at a time for each job. Holds it back while another frame is current, so
# that nobody's view jumps; at the end it goes to the frame and back.
proc ::skyclass::ds9::jobs::Draw {job} {
    variable jobs
    variable batch_ms
    link lock
    try {
        if {![dict exists $jobs $job]} {
            return
        }
        DrawInFrame $job [dict get $jobs $job]
    } trap {SKYCLASS} {message} {
        Abandon $job $message
    } on error {message details} {
        ::skyclass::worker::Report $message $details
        Abandon $job "an error in skyclass itself: $message"
    } finally {
        link unlock
    }
    if {[dict exists $jobs $job]} {
        dict set jobs $job drawing 0
        if {[dict get $jobs $job ended]} {
            Schedule $job 0
        } elseif {[llength [dict get $jobs $job pending]]} {
            Schedule $job $batch_ms
        }
        window changed $job
    }
}

proc ::skyclass::ds9::jobs::DrawInFrame {job about} {
    set frame [dict get $about frame]
    set gone [ImageGone $about]
    if {$gone ne {}} {
        Abandon $job $gone
        layers forget $frame
        return
    }
    set current [session frame]
    if {$current eq $frame} {
        DrawPending $job
        if {[dict get $about ended]} {
            End $job
        }
    } elseif {[dict get $about ended]} {
        link tell "frame $frame"
        try {
            DrawPending $job
            End $job
        } finally {
            link tell "frame $current"
        }
    }
}

# Why a job's image is no longer there, "" while it is.
proc ::skyclass::ds9::jobs::ImageGone {about} {
    set frame [dict get $about frame]
    if {$frame ni [session frames]} {
        return "frame $frame was deleted; its classification was stopped"
    }
    if {![layers exists $frame]} {
        return "the markers in frame $frame were cleared; its classification was stopped"
    }
    # The frame is asked before and after: the user may go to another one in between.
    if {[session frame] eq $frame && [session file_name] ne [dict get $about image file]
        && [link ask {rgb channel}] eq [dict get $about image channel] && [session frame] eq $frame} {
        return "the image in frame $frame was closed; its classification was stopped"
    }
}

proc ::skyclass::ds9::jobs::DrawPending {job} {
    variable jobs
    set rows [dict get $jobs $job pending]
    if {![llength $rows]} {
        return
    }
    dict set jobs $job pending {}
    set frame [dict get $jobs $job frame]
    layers finished $frame $job $rows
    try {
        layers draw $frame [$job result] $rows
    } trap {SKYCLASS DS9 REFUSED} {message} {
        # A region that DS9 stumbles over must not cost the others their classes.
        dict set jobs $job refused $message
    }
    if {[dict get $jobs $job first] eq {}} {
        dict set jobs $job first [expr {[clock milliseconds] - [dict get $jobs $job started]}]
    }
}

# The job is over: the markers now stand for the given regions that were classified; those that a
# cancel left over are as they were.
proc ::skyclass::ds9::jobs::End {job} {
    variable jobs
    variable last
    variable given_tag
    set about [dict get $jobs $job]
    set given [dict get $about given]
    if {$given ne {} && [dict get $given whole]} {
        set done [layers rows_of [dict get $about frame] $job]
        set lines [dict get $given sources]
        set stood_for [lmap row $done {lindex $lines $row}]
        session erase $given_tag
        if {[llength $done] < [llength $lines]} {
            set left {}
            set i -1
            foreach line $lines {
                if {[incr i] ni $done} {
                    lappend left $line
                }
            }
            session draw [regions assemble $given $left]
        }
        layers stand_for [dict get $about frame] \
            [regions assemble $given $stood_for]
    }
    set last [Describe $job]
    if {[dict exists $about refused]} {
        dict set last error [dict get $about refused]
    }
    dict unset jobs $job
    window changed $job
}

# Nothing more can be drawn. The results so far stay with the layer, where that still exists.
proc ::skyclass::ds9::jobs::Abandon {job message} {
    variable jobs
    variable last
    set last [dict merge [Describe $job] [dict create state failed error $message]]
    dict unset jobs $job
    catch {$job cancel}
    window changed $job
}

proc ::skyclass::ds9::jobs::Describe {job} {
    variable jobs
    set about [dict get $jobs $job]
    set status [$job status]
    foreach key {frame what first} {
        dict set status $key [dict get $about $key]
    }
    return $status
}

proc ::skyclass::ds9::jobs::running {} {
    variable jobs
    return [dict keys $jobs]
}

# Ends a frame's jobs at once, because their markers are about to go.
proc ::skyclass::ds9::jobs::stop {frame} {
    variable jobs
    variable last
    dict for {job about} $jobs {
        if {[dict get $about frame] eq $frame} {
            $job cancel
            set last [dict merge [Describe $job] {state cancelled}]
            dict unset jobs $job
            window changed $job
        }
    }
}

proc ::skyclass::ds9::jobs::cancel {} {
    variable jobs
    foreach job [dict keys $jobs] {
        $job cancel
    }
}

# Status of a running job, or of the one that ended last.
proc ::skyclass::ds9::jobs::status {{job {}}} {
    variable jobs
    variable last
    if {$job eq {}} {
        set job [lindex [dict keys $jobs] end]
    }
    if {![dict exists $jobs $job]} {
        return $last
    }
    # To the outside a job runs until its last markers are drawn.
    return [dict merge [Describe $job] {state running}]
}
