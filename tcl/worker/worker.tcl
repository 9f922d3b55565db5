# The worker beside one DS9: tclsh worker.tcl PID ?VERB ...?
#
# Holds the model, talks to the DS9 that is process PID over XPA, and offers the access point
# `skyclass`. Says "ready" (or what is wrong) on stdout once, runs VERB as if the menu had asked for
# it, and ends with its DS9.
namespace eval ::skyclass::ds9 {}
namespace eval ::skyclass::worker {
    variable directory [file dirname [file dirname [file normalize [info script]]]]
    namespace path {::skyclass::ds9 ::skyclass::worker}

    variable pid {}      ;# of DS9
    variable server {}   ;# channel to the process that serves the access point
    variable requests {} ;# menu commands not yet begun
    variable runner {}   ;# the coroutine that carries them out
}

source -encoding utf-8 [file join $::skyclass::worker::directory lib skyclass.tcl]
# Each calls only those before it, which tests/lint/tcl_arrows.py reads here.
foreach skyclass_part {
    ds9/events ds9/link ds9/version ds9/address ds9/settings ds9/model ds9/regions ds9/session
    ds9/bands ds9/layers ds9/history ds9/coordinates ds9/sources ds9/search ds9/jobs ds9/explain
    ds9/table ds9/window ds9/dialog worker/verbs
} {
    source -encoding utf-8 [file join $::skyclass::worker::directory $skyclass_part.tcl]
}
unset skyclass_part

# Files of the running workers: who serves which DS9, regions that markers stand for.
proc ::skyclass::worker::RunDirectory {} {
    set directory [::skyclass::run_directory]
    file mkdir $directory
    if {![file owned $directory]} {
        Bad "the directory $directory belongs to somebody else; remove it, or set XDG_RUNTIME_DIR\
            to one of yours"
    }
    file attributes $directory -permissions 0o700
    return $directory
}

proc ::skyclass::worker::Alive {pid} {
    if {[file isdirectory /proc/self]} {
        # A DS9 that has died but is not yet waited for still has its directory.
        return [expr {![catch {::skyclass::read_file /proc/$pid/stat} about]
            && ![regexp {\) [ZX] } $about]}]
    }
    return [expr {![catch {::skyclass::run [list kill -0 $pid]}]}]
}

proc ::skyclass::worker::main {arguments} {
    variable pid
    set words [lassign $arguments pid]
    if {![string is digit -strict $pid] || ![Alive $pid]} {
        puts "skyclass: there is no DS9 with process number \"$pid\""
        exit 1
    }
    interp bgerror {} ::skyclass::worker::Report
    session process $pid
    settings load
    coroutine ::skyclass::worker::starting ::skyclass::worker::Start $words
    vwait forever
}

proc ::skyclass::worker::Start {words} {
    variable pid
    try {
        set run [RunDirectory]
        link open [address find $pid]
        set answer [link ask version]
        Serve [version title $answer] [file join $run ds9-$pid]
        foreach old [glob -nocomplain -directory $run ds9-*] {
            if {[regexp {^ds9-(\d+)} [file tail $old] -> number] && ![Alive $number]} {
                file delete -force $old
            }
        }
        session scratch [file join $run ds9-$pid.d]
        ::skyclass::load_core
        ::skyclass::limit
    } trap {SKYCLASS} {message} {
        puts "skyclass: $message"
        exit 1
    } on error {message} {
        puts "skyclass cannot start: $message. Where a part of it is missing, run make\
            install again"
        exit 1
    }
    puts ready
    close stdout
    Watch
    layers recover
    jobs recover
    if {[version problem $answer] ne {}} {
        window message [version problem $answer]
    }
    if {[llength $words]} {
        Queue $words
    }
    # So that the next command finds the model loaded and windows open at once; what is wrong with
    # either will be said then.
    after 300 [namespace code {catch {model info}}]
    after 600 [namespace code {catch {window load_tk}}]
}

# ---- The access point ------------------------------------------------------------------------

# XPA's names end at blanks and colons; what is left of DS9's title still tells two DS9s apart.
proc ::skyclass::worker::Serve {title lock} {
    variable directory
    variable server
    set class [string trim [regsub -all {[^A-Za-z0-9._-]+} $title _] _]
    if {$class eq {}} {
        set class ds9
    }
    set server [::skyclass::start [list [file join $directory skyclass-xpa] serve $class \
        skyclass $lock]]
    gets $server line
    lassign $line status length
    if {$status eq {ready}} {
        read $server $length
        fconfigure $server -blocking 0
        fileevent $server readable ::skyclass::worker::Serving
        return
    }
    if {$status eq {busy}} {
        puts busy
        exit 0
    }
    return -code error "its XPA access point could not be opened"
}

proc ::skyclass::worker::Serving {} {
    variable server
    if {[gets $server line] < 0} {
        if {[eof $server]} {
            Quit
        }
        return
    }
    lassign $line verb trusted parameters_length data_length
    fconfigure $server -blocking 1
    set parameters [::skyclass::from_utf8 [read $server $parameters_length]]
    set data [read $server $data_length]
    fconfigure $server -blocking 0
    variable request
    coroutine ::skyclass::worker::request[incr request] ::skyclass::worker::Serve1 $verb $trusted \
        $parameters $data
}

