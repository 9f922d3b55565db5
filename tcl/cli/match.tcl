# skyclass match: two lists beside each other on the sky, or one without its duplicates.

namespace eval ::skyclass::verb_match {
    variable table {
        radius    {value ARCSEC help {how far apart two positions of one object may be}}
        out       {value FILE help {output; the ending decides: .fits .csv .ecsv .vot}}
        keep      {value WHICH choices {all matched unmatched} default all
            help {rows of the first list that are written}}
        note      {value NAME default {}
            help {a column note, "ID from NAME", where there is a match}}
        where     {value EXPR help {only rows of the first list that fulfil it, as "g < 21"}}
        columns   {value ROLE=COLUMN,... help {which columns of the first list are id, ra, dec}}
        second-columns {value ROLE=COLUMN,...
            help {which columns of the second list are}}
    }
}

proc ::skyclass::verb_match::help {} {
    variable table
    return [::skyclass::options help "skyclass match A B --radius ARCSEC --out FILE, or A alone" \
        "Puts the nearest source of B beside each of A, within the radius on the sphere." $table \
        [join {
            "Every row of A stays, with its columns, then separation (arcsec) and\
                n_matches (how many of"
            "B lie within the radius), then B's columns as NAME_2, empty where nothing\
                matches. Both need"
            "ra and dec. Given one list, match writes it without duplicates, as where\
                fields overlap: of"
            "sources within the radius of each other the first stays, and n_merged counts\
                them. Examples:"
            "  skyclass match candidates.fits rbc.csv --radius 1 --note RBC --out known.fits"
            "  skyclass match all_fields.csv --radius 1 --out once.csv"
        } \n]]
}

proc ::skyclass::verb_match::run {arguments} {
    variable table
    lassign [::skyclass::options parse $table $arguments] options words
    if {[llength $words] ni {1 2}} {
        ::skyclass::options usage "one or two lists are matched, not [llength $words]"
    }
    foreach {name value what} {radius ARCSEC "how far apart two may be" out FILE\
        "where the table goes"} {
        if {![dict exists $options $name]} {
            ::skyclass::options usage "--$name $value is missing: $what"
        }
    }
    if {![string is double -strict [dict get $options radius]]} {
        ::skyclass::options usage "--radius takes arcsec, not \"[dict get $options radius]\""
    }
    set out [dict get $options out]
    ::skyclass::outputs check [list $out] $words "source list"
    try {
        set first [::skyclass::lists read match [lindex $words 0] $options]
        if {[llength $words] == 1} {
            set counts [::skyclass::merge_duplicates $first [dict get $options radius] $out]
            return "[dict get $counts rows] sources written to $out, [dict get $counts merged]\
                merged into them"
        }
        set second [::skyclass::lists read match [lindex $words 1] [Second $options]]
        set counts [::skyclass::match_lists $first $second [dict get $options radius] $out \
            [dict get $options keep] [dict get $options note]]
        return "[dict get $counts matched] of [$first count] sources have a match within\
            [dict get $options radius]\"; [dict get $counts rows] rows written to $out"
    } finally {
        foreach list {first second} {
            if {[info exists $list]} {
                [set $list] destroy
            }
        }
    }
}

# The options as the second list has them.
proc ::skyclass::verb_match::Second {options} {
    if {![dict exists $options second-columns]} {
        return {}
    }
    return [dict create columns [dict get $options second-columns]]
}
