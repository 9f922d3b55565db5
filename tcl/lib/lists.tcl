# Source lists as the verbs read them: which columns are meant, and what their user should know.

namespace eval ::skyclass::lists {
    namespace export columns read locate classes
    namespace ensemble create
    variable roles {id x y ra dec class}
}

# The option --columns "id=NAME,x=NAME,...,unit=radian,zero_based" as the dict that `sources read`
# takes. A column is a name or a number from 1.
proc ::skyclass::lists::columns {text} {
    variable roles
    set chosen {}
    foreach part [split $text ,] {
        if {[string trim $part] eq "zero_based"} {
            dict set chosen zero_based 1
            continue
        }
        if {![regexp {^\s*(\w+)\s*=\s*(.*\S)\s*$} $part -> role column]
            || $role ni [concat $roles unit]} {
            return -code error -errorcode {SKYCLASS USAGE} "--columns takes ROLE=COLUMN,... with\
                the roles [join $roles {, }], unit=degree|radian|hour, and zero_based,\
                not \"$part\""
        }
        dict set chosen $role $column
    }
    return $chosen
}

# A list of sources as the verb's options have it; what is unusual about it goes to stderr.
proc ::skyclass::lists::read {verb file options} {
    set columns [expr {[dict exists $options columns] ? [columns [dict get $options columns]] : {}}]
    set sources [::skyclass::sources read $file $columns]
    set repeated [$sources repeated]
    if {$repeated > 0} {
        ::skyclass::say stderr "skyclass $verb: $file: $repeated\
            id[expr {$repeated == 1 ? "" : "s"}] repeated; every row is kept"
    }
    if {[dict exists $options where]} {
        try {
            $sources where [dict get $options where]
        } on error {message details} {
            $sources destroy
            return -options $details $message
        }
    }
    return $sources
}

# Settles which of the open images the list's x, y count on, and says on stderr what its user should
# know. `info` is the model's or system's, `files` are the bands' {FILE ?PLANE?}. Returns the
# image's band, for the output.
proc ::skyclass::lists::locate {verb file sources bands info files options} {
    set named [$sources pixels_of]
    if {[dict exists $options reference]} {
        set basis chosen
        set index [::skyclass::bandfiles index $info $files [dict get $options reference]]
        if {$index < 0} {
            return -code error -errorcode {SKYCLASS USAGE} \
                "--reference [dict get $options reference] is none of the images; name a band or\
                one of [join [lmap spec $files {lindex $spec 0}] {, }]"
        }
    } else {
        set index [::skyclass::bandfiles index $info $files $named]
        set basis [expr {$named eq "" ? "assumed" : $index < 0 ? "elsewhere" : "listed"}]
    }
    if {$index < 0} {
        set index [::skyclass::bandfiles default_index $info]
    }
    set located [$sources locate $bands $index $basis]
    foreach note [dict get $located notes] {
        ::skyclass::say stderr "skyclass $verb: $file: $note"
    }
    return [::skyclass::bandfiles image_label $info $files [dict get $located band]]
}

# The classes that the list has for its sources: whole numbers, 0 for none; catalogues write them as
# 1 or 1.0. `path` is for the error.
proc ::skyclass::lists::classes {sources path} {
    set roles [$sources roles]
    if {![dict exists $roles class]} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "$path has no column with classes that could be told; name it with --columns class=NAME"
    }
    return [lmap cell [$sources role class] {
        if {[string is double -strict $cell] && $cell == int($cell) && $cell >= 0} {
            expr {int($cell)}
        } elseif {[string trim $cell] eq ""} {
            return -level 0 0
        } else {
            return -code error -errorcode {SKYCLASS BAD_INPUT} "$path: \"$cell\" in column\
                \"[dict get $roles class name]\" is not a class (1, 2, ...; 0 for none)"
        }
    }]
}