# `trusted` callers are the same user's processes, or know the worker's key; others may ask, no
# more.
proc ::skyclass::worker::Serve1 {verb trusted parameters data} {
    try {
        set words [lmap word [concat [Words $parameters] [FileWords $parameters $data]] {
            ::skyclass::literal $word
        }]
        if {!$trusted && ($verb ne {get} || [lindex $words 0] eq {menu})} {
            Bad "this worker takes commands from its own user on this machine alone; others may\
                ask for status, result, classes, models and version"
        }
        if {[lindex $words 0] eq {menu}} {
            variable pid
            if {[lindex $words 1] ne $pid} {
                return [Reply error "this worker serves another DS9"]
            }
            Queue [lrange $words 2 end]
            set answer accepted
        } elseif {$verb eq {get}} {
            set answer [Locked Answer $words]
        } else {
            Locked Carry $words {}
            set answer {}
        }
        Reply ok $answer
    } trap {SKYCLASS} {message} {
        Reply error $message
    } on error {message details} {
        Report $message $details
        Reply error "an error in skyclass itself: $message"
    }
}

# Runs a command with DS9 to itself.
proc ::skyclass::worker::Locked {args} {
    link lock
    try {
        {*}$args
    } finally {
        link unlock
    }
}

proc ::skyclass::worker::Reply {status answer} {
    variable server
    set bytes [::skyclass::to_utf8 $answer]
    puts -nonewline $server "$status [string length $bytes]\n$bytes"
    flush $server
}

# Names of files may also come as data, where blanks and line ends are theirs: one name, or for
# `bands` ROLE=FILE a line. The last line end is echo's.
proc ::skyclass::worker::FileWords {parameters data} {
    set text [regsub {\n$} [::skyclass::from_utf8 $data] {}]
    switch -- [string trim $parameters] {
        {classify file} - save - model { return [expr {$text eq {} ? {} : [list $text]}] }
        bands { return [split $text \n] }
    }
}

# The words of a request. What follows "file" is one word whatever it holds.
proc ::skyclass::worker::Words {text} {
    set text [string trim $text]
    if {[regexp {^((?:menu \d+ )?(?:classify file|save|model)) (.*)$} $text -> head rest]} {
        return [concat [split $head] [list $rest]]
    }
    return [regexp -all -inline {\S+} $text]
}

# ---- Commands from the menu ------------------------------------------------------------------

# DS9 must not wait for its menu, so these run here one after the other, and errors show in a
# window.
proc ::skyclass::worker::Queue {words} {
    variable requests
    lappend requests $words
    window raise_questions
    variable runner
    if {$runner eq {}} {
        NextRunner
    }
}

# Lets another coroutine carry out what is queued: at the start, and while a dialog waits for its
# user.
proc ::skyclass::worker::NextRunner {} {
    variable runner
    variable n_runners
    set runner ::skyclass::worker::menu[incr n_runners]
    after 0 [list coroutine $runner ::skyclass::worker::Menu]
}

proc ::skyclass::worker::Menu {} {
    variable requests
    variable runner
    while {$runner eq [info coroutine] && [llength $requests]} {
        set requests [lassign $requests words]
        try {
            Locked Carry $words ::skyclass::ds9::dialog
        } trap {SKYCLASS CANCELLED} {} {
            # The user closed a dialog.
        } trap {SKYCLASS DS9 GONE} {} {
            Reconnect
        } trap {SKYCLASS} {message} {
            window message $message
        } on error {message details} {
            Report $message $details
            window message "An error in skyclass itself: $message"
        }
    }
    if {$runner eq [info coroutine]} {
        set runner {}
    }
}

proc ::skyclass::worker::Report {message details} {
    puts stderr [dict get $details -errorinfo]
}

# ---- Life ------------------------------------------------------------------------------------

proc ::skyclass::worker::Watch {} {
    variable pid
    if {![Alive $pid]} {
        Quit
    }
    after 500 ::skyclass::worker::Watch
}

# DS9 does not answer at its address: it is gone, or its XPA was switched off and on again.
proc ::skyclass::worker::Reconnect {} {
    variable pid
    if {![Alive $pid]} {
        Quit
    }
    try {
        link close
        link open [address find $pid]
        window message "the connection to DS9 was interrupted and is back; please\
            repeat the command"
    } trap {SKYCLASS DS9} {message} {
        window message $message
    }
}

proc ::skyclass::worker::Quit {} {
    variable server
    catch {close $server}
    catch {link close}
    catch {jobs cancel}
    catch {file delete -force [session scratch]}
    exit 0
}

# What tcl/ds9 has to tell.
apply {{} {
    foreach {event command} {error Report waiting NextRunner command Queue quit Quit} {
        events on $event [namespace code $command]
    }
} ::skyclass::worker}

# Sourced by another script it only defines what it does.
if {[info exists ::argv0] && [file normalize $::argv0] eq [file normalize [info script]]} {
    ::skyclass::worker::main $argv
}
