# The command line around the verbs: help, exit status, one line for an error.

namespace eval ::skyclass::cli {}

proc ::skyclass::cli::main {arguments} {
    set verb [lindex $arguments 0]
    if {$verb in {"" help --help -h}} {
        puts [help]
        return [expr {$verb eq "" ? 2 : 0}]
    }
    if {$verb in {version --version}} {
        ::skyclass::load_core
        puts "skyclass [::skyclass::version]"
        return 0
    }
    if {![dict exists $::skyclass::verbs $verb]} {
        puts stderr "skyclass: there is no verb \"$verb\"; skyclass --help lists them"
        return 2
    }
    ::skyclass::load_verb $verb
    set rest [lrange $arguments 1 end]
    if {[lindex $rest 0] in {--help -h} || "--help" in $rest} {
        puts [::skyclass::verb_${verb}::help]
        return 0
    }
    try {
        set output [::skyclass::call_verb $verb {*}$rest]
        if {$output ne ""} {
            puts $output
        }
        return 0
    } trap {SKYCLASS USAGE} message {
        puts stderr "skyclass $verb: $message; see skyclass $verb --help"
        return 2
    } trap {SKYCLASS} message {
        puts stderr "skyclass $verb: $message"
        return 1
    } trap {POSIX} message {
        puts stderr "skyclass $verb: $message"
        return 1
    }
}

proc ::skyclass::cli::help {} {
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
    lappend lines "" "skyclass VERB --help explains one verb. A first result:" \
        "  skyclass classify --images-in DIR --sources FILE --out classes.reg"
    return [join $lines \n]
}
