# skyclass merge: the tables of several runs of classify as one.

namespace eval ::skyclass::verb_merge {
    variable table {
        out       {value FILE repeats 1
            help {output; the ending decides: .fits .csv .ecsv .vot .tab .reg}}
        palette   {value NAME choices {starcnet safe} default starcnet
            help {colours of .reg output; safe is for colour-blind eyes}}
        coords    {value SYSTEM choices {given image icrs fk5 fk4 galactic ecliptic} default given
            help {coordinates of .reg output, as classify has them}}
    }
}

proc ::skyclass::verb_merge::help {} {
    variable table
    return [::skyclass::options help "skyclass merge PART PART ... --out FILE" \
        "Joins tables that skyclass classify wrote (.fits .ecsv .vot .csv), row after row." \
        $table [join {
            "The parts must be of the same classes. A column that one part lacks is empty there;"
            "notes that differ, as models or images, are all kept. Example:"
            "  skyclass classify --fields fields.csv --part 1/2      # on one machine"
            "  skyclass classify --fields fields.csv --part 2/2      # on another"
            "  skyclass merge out/*.fits --out all.fits"
        } \n]]
}

proc ::skyclass::verb_merge::run {arguments} {
    variable table
    lassign [::skyclass::options parse $table $arguments] options parts
    if {$parts eq ""} {
        ::skyclass::options usage "no PART is named: the tables to join"
    }
    if {[dict get $options out] eq ""} {
        ::skyclass::options usage "--out FILE is missing: where the joined table goes"
    }
    ::skyclass::outputs check [dict get $options out] $parts part
    set results {}
    try {
        foreach part $parts {
            lappend results [::skyclass::results read $part]
        }
        set joined [::skyclass::results join $results]
        foreach output [dict get $options out] {
            file mkdir [file dirname $output]
            $joined write $output -palette [dict get $options palette] \
                -coords [dict get $options coords]
        }
        return "[$joined count] rows of [llength $parts] part[expr {
            [llength $parts] == 1 ? "" : "s"}] written to [join [dict get $options out] {, }]"
    } finally {
        foreach result $results {
            $result destroy
        }
        if {[info exists joined]} {
            $joined destroy
        }
    }
}
