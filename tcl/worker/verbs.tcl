# What the worker does when asked: the verbs of the menu and of `xpaset -p skyclass VERB`, and the
# questions of `xpaget skyclass QUESTION`. All run in coroutines.
namespace eval ::skyclass::worker::verb {
    namespace path {::skyclass::ds9 ::skyclass::worker}
}

# Carries out a request; `ui` is ::skyclass::ds9::dialog where a person asked, and can be asked
# back, "" where a program did.
proc ::skyclass::worker::Carry {words ui} {
    set arguments [lassign $words verb]
    set known [lmap name [lsort [info procs verb::do_*]] {regsub {.*::do_} $name {}}]
    if {$verb ni $known} {
        Usage "there is no command \"$verb\"; known are [join $known {, }]"
    }
    verb::do_$verb $arguments $ui
}

proc ::skyclass::worker::Usage {message} {
    return -code error -errorcode {SKYCLASS USAGE} $message
}

proc ::skyclass::worker::Bad {message} {
    return -code error -errorcode {SKYCLASS BAD_INPUT} $message
}

# The frame whose results a command is about: the current one, and the results of the image in it.
proc ::skyclass::worker::ShownFrame {} {
    set image [session image]
    set frame [dict get $image frame]
    jobs check $image
    if {![layers exists $frame] || ![llength [layers results $frame]]} {
        Bad "nothing is classified in frame $frame yet; choose Classify regions or\
            Classify image first"
    }
    return $frame
}

# ---- Commands --------------------------------------------------------------------------------

proc ::skyclass::worker::verb::do_classify {arguments ui} {
    set argument [lassign $arguments what]
    switch -- $what {
        regions - visible - crosshair {}
        image {
            if {$argument eq {ask}} {
                set what [$ui ask_image]
            }
        }
        file {
            set argument [lindex $argument 0]
            if {$argument eq {ask} && $ui ne {}} {
                set argument [$ui ask_file]
            } elseif {$argument eq {}} {
                Usage "classify file needs a file: classify file PATH"
            } elseif {[file pathtype $argument] ne {absolute}} {
                set argument [file join [link ask cd] $argument]
            }
        }
        cursor {
            # After the position the key says what DS9 has there: WIDTH HEIGHT VALUE ...
            if {[llength $argument] < 2 || [llength $argument] == 3} {
                Usage "classify cursor needs a position in image pixels: classify cursor X Y"
            }
        }
        default {
            Usage "classify what? classify regions|image|visible|crosshair, cursor X\
                Y, or file PATH"
        }
    }
    set task [jobs classify $what $argument [expr {$ui eq {} ? {} : [list $ui ask_bands]}]]
    if {$what ni {cursor crosshair}} {
        window follow $task [expr {$ui ne {}}]
    }
}

# explain selected|crosshair|cursor X Y ?METHOD?
proc ::skyclass::worker::verb::do_explain {arguments ui} {
    set rest [lassign $arguments what]
    set position {}
    if {$what eq {cursor}} {
        set rest [lassign $rest x y]
        set position [list $x $y]
    }
    set method [expr {[llength $rest] ? [lindex $rest 0] : {gradcam}}]
    if {$what ni {selected crosshair cursor} || [llength $rest] > 1
        || ($what eq {cursor} && $y eq {})} {
        Usage "explain what? explain selected|crosshair|cursor X Y, and gradcam (or nothing),\
            guided, guided-gradcam, gradient or occlusion"
    }
    explain source $what $position $method [expr {$ui eq {} ? {} : [list $ui ask_bands]}]
}

# Only starts the worker where there is none.
proc ::skyclass::worker::verb::do_start {arguments ui} {
}

proc ::skyclass::worker::verb::do_cancel {arguments ui} {
    if {![llength [jobs running]]} {
        Bad "nothing is being classified"
    }
    jobs cancel
}

proc ::skyclass::worker::verb::do_clear {arguments ui} {
    set image [session image]
    set frame [dict get $image frame]
    jobs stop $frame
    layers check $image
    if {[layers exists $frame]} {
        history remember $frame
    }
    layers remove $frame
    table close_shown
    window refresh
}

