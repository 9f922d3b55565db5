# Which of the images that are open in DS9 serves which band of the model.
namespace eval ::skyclass::ds9::bands {
    namespace export of_image ask_again choose neighbours field remember forget label
    namespace ensemble create
    namespace path ::skyclass::ds9
}

# The files of the bands for an image, {SPEC ...} in the model's order, from what the frames show at
# this moment: DS9 does not say when another image is opened in a frame, so nothing is kept. `ask`
# is a command prefix that gets the model's info, the choice so far and the image's path, and
# returns the user's choice; "" where nobody can be asked.
proc ::skyclass::ds9::bands::of_image {image ask} {
    set info [model info]
    set path [dict get $image path]
    # The other frames, which DS9 has to show to tell about them, only where they are needed.
    foreach candidates {{} here all} {
        set open [expr {$candidates eq {} ? {} : [session candidates $candidates]}]
        set choice [choose $info $open $path]
        if {![llength [dict get $choice missing]] && ![llength [dict get $choice ambiguous]]} {
            return [dict get $choice bands]
        }
    }
    if {$ask eq {}} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} [Lacking $info $choice]
    }
    set specs [{*}$ask $info [dict merge $choice [dict create open $open]] $path]
    remember $path $specs
    return $specs
}

proc ::skyclass::ds9::bands::Lacking {info choice} {
    set problems {}
    if {[llength [dict get $choice missing]]} {
        lappend problems "no open image serves [join [dict get $choice missing] {, }]"
    }
    if {[llength [dict get $choice ambiguous]]} {
        lappend problems "several open images serve [join [dict get $choice ambiguous] {, }]"
    }
    set wants [join [lmap band [dict get $info bands] {label $band}] {, }]
    return "[join $problems { and }]; the model wants $wants: open them in DS9, or say \"bands\
        ROLE=FILE ...\""
}

# Asks about the bands of the current image, whatever is known of them, and remembers the answer.
proc ::skyclass::ds9::bands::ask_again {ask} {
    set path [dict get [session image] path]
    set open [session candidates]
    set choice [dict merge [choose [model info] $open $path] [dict create open $open]]
    remember $path [{*}$ask [model info] $choice $path]
}

# The name under which a field's bands are remembered: the file in the current frame.
proc ::skyclass::ds9::bands::field {path} {
    return [regsub {(\[[^]]*\])+$} $path {}]
}

proc ::skyclass::ds9::bands::label {band} {
    return "[dict get $band role] ([join [dict get $band filters] { or }])"
}

# info: "$model info"; candidates: {{spec {PATH ?PLANE?} frame N} ...}; path: the current image.
# Returns a dict: bands {SPEC ...} in the model's order ("" where there is none), missing {ROLE
# ...}, ambiguous {ROLE ...}.
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

# Images beside the current one that could serve the bands still missing in `bands`: SPEC or ""
# each.
proc ::skyclass::ds9::bands::neighbours {info bands path} {
    set directory [file dirname [field $path]]
    set candidates {}
    # What was fetched of frames without a file lies beside what was fetched of others.
    set files [expr {$directory eq [session scratch] ? {}
        : [::skyclass::files $directory *.fits *.fits.gz *.fits.fz]}]
    foreach file [lsort $files] {
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
        dict set known $spec [list [dict get $info band] [dict get $info width] \
            [dict get $info height]]
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
            if {[lindex $one 1] != [dict get $about width]
                || [lindex $one 2] != [dict get $about height]} continue
            set one
        }]
        set found [expr {[llength $same] ? $same : $found}]
    }
    return [lmap one $found {lindex $one 3}]
}
