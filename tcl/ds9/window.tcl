# The worker's own windows: messages, progress, legend. Tk is loaded with the first one.
namespace eval ::skyclass::ds9::window {
    namespace export load_tk create buttons on_top raise_questions message note follow \
        refresh legend
    namespace ensemble create
    namespace path ::skyclass::ds9

    events on progress [namespace code Changed]
    events on shown [namespace code refresh]
    events on message [namespace code message]

    variable followed {}  ;# task whose progress is shown
    variable noted_task {} ;# task whose end is said
    variable legend_of {} ;# frame whose legend is open
    variable listed {}    ;# the classes in it
    variable note_ms 8000 ;# a note goes by itself
    variable slow_ms 400  ;# a task that is over sooner needs no progress window
    variable shown        ;# class -> does the legend's tick say that it is shown
}

# ---- Common parts ----------------------------------------------------------------------------

proc ::skyclass::ds9::window::load_tk {} {
    if {[info commands ::tk] ne {}} {
        return
    }
    package require Tk
    # Other programs on the display shall not send us code.
    rename ::send {}
    wm withdraw .
    ttk::style theme use clam
    set grey #e8e8e8
    ttk::style configure . -background $grey
    ttk::style configure TLabelframe -background $grey
    ttk::style configure Horizontal.TProgressbar -background #3a6ea5 -troughcolor #ffffff
    option add *Toplevel.background $grey
    option add *Canvas.background $grey
    option add *Canvas.highlightThickness 0
}

# A new window with a frame to fill, in the place of one with that name.
proc ::skyclass::ds9::window::create {name title} {
    load_tk
    destroy .$name
    toplevel .$name
    wm title .$name $title
    wm resizable .$name 0 0
    wm geometry .$name +[expr {[winfo screenwidth .] / 3}]+[expr {[winfo screenheight .] / 4}]
    return [Body .$name]
}

proc ::skyclass::ds9::window::Body {window} {
    pack [ttk::frame $window.body -padding 12] -fill both -expand 1
    return $window.body
}

# Buttons at the foot: {TEXT SCRIPT ...}; Return presses the first, Escape the last.
proc ::skyclass::ds9::window::buttons {window buttons} {
    pack [ttk::frame $window.buttons -padding {12 0 12 12}] -fill x
    set i 0
    set paths {}
    foreach {text script} $buttons {
        set button $window.buttons.b[incr i]
        ttk::button $button -text $text -command $script
        lappend paths $button
    }
    foreach button [lreverse $paths] {
        pack $button -side right -padx {8 0}
    }
    bind $window <Return> [list [lindex $paths 0] invoke]
    bind $window <Escape> [list [lindex $paths end] invoke]
    wm protocol $window WM_DELETE_WINDOW [list [lindex $paths end] invoke]
    focus [lindex $paths 0]
}

# A question stays above DS9's window, and on the screen.
proc ::skyclass::ds9::window::on_top {window} {
    update idletasks
    set x [expr {max(0, min([winfo screenwidth .] / 3,
        [winfo screenwidth .] - [winfo reqwidth $window] - 20))}]
    wm geometry $window +$x+[expr {[winfo screenheight .] / 4}]
    wm attributes $window -topmost 1
}

# The questions that are open, for whoever has lost them behind another window.
proc ::skyclass::ds9::window::raise_questions {} {
    foreach window {.bands .image .settings .message .__tk_filedialog} {
        if {[IsOpen $window] && [winfo ismapped $window]} {
            raise $window
        }
    }
}

proc ::skyclass::ds9::window::message {text} {
    if {[catch {create message skyclass} body]} {
        # Without a display of our own DS9 has to show it.
        link tell {analysis text} [::skyclass::to_utf8 "skyclass: $text\n"]
        return
    }
    pack [ttk::label $body.text -text [string toupper $text 0 0] -wraplength 420 -justify left]
    buttons .message {OK {destroy .message}}
    on_top .message
}

# One line in the screen's corner that needs no answer, takes no keys away from DS9 and goes by
# itself. `button` is {TEXT COMMAND}, or {}.
proc ::skyclass::ds9::window::note {text {button {}}} {
    variable note_ms
    if {[catch {create note {skyclass: done}} body]} {
        return
    }
    wm focusmodel .note active
    wm geometry .note -40-60
    pack [ttk::label $body.text -text $text -wraplength 460 -justify left] -side left
    if {$button ne {}} {
        lassign $button label command
        pack [ttk::button $body.more -text $label -command $command] -side left -padx {12 0}
    }
    bind .note <Button-1> {destroy .note}
    # Not the next one's end.
    after cancel {destroy .note}
    after $note_ms {destroy .note}
}

