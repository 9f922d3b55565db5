# Small CSV files that people write by hand (lists of fields), through tcllib's csv package.

namespace eval ::skyclass::csv {
    namespace export read
    namespace ensemble create
}

# Rows as dicts by column name (lower case), from a file with a header line. Blank lines and lines
# that begin with # are passed over.
proc ::skyclass::csv::read {path} {
    package require csv
    try {
        set lines [split [::skyclass::read_file $path] \n]
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
        set cells [lmap cell [::csv::split $line] {string trim $cell}]
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
