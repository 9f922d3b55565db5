# Region text as DS9 writes it, line by line. Text in, text out; lines are never interpreted further
# than their first word and their tags.
namespace eval ::skyclass::ds9::regions {
    namespace export parse is_source tagged assemble minus merge
    namespace ensemble create

    variable shapes {circle ellipse box point polygon annulus}
}

# A dict: head (lines before the first region: format, defaults, coordinate system), lines (one a
# region, in order), whole (1 when taking the lines away and drawing them again loses nothing: no
# composites, none protected from deletion).
proc ::skyclass::ds9::regions::parse {text} {
    set parts [dict create head {} lines {} whole 1]
    foreach line [split $text \n] {
        if {[string trim $line] eq {}} {
            continue
        }
        if {[regexp {^(# Region file|global |[a-z0-9]+ *$)} $line]} {
            dict lappend parts head $line
            continue
        }
        dict lappend parts lines $line
        if {[regexp {^# composite\(| \|\||[ #]delete=0} $line]} {
            dict set parts whole 0
        }
    }
    return $parts
}

# Does a region mark a source, as circles and points do, and texts, rulers and the contours of an
# explanation do not?
proc ::skyclass::ds9::regions::is_source {line} {
    variable shapes
    return [expr {[regexp -nocase "^\[+-\]?([join $shapes |])\\(" $line]
        && ![tagged $line {skyclass explanation}]}]
}

proc ::skyclass::ds9::regions::tagged {line tag} {
    return [expr {[string first "tag={$tag}" $line] >= 0}]
}

# The text of some lines under the head of a parsed one.
proc ::skyclass::ds9::regions::assemble {head lines} {
    return [join [concat $head $lines] \n]\n
}

# The lines that are not in `taken`; a line that stands twice and is taken once stays once.
proc ::skyclass::ds9::regions::minus {lines taken} {
    set counts [Count $taken]
    return [lmap line $lines {
        if {[dict exists $counts $line] && [dict get $counts $line] > 0} {
            dict incr counts $line -1
            continue
        }
        set line
    }]
}

# The lines in the order in which they stand in `order`; those that do not stand there come last.
proc ::skyclass::ds9::regions::merge {order lines} {
    set known [minus $order [minus $order $lines]]
    return [concat $known [minus $lines $known]]
}

proc ::skyclass::ds9::regions::Count {lines} {
    set counts {}
    foreach line $lines {
        dict incr counts $line
    }
    return $counts
}
