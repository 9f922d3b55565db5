# A Tcl session: sources of one field, classified while a script looks on.
#   tclsh examples/session.tcl DIRECTORY SOURCES
# DIRECTORY holds the five images of a field, SOURCES is any source list. Without arguments a small
# simulated field is made in a temporary directory.
lappend auto_path [file join [file dirname [file normalize [info script]]] .. build tcl]
package require skyclass

lassign $argv directory list
if {$list eq ""} {
    set directory [file join [expr {[info exists env(TMPDIR)] ? $env(TMPDIR) : "/tmp"}] \
        skyclass-session-[pid]]
    puts [skyclass simulate -o $directory --seed 7 --size 600x600 --name demo]
    set list [file join $directory demo.tab]
}

set model [::skyclass::model open [::skyclass::find_model starcnet]]
set bands [::skyclass::bands open [::skyclass::bandfiles in_directory [$model info] $directory]]
set sources [::skyclass::sources read $list]

# Called from the event loop with the rows that have just become final; with none at the end.
proc on_progress {job rows} {
    set status [$job status]
    if {$rows ne ""} {
        puts "[dict get $status done] of [dict get $status total],\
            [format %.0f [dict get $status rate]] sources/s"
    }
}

set job [::skyclass::job start $model $bands $sources -first 8 -command on_progress]
$job wait
set result [$job result]

# The surest clusters of class 1, best first.
set sure {}
for {set i 0} {$i < [$result count]} {incr i} {
    set row [$result row $i]
    if {[dict get $row class] == 1} {
        lappend sure [list [dict get $row id] [dict get $row score]]
    }
}
foreach source [lrange [lsort -real -decreasing -index 1 $sure] 0 4] {
    lassign $source id score
    puts "source $id: class 1 with score [format %.3f $score]"
}

foreach object [list $job $sources $bands $model] {
    $object destroy
}
