# Region text as DS9 writes it, line by line. Text in, text out; lines are never interpreted further
# than their first word and their tags.
namespace eval ::skyclass::ds9::regions {
    namespace export parse tagged tag untag assemble
    namespace ensemble create

    variable shapes {circle ellipse box point polygon annulus}
}

# A dict: head (lines before the first region: format, defaults, coordinate system), sources (lines of
# shapes that mark a source), others (all other regions), whole (1 when taking the lines away and
# drawing them again loses nothing: no composites, none protected from deletion).
proc ::skyclass::ds9::regions::parse {text} {
    variable shapes
    set pattern "^\[+-\]?([join $shapes |])\\("
    set parts [dict create head {} sources {} others {} whole 1]
    foreach line [split $text \n] {
        if {[string trim $line] eq {}} {
            continue
        }
        if {[regexp -nocase $pattern $line]} {
            dict lappend parts sources $line
        } elseif {[regexp {^(# Region file|global |[a-z0-9]+ *$)} $line]} {
            dict lappend parts head $line
        } else {
            dict lappend parts others $line
        }
        if {[regexp {^# composite\(| \|\||[ #]delete=0} $line] && ![regexp {^global } $line]} {
            dict set parts whole 0
        }
    }
    return $parts
}

proc ::skyclass::ds9::regions::tagged {line tag} {
    return [expr {[string first "tag={$tag}" $line] >= 0}]
}

proc ::skyclass::ds9::regions::tag {lines tag} {
    return [lmap line $lines {
        append line [expr {[string first # $line] >= 0 ? { } : { # }}] "tag={$tag}"
    }]
}

proc ::skyclass::ds9::regions::untag {lines tag} {
    return [lmap line $lines {string map [list " tag={$tag}" {}] $line}]
}

proc ::skyclass::ds9::regions::assemble {parts lines} {
    return [join [concat [dict get $parts head] $lines] \n]\n
}
