# Which of the images that are open in DS9 serves which band of the model.
namespace eval ::skyclass::ds9::bands {
    namespace export choose neighbours field remember forget label
    namespace ensemble create
    namespace path ::skyclass::ds9
}

# The name under which a field's bands are remembered: the file in the current frame.
proc ::skyclass::ds9::bands::field {path} {
    return [regsub {(\[[^]]*\])+$} $path {}]
}

proc ::skyclass::ds9::bands::label {band} {
    return "[dict get $band role] ([join [dict get $band filters] { or }])"
}

# info: "$model info"; candidates: {{spec {PATH ?PLANE?} frame N} ...}; path: the current image.
# Returns a dict: bands {SPEC ...} in the model's order ("" where there is none), missing {ROLE ...},
# ambiguous {ROLE ...}.
proc ::skyclass::ds9::bands::choose {info candidates path} {
    set wanted [dict get $info bands]
    set stored [Remembered $wanted $path]
    if {$stored ne {}} {
        return [dict create bands $stored missing {} ambiguous {}]
    }
    set planes [lsort -unique [lmap candidate $candidates {
        set spec [dict get $candidate spec]
        if {[llength $spec] < 2 || [lindex $spec 0] ne $path} continue
        set spec
    }]]
    set planes [lsort -integer -index 1 $planes]
    if {[llength $planes] == [llength $wanted]} {
        return [dict create bands $planes missing {} ambiguous {}]
    }
    set known [Filters $candidates]
    set bands {}
    set missing {}
    set ambiguous {}
    foreach band $wanted {
        set specs [Serving $band $known $path]
        if {[llength $specs] == 0} {
            lappend missing [dict get $band role]
        } elseif {[llength $specs] > 1} {
            lappend ambiguous [dict get $band role]
        }
        lappend bands [expr {[llength $specs] == 1 ? [lindex $specs 0] : {}}]
    }
    return [dict create bands $bands missing $missing ambiguous $ambiguous]
}

# Images beside the current one that could serve the bands still missing in `bands`: SPEC or "" each.
proc ::skyclass::ds9::bands::neighbours {info bands path} {
    set directory [file dirname [field $path]]
    set candidates {}
    foreach file [lsort [glob -nocomplain -directory $directory -types f -- *.fits *.fits.gz *.fits.fz]] {
        lappend candidates [dict create spec [list $file] frame {}]
    }
    set known [Filters $candidates]
    return [lmap band [dict get $info bands] spec $bands {
        if {$spec eq {}} {
            set specs [Serving $band $known $path]
            set spec [expr {[llength $specs] == 1 ? [lindex $specs 0] : {}}]
        }
        set spec
    }]
}

# An explicit choice for a field always wins; it is kept for the next session.
proc ::skyclass::ds9::bands::remember {path bands} {
    set stored [settings get bands]
    dict unset stored [field $path]
    dict set stored [field $path] $bands
    settings put bands [lrange $stored end-99 end]
}

proc ::skyclass::ds9::bands::forget {path} {
    set stored [settings get bands]
    dict unset stored [field $path]
    settings put bands $stored
}

proc ::skyclass::ds9::bands::Remembered {wanted path} {
    set stored [settings get bands]
    if {![dict exists $stored [field $path]]} {
        return {}
    }
    set bands [dict get $stored [field $path]]
    if {[llength $bands] != [llength $wanted]} {
        return {}
    }
    foreach spec $bands {
        if {![file isfile [field [lindex $spec 0]]]} {
            return {}
        }
    }
    return $bands
}

# {filter width height spec} of every candidate whose filter is known, no file twice.
proc ::skyclass::ds9::bands::Filters {candidates} {
    set known {}
    foreach candidate $candidates {
        set spec [dict get $candidate spec]
        if {[dict exists $known $spec] || [catch {::skyclass::image info {*}$spec} info]} {
            continue
        }
        dict set known $spec [list [dict get $info band] [dict get $info width] [dict get $info height]]
    }
    return [lmap {spec about} $known {list {*}$about $spec}]
}

# The candidates for one band. Where several have the filter, those of the current file, else those
# of the current image's size, are meant.
proc ::skyclass::ds9::bands::Serving {band known path} {
    foreach filter [dict get $band filters] {
        set found [lsearch -all -inline -nocase -index 0 $known $filter]
        if {[llength $found]} {
            break
        }
    }
    if {[llength $found] > 1} {
        set here [lmap one $found {
            if {[field [lindex $one 3 0]] ne [field $path]} continue
            set one
        }]
        # A file named without its extension is the same image as with it.
        set found [expr {[llength $here] ? [lrange $here end end] : $found}]
    }
    if {[llength $found] > 1 && ![catch {::skyclass::image info $path} about]} {
        set same [lmap one $found {
            if {[lindex $one 1] != [dict get $about width] || [lindex $one 2] != [dict get $about height]} continue
            set one
        }]
        set found [expr {[llength $same] ? $same : $found}]
    }
    return [lmap one $found {lindex $one 3}]
}
