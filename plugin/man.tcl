# The man pages, made from the tables that parse the verbs' options: tclsh man.tcl PACKAGE OUT
# writes OUT/skyclass.1 and OUT/skyclass-VERB.1 from the Tcl package in the directory PACKAGE.

lassign $argv package out
source -encoding utf-8 [file join $package lib skyclass.tcl]
source -encoding utf-8 [file join $package cli verbs.tcl]
namespace eval ::man {}

# Every verb hands the parts of its help to this command; here they become a page.
proc ::skyclass::options::help {usage summary table {epilogue {}}} {
    return [::man::page $usage $summary $table $epilogue]
}

proc ::man::page {usage summary table epilogue} {
    set lines [list .SH SYNOPSIS .nf [escape $usage] .fi .SH DESCRIPTION [escape $summary]]
    if {[dict size $table]} {
        lappend lines .SH OPTIONS
    }
    dict for {name entry} $table {
        set text [dict get $entry help]
        if {[dict exists $entry default] && [dict get $entry default] ne {}} {
            append text " (default: [dict get $entry default])"
        }
        lappend lines .TP "\\fB[escape [option $name $entry]]\\fR" [escape $text]
    }
    if {$epilogue ne {}} {
        lappend lines .SH NOTES .nf [escape $epilogue] .fi
    }
    return [join $lines \n]
}

proc ::man::option {name entry} {
    set text "[expr {[string length $name] == 1 ? {-} : {--}}]$name"
    if {[dict get $entry value] ne {}} {
        append text " [dict get $entry value]"
    }
    return $text
}

# A line that begins with a dot or an apostrophe would be a request.
proc ::man::escape {text} {
    set text [string map {\\ \\e - \\-} $text]
    return [regsub -all -line {^(?=[.'])} $text {\\\&}]
}

proc ::man::write {out name summary body} {
    set channel [open [file join $out $name.1] w]
    fconfigure $channel -encoding utf-8
    puts $channel ".TH [string toupper $name] 1 \"\" \"skyclass [package provide skyclass]\""
    puts $channel ".SH NAME\n[escape $name] \\- [escape $summary]\n$body"
    close $channel
}

file mkdir $out
set verbs {}
dict for {verb summary} $::skyclass::verbs {
    ::skyclass::load_verb $verb
    ::man::write $out skyclass-$verb $summary [::skyclass::verb_${verb}::help]
    lappend verbs .TP "\\fB[::man::escape $verb]\\fR" \
        "[::man::escape $summary]; see \\fBskyclass\\-$verb\\fR(1)."
}
::man::write $out skyclass {classify sources in astronomical images} [join [list .SH SYNOPSIS \
    {skyclass VERB ?options?} .SH DESCRIPTION \
    {From the command line, from Tcl scripts and inside SAOImage DS9.} \
    {.B skyclass VERB \-\-help} {explains one verb.} .SH VERBS {*}$verbs .SH "EXIT STATUS" \
    {0 when every source was handled, 1 for bad input, 2 for wrong usage.}] \n]
