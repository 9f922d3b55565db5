# Where a result comes from, written into every output (DESIGN, decision 12).

# info: "$model info"; sources: where the positions came from; bands: {{FILE ?PLANE?} ...}.
proc ::skyclass::annotate {result info sources bands} {
    $result note software "skyclass [version]"
    $result note model "[dict get $info name] [dict get $info checksum]"
    $result note date [clock format [clock seconds] -gmt 1 -format %Y-%m-%dT%H:%M:%SZ]
    $result note sources $sources
    foreach band [dict get $info bands] spec $bands {
        $result note "band [dict get $band role]" [join $spec " plane "]
    }
}
