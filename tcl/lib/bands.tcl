# Which file (and plane) serves which band of a model.

namespace eval ::skyclass::bandfiles {
    namespace export way way_of files is_image find in_order by_name in_directory \
        index default_index image_label
    namespace ensemble create
}

# The way the images are named, as a one-entry dict, from the options --image, --bands, --images-in.
proc ::skyclass::bandfiles::way {options} {
    set ways {}
    foreach name {image bands images-in} {
        if {[dict exists $options $name] && [dict get $options $name] ne ""} {
            dict set ways $name [dict get $options $name]
        }
    }
    if {[dict size $ways] != 1} {
        return -code error -errorcode {SKYCLASS USAGE} \
            "name the images in one way: --image, --bands or --images-in"
    }
    return $ways
}

# The same from a cell of a list of fields: BAND=FILE;..., a directory, or FILE;FILE;...
proc ::skyclass::bandfiles::way_of {text} {
    if {[string first = $text] > 0} {
        return [dict create bands [string map {\; ,} $text]]
    }
    if {[file isdirectory $text]} {
        return [dict create images-in $text]
    }
    return [dict create image [lmap file [split $text \;] {::skyclass::literal $file}]]
}

# The files that a way names: of a directory all, though only images are read of it (is_image).
proc ::skyclass::bandfiles::files {way} {
    lassign $way name value
    switch $name {
        image { return $value }
        bands { return [lmap pair [split $value ,] {regsub {^[^=]*=} $pair {}}] }
        images-in { return [::skyclass::files $value *] }
    }
}

# A table beside the images of a directory may be written over: the output of a run before.
proc ::skyclass::bandfiles::is_image {file} {
    return [expr {![catch {::skyclass::image info $file}]}]
}

# The files in the model's band order, by either.
proc ::skyclass::bandfiles::find {info way} {
    lassign $way name value
    switch $name {
        image { return [in_order $info $value] }
        bands { return [by_name $info [split $value ,]] }
        images-in { return [in_directory $info $value] }
    }
}

# All three return {{FILE ?PLANE?} ...} in the model's band order; `info` is "$model info".

# Files given in band order: one a band, or one cube with a plane for each band.
proc ::skyclass::bandfiles::in_order {info files} {
    set n_bands [llength [dict get $info bands]]
    if {[llength $files] == 1 && $n_bands > 1} {
        set file [lindex $files 0]
        set planes [dict get [::skyclass::image info $file] planes]
        if {$planes == $n_bands} {
            return [lmap plane [Range 1 $n_bands] {list $file $plane}]
        }
    }
    if {[llength $files] != $n_bands} {
        Bad "[Wants $info], and [llength $files] [expr {
            [llength $files] == 1 ? "image was" : "images were"}] given"
    }
    return [lmap file $files {list $file}]
}

# {F275W=a.fits F336W=b.fits ...}: the names are the model's filters or roles (NUV, U, ...).
proc ::skyclass::bandfiles::by_name {info pairs} {
    set given {}
    foreach pair $pairs {
        set equals [string first = $pair]
        if {$equals < 1} {
            return -code error -errorcode {SKYCLASS USAGE} \
                "bands are given as BAND=FILE, each with its file, not as \"$pair\""
        }
        set name [string toupper [string trim [string range $pair 0 $equals-1]]]
        if {[dict exists $given $name]} {
            Bad "band $name is given twice; name each band once"
        }
        dict set given $name [::skyclass::literal [string range $pair $equals+1 end]]
    }
    set files {}
    set missing {}
    foreach band [dict get $info bands] {
        set found {}
        foreach name [BandNames $band] {
            if {[dict exists $given $name]} {
                lappend found $name
            }
        }
        switch [llength $found] {
            0 {
                lappend missing [BandLabel $band]
                continue
            }
            1 {}
            default { Bad "band [BandLabel $band] is given twice, as [join $found { and }]" }
        }
        lappend files [list [dict get $given [lindex $found 0]]]
        dict unset given [lindex $found 0]
    }
    if {$missing ne ""} {
        Bad "[expr {[llength $missing] == 1 ? "band" : "bands"}] [join $missing {, }]\
            [expr {[llength $missing] == 1 ? "is" : "are"}] missing; [Wants $info]"
    }
    if {[dict size $given] > 0} {
        Bad "the model has no band [join [dict keys $given] {, }]; [Wants $info]"
    }
    return $files
}

# The images of a directory by their filters, planes of cubes and extensions included.
proc ::skyclass::bandfiles::in_directory {info directory} {
    return [::skyclass::bands find $directory \
        [lmap band [dict get $info bands] {dict get $band filters}]]
}

# Which of a model's images a name means: a band's role or the image's filter (the filters of the
# band where the image does not say), or a file, with or without its directory; -1 where none.
proc ::skyclass::bandfiles::index {info files name} {
    set upper [string toupper [string trim $name]]
    set index 0
    foreach band [dict get $info bands] spec $files {
        set file [lindex $spec 0]
        set filter [string toupper [dict get [::skyclass::image info {*}$spec] band]]
        set names [expr {$filter eq "" ? [BandNames $band] : [list [dict get $band role] $filter]}]
        if {$upper in $names || $name in [list $file [file tail $file]]
            || ($name ne "" && [file normalize $name] eq [file normalize $file])} {
            return $index
        }
        incr index
    }
    return -1
}

# The band on whose image positions count where nobody says so: V, in which LEGUS and PHANGS find
# their sources, else the model's first.
proc ::skyclass::bandfiles::default_index {info} {
    return [expr {max(0, [lsearch -exact [lmap band [dict get $info bands] {dict get $band role}] \
        V])}]
}

# The filter that an image was taken through, or the band's role where it does not say.
proc ::skyclass::bandfiles::image_label {info files index} {
    set band [dict get [::skyclass::image info {*}[lindex $files $index]] band]
    return [expr {$band ne "" ? $band : [dict get [lindex [dict get $info bands] $index] role]}]
}

proc ::skyclass::bandfiles::BandNames {band} {
    return [lsort -unique [lmap name [list [dict get $band role] {*}[dict get $band filters]] {
        string toupper $name
    }]]
}

proc ::skyclass::bandfiles::BandLabel {band} {
    return "[dict get $band role] ([join [dict get $band filters] { or }])"
}

proc ::skyclass::bandfiles::Wants {info} {
    return "model [dict get $info name] wants [llength [dict get $info bands]] bands in this order:\
        [join [lmap band [dict get $info bands] {BandLabel $band}] {, }]"
}

proc ::skyclass::bandfiles::Range {first last} {
    set numbers {}
    for {set i $first} {$i <= $last} {incr i} {
        lappend numbers $i
    }
    return $numbers
}

proc ::skyclass::bandfiles::Bad {message} {
    return -level 2 -code error -errorcode {SKYCLASS BAD_INPUT} $message
}
