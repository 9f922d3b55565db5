#!/usr/bin/env tclsh
# Refuses Tcl that could run text from outside: commands.tcl FILE ...
#
# `open`, `exec`, `eval`, `subst` and their like as commands of their own (not as words of an
# ensemble, as in `model open`), a script given to uplevel that is not a list, and `puts` to a
# terminal. The places that may are named below. One line for each find; exit status 1 if there are
# any.

# File (its end) -> the commands it may use, and why.
set allowed {
    lib/outside.tcl     {open exec puts}
    lib/skyclass.tcl    {source load}
    cli/verbs.tcl       {source uplevel}
    lib/progress.tcl    {puts}
    worker/worker.tcl   {source puts}
    tcl/skyclass        {source puts}
    tcl/pkgIndex.tcl    {source}
}
# A command stands at the start of a line, after [ { ; or after a word that takes a script.
set start {(?:^|[\[\{;]|\m(?:catch|try|then|else|finally)\s+\{?)\s*(?:::)?}
set patterns [list \
    open   "${start}open\\s+\[\\\[\$\{\"/|~.]" \
    exec   "${start}exec\\s" \
    eval   "${start}eval\\M" \
    subst  "${start}subst\\M" \
    source "${start}source\\s+\[-\\\[\$/~]" \
    load   "${start}load\\s+\\\[" \
    uplevel "${start}uplevel\\M(?!\\s+\\S+\\s+\\\[list\\M)" \
    puts   "${start}puts\\s+(?:-nonewline\\s+)?(?:stderr|stdout|\[\"\\\[\\\$\\w\]\[^ \]*$)"]

proc finds {name text} {
    global patterns allowed
    set may {}
    dict for {ending commands} $allowed {
        if {[string match *$ending $name]} {
            lappend may {*}$commands
        }
    }
    set found {}
    set number 0
    foreach line [split $text \n] {
        incr number
        if {[regexp {^\s*#} $line]} {
            continue
        }
        foreach {command pattern} $patterns {
            if {$command ni $may && [regexp $pattern $line]} {
                lappend found "$name:$number: `$command` is for tcl/lib/outside.tcl alone; use\
                    what it offers"
            }
        }
    }
    return $found
}

set all {}
foreach name $argv {
    set channel [open ./[string trimleft $name ./]]
    fconfigure $channel -encoding utf-8
    lappend all {*}[finds $name [read $channel]]
    close $channel
}
if {[llength $all]} {
    puts stderr [join $all \n]
    exit 1
}
