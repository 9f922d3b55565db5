#!/usr/bin/env tclsh
# make bench BENCH=ds9: what a user of the menu waits for, in a real DS9 on a virtual display with
# the bundled model. Prints milliseconds beside the goals.  ds9.tcl BUILD ?SOURCES?
set ::env(SKYCLASS_BUILD) [lindex $argv 0]
set n_many [expr {$argc > 1 ? [lindex $argv 1] : 15000}]
set argv {} ;# tcltest, which the tests' DS9 loads, has options of its own
source -encoding utf-8 [file join [file dirname [file normalize [info script]]] .. ds9 ds9.tcl]

proc report {what ms goal} {
    puts [format {%-58s %8.0f %8s} $what $ms $goal]
}

# n positions all over the field, clear of its edges.
proc sources {n} {
    set rows {}
    for {set i 1} {$i <= $n} {incr i} {
        lappend rows "$i [expr {20 + ($i * 37) % 160 + $i % 7 / 7.0}]\
            [expr {20 + ($i * 53) % 160 + $i % 11 / 11.0}]"
    }
    return [ds9::write many$n.tab [join $rows \n]\n]
}

proc milliseconds {script} {
    return [expr {[lindex [time {uplevel 1 $script}] 0] / 1000.0}]
}

# The slowest of DS9's answers until a condition holds.
proc slowest_answer {condition} {
    set slowest 0
    while {![uplevel 1 [list expr $condition]]} {
        set slowest [expr {max($slowest, [milliseconds {ds9::get version}])}]
    }
    return $slowest
}

proc median {values} {
    return [lindex [lsort -real $values] [expr {[llength $values] / 2}]]
}

ds9::setup
try {
    ds9::start bench {*}[ds9::field field] -single
    ds9::start_worker
    ds9::skyclass classify cursor 100 100
    ds9::finish
    puts [format {%-58s %8s %8s} {in DS9} ms goal]

    foreach {x y} {100 100 130 60 70 150 120 130 50 60} {
        ds9::skyclass clear
        ds9::point_at $x $y
        lappend times [milliseconds {
            exec xdotool key a
            ds9::wait_for {[llength [ds9::tagged skyclass]] == 1}
        }]
    }
    report {classify under the cursor, key to marker, median of 5} [median $times] 150

    ds9::skyclass classify file [sources 3000]
    set slowest [slowest_answer {[ds9::status done] > 600}]
    report {first markers of 3,000 sources} [ds9::status first] 300
    report {slowest answer of DS9 during that job} $slowest 200
    ds9::skyclass cancel
    ds9::finish

    ds9::skyclass classify file [sources $n_many]
    ds9::wait_for {[ds9::status done] == $n_many} 600000
    report "$n_many sources: last class to last marker" [milliseconds {ds9::finish}] {}
    if {[llength [ds9::tagged skyclass]] != $n_many} {
        error "[llength [ds9::tagged skyclass]] markers of $n_many are there"
    }
    report "$n_many markers drawn again (palette)" [milliseconds {ds9::skyclass palette safe}] 2000
    report "$n_many markers hidden (hide all)" [milliseconds {ds9::skyclass hide all}] {}
    report "$n_many markers drawn (show all)" [milliseconds {ds9::skyclass show all}] 2000
    report "results table of $n_many rows" [milliseconds {ds9::skyclass table}] {}
    report "$n_many markers cleared" [milliseconds {ds9::skyclass clear}] {}
} finally {
    ds9::cleanup
}
