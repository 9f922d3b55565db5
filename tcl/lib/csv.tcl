# CSV in small: lists of fields that people write by hand, and tables of scores. Tcl 9 comes without
# tcllib, and this is all that is needed of it.

namespace eval ::skyclass::csv {
    namespace export read split join
    namespace ensemble create
}

# Rows as dicts by column name (lower case), from a file with a header line. Blank lines and lines
# that begin with # are passed over.
proc ::skyclass::csv::read {path} {
    try {
        set lines [::split [::skyclass::read_file $path] \n]
    } trap {POSIX} message {
        return -code error -errorcode {SKYCLASS BAD_INPUT} $message
    }
    set header {}
    set rows {}
    foreach line $lines {
        set line [string trim $line]
        if {$line eq "" || [string index $line 0] eq "#"} {
            continue
        }
        set cells [lmap cell [split $line] {string trim $cell}]
        if {$header eq ""} {
            set header [lmap name $cells {string tolower $name}]
            continue
        }
        set row {}
        foreach name $header cell $cells {
            dict set row $name [::skyclass::literal $cell]
        }
        lappend rows $row
    }
    return $rows
}

# The cells of a line. In quotes a comma is text, and two quotes are one.
proc ::skyclass::csv::split {line} {
    set cells {}
    set at 0
    while {$at <= [string length $line]} {
        if {[regexp -start $at {\A\s*"((?:[^"]|"")*)"\s*(?:,|$)} $line match cell]} {
            lappend cells [string map {{""} {"}} $cell]
        } else {
            regexp -start $at {\A([^,]*)(?:,|$)} $line match cell
            lappend cells $cell
        }
        incr at [string length $match]
        if {[string index $match end] ne {,}} {
            break
        }
    }
    return $cells
}

# A line of cells, in quotes where it has to be.
proc ::skyclass::csv::join {cells} {
    return [::join [lmap cell $cells {
        if {[regexp {[",\n\r]} $cell]} {
            set cell "\"[string map {{"} {""}} $cell]\""
        }
        set cell
    }] ,]
}
