# The doors to the world outside: files, programs and the terminal. Tcl's own `open` starts a
# program where a name begins with |, its `exec` takes < > | & and their kin in any word for
# plumbing, both expand ~, and a terminal obeys what stands in a file's name. Names from outside are
# data, so every `open` and `exec` of this tree is here, and tests/lint/commands.tcl refuses others.

namespace eval ::skyclass::outside {}

# A name that stands for the file of that very name: no command, no home directory.
proc ::skyclass::literal {path} {
    # Not in expr, for which 007 and nan are numbers.
    if {[string index $path 0] in {| ~}} {
        return ./$path
    }
    return $path
}

# A channel to the file of that very name, as `open` gives it; mode as there.
proc ::skyclass::open_file {path {mode r}} {
    return [::open [literal $path] $mode]
}

# The whole of a text file, in UTF-8 or what passes for it.
proc ::skyclass::read_file {path} {
    set channel [open_file $path]
    try {
        fconfigure $channel -encoding utf-8
        lenient $channel
        return [read $channel]
    } finally {
        close $channel
    }
}

# Makes `path` a file of this text.
proc ::skyclass::write_file {path text} {
    set channel [open_file $path w]
    try {
        fconfigure $channel -encoding utf-8
        lenient $channel
        puts -nonewline $channel $text
    } finally {
        close $channel
    }
}

# The plain files of a directory that match any of the patterns. Tcl 9's glob fails where one name
# in the directory is not valid in the system's encoding; only that one shall be left out.
proc ::skyclass::files {directory args} {
    if {![catch {glob -nocomplain -directory $directory -types f -- {*}$args} found]} {
        return $found
    }
    set system [encoding system]
    set bytes [encoding convertto $system $directory]
    encoding system iso8859-1
    try {
        set tails [glob -nocomplain -tails -directory $bytes -types f -- {*}$args]
    } finally {
        encoding system $system
    }
    set found {}
    foreach tail $tails {
        if {![catch {encoding convertfrom $system $tail} name]} {
            lappend found [file join $directory $name]
        }
    }
    return $found
}

# Runs a program with these words and waits for it; returns what it prints, its stderr too. `input`
# is its stdin. Words that Tcl would take for plumbing are refused: nothing quotes them.
proc ::skyclass::run {words {input {}}} {
    outside::Check $words
    return [exec -ignorestderr -- {*}$words << $input 2>@1]
}

# A channel to a program that runs on: its stdin and stdout, bytes. Its stderr is ours.
proc ::skyclass::start {words} {
    outside::Check $words
    return [::open [list | {*}$words 2>@stderr] r+b]
}

proc ::skyclass::outside::Check {words} {
    foreach word $words {
        if {[regexp {^(2?>|[<|&])} $word]} {
            return -code error -errorcode {SKYCLASS USAGE} "a word must not begin with < > |\
                or &: \"$word\""
        }
    }
}

# Text for a person's terminal: whatever could move its cursor, colour it, or turn its text around
# becomes ?. Line ends and tabs stay.
proc ::skyclass::printable {text} {
    return [regsub \
        -all {[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]} \
        $text ?]
}

# Writes such text, and a line end, to stdout or stderr.
proc ::skyclass::say {channel text} {
    puts $channel [printable $text]
}
