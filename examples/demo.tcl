#!/usr/bin/env tclsh
# The demonstration: a mock field in five Hubble bands, classified in a DS9 window through the same
# plugin a user has. Leaves build/demo/: the field, screenshot.png, classes.reg, classes.fits and
# classes.csv. Uses your display when there is one, and leaves DS9 open there; else a virtual one.
#
#   make demo        or        tclsh examples/demo.tcl ?BUILD?

namespace eval demo {
    variable source [file dirname [file dirname [file normalize [info script]]]]
    variable build \
        [file normalize [expr {$::argc ? [lindex $::argv 0] : [file join $source build]}]]
    variable out [file join $build demo]
    variable processes {}
}

proc demo::say {text} {
    puts "demo: $text"
    flush stdout
}

proc demo::field {} {
    variable build
    variable out
    set field [file join $out field]
    if {![file exists [file join $field MOCK.tab]]} {
        say "making the mock field"
        exec [file join $build skyclass] simulate -o $field --seed 11 --size 1100x1000 \
            --sources 220 \
            --distance 9 --inclination 25 >@ stdout 2>@ stderr
    }
    return $field
}

proc demo::display {} {
    variable processes
    if {[info exists ::env(DISPLAY)] && $::env(DISPLAY) ne {}} {
        return 1
    }
    lassign [chan pipe] reader writer
    lappend processes [exec Xvfb -displayfd 1 -screen 0 1100x940x24 -nolisten tcp >@ $writer \
        2> /dev/null &]
    set ::env(DISPLAY) :[gets $reader]
    close $reader
    close $writer
    return 0
}

proc demo::wait {what condition} {
    for {set i 0} {$i < 1200} {incr i} {
        if {![catch {uplevel 1 [list expr $condition]} holds] && $holds} {
            return
        }
        after 100
    }
    error "waited two minutes in vain for $what"
}

proc demo::tell {args} {
    exec timeout 30 xpaset -p demo {*}$args
}

proc demo::open_ds9 {field} {
    variable build
    variable processes
    lappend processes [exec ds9 -title demo -geometry 1100x940+0+0 \
        -analysis [file join $build skyclass.ds9] \
        -view info no -view panner no -view magnifier no -view buttons no -view colorbar no \
        >& /dev/null &]
    wait DS9 {[exec xpaget demo version] ne {}}
    foreach band {f275w f336w f438w f555w f814w} {
        tell frame new
        tell fits [file join $field MOCK_$band.fits]
    }
    # Colours for the eye: I, V and B as red, green and blue.
    tell rgb
    foreach {channel band} {red f814w green f555w blue f438w} {
        tell rgb $channel
        tell fits [file join $field MOCK_$band.fits]
        tell scale asinh
        tell scale mode 99.5
    }
    tell single
    tell zoom to 1.8
    tell pan to 310 520 image
}

proc demo::run {} {
    variable build
    variable out
    variable processes
    file mkdir $out
    set field [field]
    set visible [display]
    set home [exec mktemp -d]
    foreach {name value} [list HOME $home XPA_METHOD local XDG_CONFIG_HOME $home \
        XDG_RUNTIME_DIR $home] {
        set ::env($name) $value
    }
    try {
        open_ds9 $field
        set ::env(SKYCLASS_DS9_PID) [lindex $processes end]
        exec [file join $build skyclass-ds9] start
        unset ::env(SKYCLASS_DS9_PID)
        say "classifying the sources of MOCK.tab in DS9"
        exec xpaset -p demo:skyclass classify file [file join $field MOCK.tab]
        exec xpaset -p demo:skyclass legend
        wait {the classification} \
            {[lindex [split [exec xpaget demo:skyclass status] \n] 0] eq {done}}
        after 1000
        catch {
            set legend [lindex [exec xdotool search --onlyvisible --name {^skyclass, frame}] 0]
            exec xdotool windowmove $legend 640 60
        }
        tell rgb close
        after 1000
        exec import -window root [file join $out screenshot.png]
        foreach name {classes.fits classes.csv classes.reg} {
            exec xpaset -p demo:skyclass save [file join $out $name]
        }
        puts [exec xpaget demo:skyclass classes]
        say "in $out: screenshot.png, classes.reg, classes.fits, classes.csv"
    } finally {
        if {!$visible || ![file exists [file join $out screenshot.png]]} {
            foreach pid [lreverse $processes] {
                catch {exec kill $pid}
            }
            after 1000
            file delete -force $home
        } else {
            say "DS9 stays open; see Analysis > Skyclass for more"
        }
    }
}

demo::run
