# Where a result comes from, written into every output (DESIGN, decision 12).

# info: "$model info"; sources: where the positions came from; bands: {{FILE ?PLANE?} ...}; notes:
# "$bands notes".
proc ::skyclass::annotate {result info sources bands {notes {}}} {
    $result note software "skyclass [version]"
    $result note model "[dict get $info name] [dict get $info checksum]"
    $result note date [clock format [clock seconds] -gmt 1 -format %Y-%m-%dT%H:%M:%SZ]
    $result note sources $sources
    foreach band [dict get $info bands] spec $bands {
        $result note "band [dict get $band role]" [join $spec " plane "]
    }
    # Of a band with two warnings one note: its key is there once in every format.
    set texts {}
    foreach note $notes {
        set role [dict get [lindex [dict get $info bands] [dict get $note band]] role]
        dict lappend texts "[dict get $note kind] $role" [dict get $note text]
    }
    dict for {key parts} $texts {
        $result note $key [join $parts "; "]
    }
}

# What a user should read of the notes, a line each: every warning, and all conversions in one.
proc ::skyclass::band_messages {info bands notes} {
    set lines {}
    set conversions {}
    foreach note $notes {
        set role [dict get [lindex [dict get $info bands] [dict get $note band]] role]
        switch [dict get $note kind] {
            warning {
                lappend lines "band $role, [lindex $bands [dict get $note band] 0]:\
                    [dict get $note text]"
            }
            conversion { lappend conversions "$role: [dict get $note text]" }
        }
    }
    if {$conversions ne ""} {
        lappend lines "converted to the model's [dict get $info unit] (--as-is leaves pixels as\
            they stand): [join $conversions {; }]"
    }
    return $lines
}
