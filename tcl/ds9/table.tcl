# Results as tables: in DS9's catalogue tool, in its plot tool, and saved.
namespace eval ::skyclass::ds9::table {
    namespace export text show close_shown plot_scores plot_counts save
    namespace ensemble create
    namespace path ::skyclass::ds9

    variable bins 20
    variable shown {} ;# DS9's name of the table that is open
}

# One row a source, tab-separated, with a header.
proc ::skyclass::ds9::table::text {frame} {
    set formats {x %.3f y %.3f ra %.7f dec %.7f class %d score %.4f}
    set n_classes [expr {[llength [layers classes $frame]] - 1}]
    set rows [layers rows $frame]
    set columns [list id {*}[dict keys $formats]]
    for {set class 1} {$class <= $n_classes} {incr class} {
        lappend columns score_$class
    }
    set votes [expr {[llength $rows] && [dict exists [lindex $rows 0] vote]
        ? {vote %d quality %.2f} : {}}]
    lappend columns {*}[dict keys $votes] flag
    set lines [list [join $columns \t]]
    foreach row $rows {
        set cells [list [string map {\t { } \n { } \r { }} [dict get $row id]]]
        dict for {key format} $formats {
            lappend cells [Number $format [dict get $row $key]]
        }
        for {set class 0} {$class < $n_classes} {incr class} {
            lappend cells [Number %.4f [lindex [dict get $row scores] $class]]
        }
        dict for {key format} $votes {
            lappend cells [expr {[dict exists $row $key]
                ? [Number $format [dict get $row $key]] : {}}]
        }
        lappend cells [dict get $row flag]
        lappend lines [join $cells \t]
    }
    return [join $lines \n]\n
}

proc ::skyclass::ds9::table::Number {format value} {
    if {$value eq {}} {
        return {}
    }
    return [format $format $value]
}

# Opens (or replaces) the table in DS9's catalogue tool. A click on a row pans to its source, for
# which the tool draws symbols of its own: circles too small to be seen beside our markers.
proc ::skyclass::ds9::table::show {frame} {
    variable shown
    set path [file join [session scratch] skyclass-frame$frame.tsv]
    Write $path [text $frame]
    close_shown
    set on_sky [expr {{} ni [lmap row [layers rows $frame] {dict get $row ra}]}]
    try {
        link tell "catalog import tsv \{$path\}"
    } trap {SKYCLASS DS9 REFUSED} {message details} {
        # Without a WCS the table is there, but DS9 has no places for its rows and cannot go to
        # them.
        if {$on_sky} {
            return -options $details $message
        }
    }
    set shown [lindex [link ask catalog] end]
    # Each change of a symbol that is shown draws all of them again.
    link tell {catalog hide}
    if {$on_sky} {
        foreach setting {{symbol shape circle} {symbol size 0.3} {symbol units image}\
            {psky icrs} show} {
            link tell "catalog $setting"
        }
    }
}

# Closes the table, and takes its symbols along, which DS9 leaves behind.
proc ::skyclass::ds9::table::close_shown {} {
    variable shown
    if {$shown eq {}} {
        return
    }
    try {
        if {$shown in [link ask catalog]} {
            link tell "catalog $shown"
            link tell {catalog clear}
            link tell {catalog close}
        }
    } trap {SKYCLASS DS9 REFUSED} {} {
        # The user was faster.
    }
    set shown {}
}

proc ::skyclass::ds9::table::Write {path text} {
    ::skyclass::write_file $path $text
}

# Cumulated winning scores, one curve a class, in DS9's plot tool.
proc ::skyclass::ds9::table::plot_scores {frame} {
    variable bins
    set histograms {}
    foreach row [layers rows $frame] {
        set class [dict get $row class]
        if {$class > 0} {
            if {![dict exists $histograms $class]} {
                dict set histograms $class [lrepeat $bins 0]
            }
            set bin [expr {min(int([dict get $row score] * $bins), $bins - 1)}]
            set counts [dict get $histograms $class]
            lset counts $bin [expr {[lindex $counts $bin] + 1}]
            dict set histograms $class $counts
        }
    }
    set classes [layers classes $frame]
    set first 1
    foreach class [lsort -integer [dict keys $histograms]] {
        set text {}
        set bin 0
        foreach n [dict get $histograms $class] {
            append text "[format %.3f [expr {double($bin) / $bins}]]\
                $n\n[format %.3f [expr {double([incr bin]) / $bins}]] $n\n"
        }
        if {$first} {
            Plot scores line {{Winning score by class} {Score} {Sources}} $text
        } else {
            link tell {plot data xy} $text
        }
        set first 0
        Name $class [lindex $classes $class] line
        link tell {plot line width 2}
    }
    link tell {plot legend yes}
}

# How many sources each class has, as bars of the classes' colours.
proc ::skyclass::ds9::table::plot_counts {frame} {
    set classes [layers classes $frame]
    set first 1
    dict for {class n} [layers counts $frame] {
        if {$class == 0} {
            continue
        }
        set text "$class $n\n"
        if {$first} {
            Plot counts bar {{Sources by class} {Class} {Sources}} $text
        } else {
            link tell {plot data xy} $text
        }
        set first 0
        Name $class [lindex $classes $class] bar
        link tell "plot bar border color [dict get [lindex $classes $class] colour]"
    }
    link tell {plot legend yes}
}

# A plot window of our own, in the place of the one before.
proc ::skyclass::ds9::table::Plot {name kind titles text} {
    # Closing a plot that is not there would close another.
    if {[regexp "\\mskyclass_$name\\M" [link ask plot]]} {
        link tell "plot skyclass_$name close"
    }
    link tell "plot new name skyclass_$name $kind {[join $titles "} {"]} xy" $text
}

# Gives a curve its class's number, name and colour. Names come from a file: what might mean
# something to DS9 is left out of them.
proc ::skyclass::ds9::table::Name {class look kind} {
    set name [regsub -all {[^A-Za-z0-9 ,.()+-]} [dict get $look name] {}]
    link tell "plot name {$class $name}"
    link tell "plot $kind color [dict get $look colour]"
}

# Saves all that is classified in a frame as one table; the name's ending decides the format. What
# it was made from is not written over.
proc ::skyclass::ds9::table::save {frame path} {
    foreach {what files} [layers inputs $frame] {
        ::skyclass::outputs check [list $path] $files $what
    }
    ::skyclass::results write [layers results $frame] $path \
        -palette [settings get palette] -text [settings get text]
}
