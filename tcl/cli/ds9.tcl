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
    lassign [Files $arguments] arguments names
    try {
        if {[lindex $arguments 0] in $questions} {
            return [string trim [exec xpaget $address {*}$arguments 2>@1]]
        }
        return [string trim [exec xpaset $address {*}$arguments << $names 2>@1]]
    } on error {message} {
        set message [regsub -all {\nchild process exited abnormally|^XPA\$ERROR\s*| \([^ ]*:skyclass .*$} $message {}]
        return -code error -errorcode {SKYCLASS BAD_INPUT} $message
    }
}

# {ARGUMENTS DATA}: names of files go as data, so that XPA leaves them alone, and in full, since DS9
# may run in another directory.
proc ::skyclass::verb_ds9::Files {arguments} {
    set n [expr {[lrange $arguments 0 1] eq {classify file} ? 2 : 1}]
    set name [lindex $arguments $n]
    if {[llength $arguments] == $n + 1 && ($n == 2 || [lindex $arguments 0] eq {save}
        || ([lindex $arguments 0] eq {model} && [file exists $name]))} {
        return [list [lrange $arguments 0 $n-1] [file join [pwd] $name]\n]
    }
    if {[lindex $arguments 0] eq {bands} && $name ne {forget}} {
        set pairs [lmap pair [lrange $arguments 1 end] {
            expr {[regexp {^([^=]*=)(.+)$} $pair -> role file] ? "$role[file join [pwd] $file]" : $pair}
        }]
        return [list bands [join $pairs \n]\n]
    }
    return [list $arguments {}]
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
    set channel [open [file join [::skyclass::run_directory] ds9-$pid]]
    set address [gets $channel]
    close $channel
    return $address
}