foreach name {undo redo} {
    proc ::skyclass::worker::verb::do_$name {arguments ui} "Step $name"
}
unset name

proc ::skyclass::worker::verb::Step {how} {
    set image [session image]
    set frame [dict get $image frame]
    jobs stop $frame
    layers check $image
    if {![history $how $frame]} {
        Bad "there is nothing to $how in frame $frame"
    }
    window refresh
}

# show | hide | toggle CLASS ...: which classes have markers.
foreach name {show hide toggle} {
    proc ::skyclass::worker::verb::do_$name {arguments ui} "Visibility $name \$arguments \$ui"
}
unset name

proc ::skyclass::worker::verb::Visibility {how arguments ui} {
    set frame [ShownFrame]
    if {$arguments eq {ask}} {
        return [window legend $frame]
    }
    set n_classes [expr {[llength [layers classes $frame]] - 1}]
    set hidden [layers hidden $frame]
    if {$arguments eq {all}} {
        set arguments {}
        for {set class 1} {$class <= $n_classes} {incr class} {
            lappend arguments $class
        }
    }
    if {![llength $arguments]} {
        Usage "$how which class? $how N, or $how all; classes are numbered 1 to $n_classes"
    }
    foreach class $arguments {
        if {![string is digit -strict $class] || $class < 1 || $class > $n_classes} {
            Usage "there is no class \"$class\"; classes are numbered 1 to $n_classes"
        }
        set is_hidden [expr {$class in $hidden}]
        set hide [expr {$how eq {toggle} ? !$is_hidden : $how eq {hide}}]
        set hidden [lsearch -all -inline -not -exact $hidden $class]
        if {$hide} {
            lappend hidden $class
        }
    }
    layers hide $frame [lsort -integer $hidden]
    window refresh
}

proc ::skyclass::worker::verb::do_legend {arguments ui} {
    window legend [ShownFrame]
}

proc ::skyclass::worker::verb::do_table {arguments ui} {
    table show [ShownFrame]
}

proc ::skyclass::worker::verb::do_plot {arguments ui} {
    set frame [ShownFrame]
    switch -- [lindex $arguments 0] {
        scores { table plot_scores $frame }
        counts { table plot_counts $frame }
        default { Usage "plot what? plot scores, or plot counts" }
    }
}

proc ::skyclass::worker::verb::do_save {arguments ui} {
    set frame [ShownFrame]
    set path [lindex $arguments 0]
    if {$path eq {ask} && $ui ne {}} {
        set path [$ui ask_save]
    } elseif {$path eq {}} {
        Usage "save needs a file: save PATH, ending in .fits .csv .ecsv .vot .tab or .reg"
    } elseif {[file pathtype $path] ne {absolute}} {
        set path [file join [link ask cd] $path]
    }
    table save $frame $path
    if {$ui ne {}} {
        window note "[::tcl::mathop::+ {*}[dict values [layers counts $frame]]] rows saved in $path"
    }
}

proc ::skyclass::worker::verb::do_settings {arguments ui} {
    if {$ui eq {}} {
        if {[llength $arguments] != 2} {
            Usage "settings needs a name and a value: settings\
                threshold|ci_min|fwhm_max|text|jobs|snap VALUE"
        }
        lassign $arguments key value
        set problem [settings problem $key $value]
        if {$problem ne {}} {
            Usage $problem
        }
        settings put $key $value
        return
    }
    $ui ask_settings
    Restyle
}

proc ::skyclass::worker::verb::do_model {arguments ui} {
    if {[llength $arguments] != 1} {
        Usage "model needs a file or the name of an installed model, or several that vote: A,B,C"
    }
    model use [lindex $arguments 0]
}