proc ::skyclass::ds9::window::Number {value} {
    while {[regsub {^(\d+)(\d{3})} $value {\1,\2} value]} {}
    return $value
}

# ---- Progress --------------------------------------------------------------------------------

# Shows a task's progress, unless it is over before anybody would look; and with `noted` in one line
# what it has come to.
proc ::skyclass::ds9::window::follow {task noted} {
    variable followed $task
    variable noted_task [expr {$noted ? $task : {}}]
    variable slow_ms
    after $slow_ms [namespace code [list OpenProgress $task]]
}

proc ::skyclass::ds9::window::OpenProgress {task} {
    variable followed
    if {$followed ne $task || $task ni [jobs running]} {
        return
    }
    set body [create progress skyclass]
    pack [ttk::label $body.what] -anchor w
    pack [ttk::progressbar $body.bar -length 380] -pady 8
    pack [ttk::label $body.text -text {}] -anchor w
    buttons .progress [list Cancel [namespace code [list CancelProgress $task]]]
    ShowProgress [jobs status $task]
}

proc ::skyclass::ds9::window::CancelProgress {task} {
    jobs cancel $task
    if {[winfo exists .progress]} {
        .progress.body.what configure -text {Stopping; what is done stays}
        .progress.buttons.b1 state disabled
    }
}

proc ::skyclass::ds9::window::ShowProgress {status} {
    set body .progress.body
    dict with status {}
    if {![$body.bar instate disabled] && [.progress.buttons.b1 instate !disabled]} {
        $body.what configure -text [expr {$stage eq {search}
            ? "Looking for sources in frame $frame" : "Classifying sources in frame $frame"}]
    }
    $body.bar configure -maximum [expr {max($total, 1)}] -value $done
    if {$stage eq {search}} {
        $body.text configure -text "part [Number $done] of [Number $total] of the image is searched"
    } elseif {$done == 0} {
        $body.text configure -text "[Number $total] sources"
    } else {
        $body.text configure -text [format {%s of %s sources, %s a second, %s left} \
            [Number $done] [Number $total] [Number [format %.0f $rate]] [Duration $remaining]]
    }
}

# A task has drawn something or is over.
proc ::skyclass::ds9::window::Changed {task} {
    variable followed
    variable noted_task
    set status [jobs status $task]
    set running [expr {$task in [jobs running]}]
    if {!$running && [dict get $status state] eq {failed}} {
        message [dict get $status error]
    }
    RefreshCounts
    if {$task ne $followed} {
        return
    }
    if {!$running} {
        set followed {}
        if {$task eq $noted_task} {
            NoteEnd $status
        }
    }
    if {![IsOpen .progress]} {
        return
    }
    if {$running} {
        ShowProgress $status
    } else {
        destroy .progress
    }
}

# Said once of a model.
proc ::skyclass::ds9::window::Caution {} {
    set checksum [dict get [model info] checksum]
    if {[model caution] eq {} || $checksum in [settings get warned]} {
        return
    }
    settings put warned [concat [settings get warned] [list $checksum]]
    return "\n[model caution]"
}

# What a task has come to: how many sources, in what time, how many of each class.
proc ::skyclass::ds9::window::NoteEnd {status} {
    dict with status {}
    if {$state ni {done cancelled} || ![layers exists $frame]} {
        return
    }
    set counts [layers counts $frame]
    set class -1
    set parts [lmap look [layers classes $frame] {
        set n [dict get $counts [incr class]]
        if {$n == 0} continue
        string cat "[Number $n] " [expr {$class ? "of class $class ([dict get $look name])"
            : {not classified}}]
    }]
    note "[expr {$state eq {cancelled} ? {Stopped: } : {}}][Number $done] of [Number $total]\
        sources classified in [format %.1f $elapsed] s. Frame $frame has\
        [join $parts {, }].[Caution]" \
        [list Legend [namespace code [list events tell command legend]]]
}

# Before the first window there is no Tk to ask.
proc ::skyclass::ds9::window::IsOpen {window} {
    return [expr {[info commands ::winfo] ne {} && [winfo exists $window]}]
}

proc ::skyclass::ds9::window::Duration {seconds} {
    set seconds [expr {int(ceil($seconds))}]
    if {$seconds < 90} {
        return "$seconds s"
    }
    return [format {%d:%02d min} [expr {$seconds / 60}] [expr {$seconds % 60}]]
}

