# The command line around the verbs: help, exit status, one line for an error.

namespace eval ::skyclass::cli {}

proc ::skyclass::cli::main {arguments} {
    set verb [lindex $arguments 0]
    if {$verb in {"" help --help -h}} {
        ::skyclass::say stdout [Help]
        return [expr {$verb eq "" ? 2 : 0}]
    }
    if {$verb in {version --version}} {
        ::skyclass::load_core
        ::skyclass::say stdout "skyclass [::skyclass::version]"
        return 0
    }
    if {![dict exists $::skyclass::verbs $verb]} {
        ::skyclass::say stderr "skyclass: there is no verb \"$verb\"; skyclass --help lists them"
        return 2
    }
    ::skyclass::load_verb $verb
    set rest [lrange $arguments 1 end]
    if {[lindex $rest 0] in {--help -h} || "--help" in $rest} {
        ::skyclass::say stdout [::skyclass::verb_${verb}::help]
        return 0
    }
    try {
        ::skyclass::load_core
        ::skyclass::limit
        set output [::skyclass::call_verb $verb {*}$rest]
        if {$output ne ""} {
            # Not into what a user reads a table from.
            ::skyclass::say [expr {[::skyclass::outputs to_stdout] ? "stderr" : "stdout"}] $output
        }
        return 0
    } trap {SKYCLASS USAGE} message {
        ::skyclass::say stderr "skyclass $verb: $message; see skyclass $verb --help"
        return 2
    } trap {SKYCLASS} message {
        ::skyclass::say stderr "skyclass $verb: $message"
        return 1
    } trap {POSIX} message {
        ::skyclass::say stderr "skyclass $verb: $message"
        return 1
    } on error {message details} {
        # Nobody's fault but ours. A trace is for those who mend it.
        if {[info exists ::env(SKYCLASS_TRACE)]} {
            ::skyclass::say stderr [dict get $details -errorinfo]
        }
        ::skyclass::say stderr "skyclass $verb: an error in skyclass itself:\
            [string map {\n { }} $message]; please report it, with what SKYCLASS_TRACE=1 adds"
        return 1
    }
}

proc ::skyclass::cli::Help {} {
    set lines {
        "usage: skyclass VERB ?options?"
        ""
        "Classifies sources in astronomical images."
        ""
        "Verbs:"
    }
    dict for {verb summary} $::skyclass::verbs {
        lappend lines [format "  %-9s %s" $verb $summary]
    }
    lappend lines "" "Environment:" \
        "  SKYCLASS_MEMORY  the memory a run may take, as 4G (default: half of the machine's)" \
        "  SKYCLASS_MODELS  more directories with models, : between them" \
        "  SKYCLASS_TRACE   1: an error in skyclass itself comes with Tcl's trace, for a report"
    lappend lines "" "skyclass VERB --help explains one verb. A first result:" \
        "  skyclass classify --images-in DIR --sources FILE --out classes.reg"
    return [join $lines \n]
}
