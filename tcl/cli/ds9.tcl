# skyclass ds9: what the menu in DS9 does, from a shell. Starts the worker where there is none.

namespace eval ::skyclass::verb_ds9 {}

proc ::skyclass::verb_ds9::help {} {
    return [join [concat {
        "usage: skyclass ds9 ?--pid N? VERB ..."
        "Hands a verb to the skyclass worker of a running DS9, or asks it something."
        ""
    } [lmap line $::skyclass::viewer::help {string cat "  " $line}] {
        "  wait: until nothing is being classified any more; status 1 when that failed"
        ""
        "--pid N picks a DS9 by its process number where several are running."
        "Any program can do the same with xpaset -p skyclass VERB and xpaget skyclass QUESTION."
    }] \n]
}

proc ::skyclass::verb_ds9::run {arguments} {
    set pid {}
    if {[lindex $arguments 0] eq {--pid}} {
        set arguments [lassign $arguments -> pid]
    }
    if {![llength $arguments]} {
        return -code error -errorcode {SKYCLASS USAGE} "a verb is missing, as in: skyclass ds9\
            classify regions"
    }
    lassign [Worker [expr {$pid eq {} ? [Running] : $pid}]] address key
    lassign [Files $arguments] arguments names
    set channel [::skyclass::start [list [file join $::skyclass::directory skyclass-xpa] \
        client $address]]
    try {
        if {$arguments eq {wait}} {
            return [Wait $channel $key]
        }
        if {[lindex $arguments 0] in $::skyclass::viewer::questions} {
            return [string trim [Ask $channel $key get $arguments {}]]
        }
        Ask $channel $key set $arguments $names
        # libxpa takes a connection that breaks for success; only a worker that lives says who it
        # is.
        Ask $channel $key get version {}
        return
    } finally {
        catch {close $channel}
    }
}

# Returns what the last task has come to.
proc ::skyclass::verb_ds9::Wait {channel key} {
    while {[regexp {^running\n} [set status [Ask $channel $key get status {}]]]} {
        after 200
    }
    if {[regexp {^failed\n.*\nerror ([^\n]*)} $status -> problem]} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} $problem
    }
    return [string trim $status]
}

# The worker's answer to one request; an error in its words, or where it gives none. No question has
# an empty answer.
proc ::skyclass::verb_ds9::Ask {channel key verb words data} {
    set parameters [::skyclass::to_utf8 "key $key [join $words]"]
    set bytes [::skyclass::to_utf8 $data]
    puts -nonewline $channel \
        "$verb [string length $parameters] [string length $bytes]\n$parameters$bytes"
    flush $channel
    set status gone
    set answer {}
    if {[gets $channel line] > 0} {
        lassign $line status length
        set answer [::skyclass::from_utf8 [read $channel $length]]
    }
    if {$status eq {error} && $answer ne {gone}
        && ![string match {*no response from server*} $answer]} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            [regsub { \([^ ]*:skyclass .*$} $answer {}]
    }
    if {$status ne {ok} || ($verb eq {get} && $answer eq {})} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} "the worker ended before it answered;\
            [file join [::skyclass::run_directory] worker.log] may say why; the next command\
            starts another"
    }
    return $answer
}

# {ARGUMENTS DATA}: names of files go as data, so that XPA leaves them alone, and in full, since DS9
# may run in another directory.
proc ::skyclass::verb_ds9::Files {arguments} {
    set n [expr {[lrange $arguments 0 1] eq {classify file} ? 2 : 1}]
    set name [lindex $arguments $n]
    if {[llength $arguments] == $n + 1 && ($n == 2 || [lindex $arguments 0] eq {save}
        || ([lindex $arguments 0] eq {model} && [file exists $name]))} {
        return [list [lrange $arguments 0 $n-1] [file join [pwd] [::skyclass::literal $name]]\n]
    }
    if {[lindex $arguments 0] eq {bands} && $name ne {forget}} {
        set pairs [lmap pair [lrange $arguments 1 end] {
            expr {[regexp {^([^=]*=)(.+)$} $pair -> role file]
                ? "$role[file join [pwd] [::skyclass::literal $file]]" : $pair}
        }]
        return [list bands [join $pairs \n]\n]
    }
    return [list $arguments {}]
}

# The process number of the only DS9 there is.
proc ::skyclass::verb_ds9::Running {} {
    set found {}
    foreach place [glob -nocomplain -type d /proc/\[0-9\]*] {
        if {![file owned $place]
            || [catch {::skyclass::read_file [file join $place cmdline]} line]} {
            continue
        }
        set words [split $line \0]
        if {[file tail [lindex $words 0]] eq {ds9}
            || [lsearch -glob [lrange $words 0 2] */ds9.tcl] >= 0} {
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

# {ADDRESS KEY} of its worker, started if need be.
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
        set problem [::skyclass::run [list $launcher start]]
    } finally {
        unset ::env(SKYCLASS_DS9_PID)
    }
    if {$problem ne {}} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} [regsub {^skyclass:? ?} $problem {}]
    }
    return [split [::skyclass::read_file [file join [::skyclass::run_directory] ds9-$pid]] \n]
}
