# Labelled stamps: which files, which class each is of, which belong together.

namespace eval ::skyclass::stampset {
    namespace export read
    namespace ensemble create
    variable pictures {*.png *.PNG *.jpg *.JPG *.jpeg *.JPEG *.fits *.fits.gz *.fit *.fits.fz}
}

# A dataset of the stamps that the options name, for the bands of a system where they are as many.
proc ::skyclass::stampset::read {info size options} {
    set path [dict get $options stamps]
    set rows [expr {[file isdirectory $path] ? [Folder $path] : [Listed $path $options]}]
    ::skyclass::outputs check [list [dict get $options o]] \
        [concat [list $path] [lmap row $rows {dict get $row file}]] stamp
    set classes [Classes $rows $options]
    set kept [lmap row $rows {
        if {![dict exists $classes numbers [dict get $row label]]} {
            continue
        }
        set row
    }]
    if {$kept eq ""} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} "$path: no stamp has one of the labels\
            [join [dict keys [dict get $classes numbers]] {, }]"
    }
    if {[llength $kept] < [llength $rows]} {
        ::skyclass::say stderr "skyclass dataset: $path: [expr {[llength $rows] - [llength $kept]}]\
            stamps of other labels are left out"
    }
    set planes [Planes [dict get [lindex $kept 0] file] $options]
    set dataset [::skyclass::dataset new [Bands $info [llength $planes]] $size \
        [llength [dict get $classes names]] 0 [dict get $classes names]]
    try {
        ::skyclass::finish [::skyclass::job stamps $dataset [Stamps $kept $classes] \
            -fit [dict get $options fit] -planes $planes -columns [Columns $kept $options] \
            -command ::skyclass::stampset::OnProgress]
    } on error {message details} {
        $dataset destroy
        return -options $details $message
    }
    return $dataset
}

# The files of a directory's sub-directories, whose names are their labels.
proc ::skyclass::stampset::Folder {directory} {
    variable pictures
    set rows {}
    foreach folder [lsort [glob -nocomplain -directory $directory -types d -- *]] {
        foreach file [lsort [::skyclass::files $folder {*}$pictures]] {
            lappend rows [dict create file $file label [file tail $folder]]
        }
    }
    if {$rows eq ""} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "$directory has no sub-directory with pictures or FITS files; the sub-directories\
            are the labels"
    }
    return $rows
}

# The rows of a list, their files counted from its directory.
proc ::skyclass::stampset::Listed {path options} {
    set names [dict create file file label label]
    if {[dict exists $options columns]} {
        foreach pair [split [dict get $options columns] ,] {
            lassign [split $pair =] role name
            if {![dict exists $names $role] || $name eq ""} {
                ::skyclass::options usage "--columns of stamps are file=NAME and label=NAME,\
                    not \"$pair\""
            }
            dict set names $role [string tolower [string trim $name]]
        }
    }
    set rows {}
    set line 1
    foreach row [::skyclass::csv read $path] {
        incr line
        dict for {role name} $names {
            if {![dict exists $row $name] || [dict get $row $name] eq ""} {
                return -code error -errorcode {SKYCLASS BAD_INPUT} \
                    "$path, row $line: no \"$name\"; --columns file=NAME,label=NAME says which\
                    columns they are"
            }
            dict set row $role [dict get $row $name]
        }
        dict set row file [file join [file dirname $path] [dict get $row file]]
        lappend rows $row
    }
    if {$rows eq ""} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} "$path lists no stamp"
    }
    return $rows
}

# dict: names of the classes, and numbers: label -> class from 1.
proc ::skyclass::stampset::Classes {rows options} {
    if {[dict exists $options classes]} {
        set groups [lmap class [split [dict get $options classes] ,] {split $class +}]
    } else {
        set groups [lmap label [lsort -unique -dictionary [lmap row $rows {dict get $row label}]] \
            {list $label}]
    }
    if {[llength $groups] < 2} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "there is only one class, [join [lindex $groups 0] +]; two or more can be told apart"
    }
    set numbers {}
    set number 0
    foreach group $groups {
        incr number
        foreach label $group {
            dict set numbers [string trim $label] $number
        }
    }
    return [dict create names [lmap group $groups {join $group { or }}] numbers $numbers]
}

# The planes that are the bands: as chosen, or all of the first stamp.
proc ::skyclass::stampset::Planes {file options} {
    if {[dict exists $options planes]} {
        return [split [dict get $options planes] ,]
    }
    set planes {}
    for {set i 1} {$i <= [::skyclass::stamps planes $file]} {incr i} {
        lappend planes $i
    }
    return $planes
}

# Names of n bands: the system's where it has as many, a picture's colours, else numbers.
proc ::skyclass::stampset::Bands {info n} {
    if {$n == [llength [dict get $info bands]]} {
        return [lmap band [dict get $info bands] {lindex [dict get $band filters] 0}]
    }
    if {$n == 3} {
        return {RED GREEN BLUE}
    }
    set names {}
    for {set i 1} {$i <= $n} {incr i} {
        lappend names BAND$i
    }
    return $names
}

# FILE ID LABEL FIELD of each.
proc ::skyclass::stampset::Stamps {rows classes} {
    return [concat {*}[lmap row $rows {
        set field [expr {[dict exists $row field] ? [dict get $row field] : {stamps}}]
        list [dict get $row file] [file rootname [file tail [dict get $row file]]] \
            [dict get $classes numbers [dict get $row label]] $field
    }]]
}

# Numbers beside the stamps: every column that holds nothing else, and the group.
proc ::skyclass::stampset::Columns {rows options} {
    set columns {}
    foreach name [dict keys [lindex $rows 0]] {
        if {$name in {file label field group x y id class}} {
            continue
        }
        set cells [lmap row $rows {expr {[dict exists $row $name] ? [dict get $row $name] : {}}}]
        set known [lsearch -all -inline -not -exact $cells {}]
        if {$known ne ""
            && [lsearch -not -regexp $known {^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$}] < 0} {
            dict set columns $name $cells
        }
    }
    if {[dict exists $options group]} {
        dict set columns GROUP [Groups $rows [split [dict get $options group] ,]]
    }
    return $columns
}

# A number for each different combination of the columns' cells.
proc ::skyclass::stampset::Groups {rows names} {
    set numbers {}
    return [lmap row $rows {
        set key [lmap name $names {
            set name [string tolower [string trim $name]]
            if {![dict exists $row $name]} {
                ::skyclass::options usage "--group: the list of stamps has no column \"$name\""
            }
            dict get $row $name
        }]
        if {![dict exists $numbers $key]} {
            dict set numbers $key [dict size $numbers]
        }
        dict get $numbers $key
    }]
}

proc ::skyclass::stampset::OnProgress {job items} {
    set status [$job status]
    ::skyclass::progress line "[dict get $status done] of [dict get $status total] stamps"
}
