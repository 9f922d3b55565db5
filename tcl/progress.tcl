# One line of progress on stderr, and only where stderr is a terminal.

namespace eval ::skyclass::progress {
    namespace export show clear
    namespace ensemble create
}

proc ::skyclass::progress::is_terminal {} {
    # Tcl gives terminals, and only them, the serial-line option -mode.
    return [dict exists [fconfigure stderr] -mode]
}

# status: the dict of "$job status".
proc ::skyclass::progress::show {label status} {
    if {![is_terminal]} {
        return
    }
    dict with status {
        puts -nonewline stderr [format "\r%s: %d of %d sources, %.0f/s, %.0f s left \033\[K" \
            $label $done $total $rate $remaining]
    }
    flush stderr
}

proc ::skyclass::progress::clear {} {
    if {[is_terminal]} {
        puts -nonewline stderr "\r\033\[K"
        flush stderr
    }
}