# bands ROLE=FILE ...: the bands of the current image, in any order; bands forget.
proc ::skyclass::worker::verb::do_bands {arguments ui} {
    set image [session image]
    if {$arguments eq {ask} && $ui ne {}} {
        bands ask_again [list $ui ask_bands]
        return
    }
    if {$arguments eq {forget}} {
        bands forget [dict get $image path]
        return
    }
    set specs {}
    set files [lmap file [::skyclass::bandfiles by_name [model info] $arguments] {
        list [file join [link ask cd] [lindex $file 0]] {*}[lrange $file 1 end]
    }]
    foreach spec $files {
        ::skyclass::image info {*}$spec
    }
    bands remember [dict get $image path] $files
}

proc ::skyclass::worker::verb::do_palette {arguments ui} {
    if {[lindex $arguments 0] ni {starcnet safe}} {
        Usage "the palette is starcnet (red, green, blue, yellow) or safe (for colour-blind eyes)"
    }
    settings put palette [lindex $arguments 0]
    Restyle
}

# Which classes are shown as one: a view of the model's, or all of its classes.
proc ::skyclass::worker::verb::do_view {arguments ui} {
    set view [lindex $arguments 0]
    if {[llength $arguments] != 1} {
        Usage "view needs the name of one: view [join [list all \
            {*}[dict keys [dict get [model info] views]]] {|}]"
    }
    if {$view eq {all}} {
        set view {}
    }
    model check_view $view
    settings put view $view
    Restyle
}

# The markers of the current frame after a change of view, colours or texts.
proc ::skyclass::worker::verb::Restyle {} {
    if {[link ask {frame has fits}] ne {yes}} {
        return
    }
    set image [session image]
    set frame [dict get $image frame]
    jobs check $image
    if {[layers exists $frame]} {
        if {[layers get $frame model] eq [dict get [model info] checksum]} {
            layers show_view $frame [model view]
        }
        layers redraw $frame
    }
    window refresh
}

proc ::skyclass::worker::verb::do_quit {arguments ui} {
    after 50 [namespace code {events tell quit}]
}

# ---- Questions -------------------------------------------------------------------------------

proc ::skyclass::worker::Answer {words} {
    switch -- [lindex $words 0] {
        status {
            set status [jobs status]
            if {$status eq {}} {
                return "idle\nds9 [session process]\n"
            }
            set text "[dict get $status state]\nds9 [session process]\n"
            foreach {key format} {what %s frame %s stage %s done %d total %d rate %.1f remaining\
                %.1f elapsed %.2f first %s error %s} {
                append text "$key [format $format [dict get $status $key]]\n"
            }
            return $text
        }
        result {
            return [table text [ShownFrame]]
        }
        classes {
            set frame [ShownFrame]
            set counts [layers counts $frame]
            set text {}
            set class 0
            foreach look [lrange [layers classes $frame] 1 end] {
                append text "[incr class]\t[dict get $counts $class]\t[dict get $look name]\n"
            }
            return "${text}0\t[dict get $counts 0]\tnot classified\n"
        }
        models {
            return "[join [::skyclass::model_names] \n]\n"
        }
        explanation {
            return [explain answer]
        }
        version {
            return "skyclass [::skyclass::version]\n"
        }
        model {
            return [AboutModel [model info]]
        }
        bands {
            set text {}
            foreach band [dict get [model info] bands] spec [bands of_image [session image] {}] {
                append text "[dict get $band role]\t[join $spec ,plane=]\n"
            }
            return $text
        }
        settings {
            set text {}
            foreach key {model view palette text jobs threshold ci_min fwhm_max snap} {
                append text "$key [settings get $key]\n"
            }
            return $text
        }
        help {
            return "[join $::skyclass::viewer::help \n]\n"
        }
        default {
            Usage "ask for [join $::skyclass::viewer::questions {, }]"
        }
    }
}

# The model in use, a line for each thing that is known of it.
proc ::skyclass::worker::AboutModel {info} {
    set text "name [dict get $info name]\nsystem [dict get $info system]\n"
    append text "files [join [model files] ,]\nchecksum [dict get $info checksum]\n"
    append text "classes [join [dict get $info classes] {; }]\n"
    append text "views [join [list all {*}[dict keys [dict get $info views]]] { }]\n"
    foreach {key value} [concat {*}[dict get $info notes]] {
        append text "$key $value\n"
    }
    return $text
}
