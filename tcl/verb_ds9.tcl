# skyclass ds9: what the menu in DS9 does, from a shell. Starts the worker where there is none.

namespace eval ::skyclass::verb_ds9 {
    variable questions {status result classes models version}
}

proc ::skyclass::verb_ds9::help {} {
    return [join {
        "usage: skyclass ds9 ?--pid N? VERB ..."
        ""
        "Hands a verb to the skyclass worker of a running DS9, or asks it something."
        ""
        "  classify regions|image|visible|crosshair, classify cursor X Y, classify file PATH"
        "  cancel, clear, undo, show N, hide N, toggle N, legend, table, plot scores|counts"
        "  save PATH, bands ROLE=FILE ..., model NAME, palette starcnet|safe, settings NAME VALUE, quit"
        "  status, result, classes, models, version: questions; the answer is printed"
        ""
        "--pid N picks a DS9 by its process number where several are running."
        "Any program can do the same with xpaset -p skyclass VERB and xpaget skyclass QUESTION."
    } \n]
}

proc ::skyclass::verb_ds9::run {arguments} {
    variable questions
    set pid {}
    if {[lindex $arguments 0] eq {--pid}} {
        set arguments [lassign $arguments -> pid]
    }
    if {![llength $arguments]} {
        return -code error -errorcode {SKYCLASS USAGE} "a verb is missing, as in: skyclass ds9 classify regions"
    }
    set address [Worker [expr {$pid eq {} ? [Running] : $pid}]]
    set program [expr {[lindex $arguments 0] in $questions ? {xpaget} : {xpaset -p}}]
    try {
        return [string trim [exec {*}$program $address {*}$arguments 2>@1]]
    } on error {message} {
        set message [regsub -all {\nchild process exited abnormally|^XPA\$ERROR\s*| \([^ ]*:skyclass .*$} $message {}]
        return -code error -errorcode {SKYCLASS BAD_INPUT} $message
    }
}

# The process number of the only DS9 there is.
proc ::skyclass::verb_ds9::Running {} {
    set found {}
    foreach place [glob -nocomplain -type d /proc/\[0-9\]*] {
        if {![file owned $place] || [catch {open [file join $place cmdline] rb} channel]} {
            continue
        }
        set words [split [read $channel] \0]
        close $channel
        if {[file tail [lindex $words 0]] eq {ds9} || [lsearch -glob [lrange $words 0 2] */ds9.tcl] >= 0} {
            lappend found [file tail $place]
        }
    }
    if {[llength $found] != 1} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} [expr {[llength $found]
            ? "several DS9s are running; pick one with --pid: [join $found {, }]"
            : {no DS9 is running; start one with your image first}}]
    }
    return [lindex $found 0]
}

# The XPA address of its worker, started if need be.
proc ::skyclass::verb_ds9::Worker {pid} {
    set launcher {}
    foreach place [list [file join $::skyclass::directory .. skyclass-ds9] \
            [file join $::skyclass::directory .. .. bin skyclass-ds9]] {
        if {[file exists $place]} {
            set launcher $place
            break
        }
    }
    set ::env(SKYCLASS_DS9_PID) $pid
    try {
        set problem [exec $launcher start]
    } finally {
        unset ::env(SKYCLASS_DS9_PID)
    }
    if {$problem ne {}} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} [regsub {^skyclass:? ?} $problem {}]
    }
    set channel [open [file join [::skyclass::verb_ds9::RunDirectory] ds9-$pid]]
    set address [gets $channel]
    close $channel
    return $address
}

# Where worker.tcl keeps what its launcher reads.
proc ::skyclass::verb_ds9::RunDirectory {} {
    global env
    foreach name {XDG_RUNTIME_DIR XDG_CACHE_HOME} {
        if {[info exists env($name)] && [file isdirectory $env($name)]} {
            return [file join $env($name) skyclass]
        }
    }
    return [file join $env(HOME) .cache skyclass]
}
