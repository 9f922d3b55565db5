# What the Tcl tests share: the built package, a scratch directory, small files to feed it.

package require tcltest 2.5
namespace import ::tcltest::test ::tcltest::cleanupTests

set build [expr {[info exists env(SKYCLASS_BUILD)] ? $env(SKYCLASS_BUILD) : "build"}]
set root [file normalize [file join [file dirname [info script]] .. ..]]
set build [file normalize [file join $root $build]]
lappend auto_path [file join $build tcl]
if {![info exists env(SKYCLASS_MODELS)]} {
    set env(SKYCLASS_MODELS) [file join $root models]
}
package require skyclass

# A directory of this test file's own, gone at the end.
set scratch [file join [expr {[info exists env(TMPDIR)] ? $env(TMPDIR) : "/tmp"}] \
    skyclass-test-[pid]]
file mkdir $scratch

proc finish {} {
    file delete -force $::scratch
    cleanupTests
}

proc in_scratch {args} {
    return [file join $::scratch {*}$args]
}

proc write_text {path text} {
    set channel [open $path w]
    fconfigure $channel -encoding utf-8 -translation lf
    puts -nonewline $channel $text
    close $channel
    return $path
}

proc read_text {path} {
    set channel [open $path r]
    fconfigure $channel -encoding utf-8
    set text [read $channel]
    close $channel
    return $text
}

proc write_bytes {path bytes} {
    set channel [open $path wb]
    puts -nonewline $channel $bytes
    close $channel
    return $path
}

proc read_bytes {path} {
    set channel [open $path rb]
    set bytes [read $channel]
    close $channel
    return $bytes
}

# A float32 FITS image. `pixel` is an expression of $x and $y, 0-based; values from 1e30 on become
# NaN, which expr cannot return.
proc write_image {path width height pixel {cards {}}} {
    set header {}
    foreach {keyword value} [list SIMPLE T BITPIX -32 NAXIS 2 NAXIS1 $width NAXIS2 \
        $height {*}$cards] {
        lappend header [format "%-80s" [format "%-8s= %20s" $keyword $value]]
    }
    lappend header [format "%-80s" END]
    set header [join $header ""]
    append header [string repeat " " [expr {-[string length $header] % 2880}]]
    set bytes $header
    for {set y 0} {$y < $height} {incr y} {
        for {set x 0} {$x < $width} {incr x} {
            set value [expr $pixel]
            append bytes [expr {$value >= 1e30 ? "\x7f\xc0\x00\x00" : [binary format R $value]}]
        }
    }
    append bytes [string repeat \0 [expr {-[string length $bytes] % 2880}]]
    return [write_bytes $path $bytes]
}

# The five bands of a small field with a bump in the middle, in a directory of their own.
proc write_field {directory {width 80} {height 80}} {
    file mkdir $directory
    set files {}
    foreach filter {F275W F336W F438W F555W F814W} {
        set file [file join $directory field_[string tolower $filter].fits]
        write_image $file $width $height {0.01 * (($x * 7 + $y * 13) % 11)
            + 3.0 * exp(-(($x - 39.0) ** 2 + ($y - 39.0) ** 2) / 4.0)} [list FILTER '$filter']
        lappend files $file
    }
    return $files
}

# Runs the command line; returns {status stdout stderr}.
proc run_program {args} {
    set out [in_scratch program.out]
    set err [in_scratch program.err]
    set status 0
    try {
        exec -- [file join $::build skyclass] {*}$args >$out 2>$err </dev/null
    } trap CHILDSTATUS {- details} {
        set status [lindex [dict get $details -errorcode] 2]
    }
    return [list $status [string trim [read_text $out]] [string trim [read_text $err]]]
}

# The rows of a CSV file as lists, header first.
proc read_csv {path} {
    return [lmap line [split [string trim [read_text $path]] \n] {split $line ,}]
}
