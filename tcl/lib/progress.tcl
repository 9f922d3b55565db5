# One line of progress on stderr, and only where stderr is a terminal.

namespace eval ::skyclass::progress {
    namespace export show line clear duration number
    namespace ensemble create
}

proc ::skyclass::progress::IsTerminal {} {
    # Tcl gives terminals, and only them, the serial-line option -mode.
    return [dict exists [fconfigure stderr] -mode]
}

# status: the dict of "$job status".
proc ::skyclass::progress::show {label status} {
    dict with status {
        line [format "%s: %d of %d sources, %.0f/s, %s left" $label $done $total $rate \
            [duration $remaining]]
    }
}

proc ::skyclass::progress::line {text} {
    if {[IsTerminal]} {
        puts -nonewline stderr "\r$text\033\[K"
        flush stderr
    }
}

proc ::skyclass::progress::clear {} {
    line ""
}

# `value` in this format, with a factor; "-" where it is not known (empty).
proc ::skyclass::progress::number {format value {factor 1}} {
    return [expr {$value eq "" ? "-" : [format $format [expr {$factor * $value}]]}]
}

# "45 s", "12 min", "3 h 05 min"; "-" where it is not known (empty).
proc ::skyclass::progress::duration {seconds} {
    if {$seconds eq ""} {
        return -
    }
    set seconds [expr {int($seconds)}]
    if {$seconds < 100} {
        return "$seconds s"
    }
    set minutes [expr {($seconds + 30) / 60}]
    if {$minutes < 100} {
        return "$minutes min"
    }
    return [format "%d h %02d min" [expr {$minutes / 60}] [expr {$minutes % 60}]]
}