# ---- Legend ----------------------------------------------------------------------------------

# Classes with symbol, name and count; the ticks show and hide their markers.
proc ::skyclass::ds9::window::legend {frame} {
    variable legend_of $frame
    variable shown
    variable listed
    load_tk
    # Where the user has put it, when it is open.
    set place +40+[expr {[winfo screenheight .] / 2}]
    if {[winfo exists .legend]} {
        regexp {\+.*} [wm geometry .legend] place
    }
    set body [create legend "skyclass, frame $frame"]
    wm geometry .legend $place
    set counts [layers counts $frame]
    set hidden [layers hidden $frame]
    set class 0
    foreach look [lrange [layers classes $frame] 1 end] {
        incr class
        set shown($class) [expr {$class ni $hidden}]
        ttk::checkbutton $body.show$class -variable [namespace current]::shown($class) \
            -command [namespace code [list ShowClass $frame $class]]
        Symbol [canvas $body.symbol$class -width 22 -height 22 -background #707070] $look
        ttk::label $body.name$class -text "$class  [dict get $look name]" \
            -wraplength 320
        ttk::label $body.count$class -text [Number [dict get $counts $class]] -anchor e -width 8
        grid $body.show$class $body.symbol$class $body.name$class $body.count$class \
            -sticky w -pady 1
        grid configure $body.count$class -sticky e -padx {16 0}
    }
    set listed [lmap look [layers classes $frame] {dict get $look name}]
    ttk::label $body.name0 -text {not classified} -foreground #606060
    ttk::label $body.count0 -text [Number [dict get $counts 0]] -anchor e -width 8 \
        -foreground #606060
    grid x x $body.name0 $body.count0 -sticky w
    grid configure $body.count0 -sticky e
    ttk::label $body.name_all -text {all sources}
    ttk::label $body.count_all -text [Number [Total $counts]] -anchor e -width 8
    grid x x $body.name_all $body.count_all -sticky w -pady {6 0}
    grid configure $body.count_all -sticky e
    buttons .legend {Close {destroy .legend}}
}

proc ::skyclass::ds9::window::Total {counts} {
    return [::tcl::mathop::+ {*}[dict values $counts]]
}

# On grey: yellow does not show on white, nor blue on black.
proc ::skyclass::ds9::window::Symbol {canvas look} {
    set colour [dict get $look colour]
    # What DS9 draws when told green: lime, and in Debian, where it is a script of wish, limegreen.
    set debian [expr {![catch {file readlink /proc/[session process]/exe} program]
        && [string match wish* [file tail $program]]}]
    set options [list -outline [string map [list green [expr {$debian ? {limegreen} : {lime}}]] \
        $colour] -width 2]
    switch -- [dict get $look shape] {
        circle { $canvas create oval 4 4 17 17 {*}$options }
        box - square { $canvas create rectangle 4 4 17 17 {*}$options }
        diamond { $canvas create polygon 10 2 18 10 10 18 2 10 -fill {} {*}$options }
        cross {
            set options [string map {-outline -fill} $options]
            $canvas create line 3 10 18 10 {*}$options
            $canvas create line 10 3 10 18 {*}$options
        }
        default {
            set options [string map {-outline -fill} $options]
            $canvas create line 4 4 17 17 {*}$options
            $canvas create line 4 17 17 4 {*}$options
        }
    }
}

proc ::skyclass::ds9::window::ShowClass {frame class} {
    variable shown
    # Through the queue, so that it keeps its place among the commands.
    events tell command [list [expr {$shown($class) ? {show} : {hide}}] $class]
}

# The legend after anything that changes what is shown.
proc ::skyclass::ds9::window::refresh {} {
    variable legend_of
    if {![IsOpen .legend]} {
        return
    }
    if {[layers exists $legend_of] && [llength [layers results $legend_of]]} {
        legend $legend_of
    } else {
        destroy .legend
    }
}

proc ::skyclass::ds9::window::RefreshCounts {} {
    variable legend_of
    variable listed
    if {![IsOpen .legend] || ![layers exists $legend_of]
        || ![llength [layers results $legend_of]]} {
        return
    }
    if {$listed ne [lmap look [layers classes $legend_of] {dict get $look name}]} {
        legend $legend_of
        return
    }
    set counts [layers counts $legend_of]
    dict for {class n} $counts {
        if {[winfo exists .legend.body.count$class]} {
            .legend.body.count$class configure -text [Number $n]
        }
    }
    .legend.body.count_all configure -text [Number [Total $counts]]
}
