# skyclass info: what a file is, in a few lines.

namespace eval ::skyclass::verb_info {
    variable table {}
}

proc ::skyclass::verb_info::help {} {
    variable table
    return [::skyclass::options help "skyclass info FILE|NAME ..." \
        "Says what a file is: a model (also by name), an image, or a source list." $table]
}

proc ::skyclass::verb_info::run {arguments} {
    variable table
    lassign [::skyclass::options parse $table $arguments] options words
    if {$words eq ""} {
        ::skyclass::options usage "a file is missing"
    }
    return [join [lmap file $words {describe $file}] \n\n]
}

# Tries each kind; a FITS file that is none of them is reported by the reader that got furthest.
proc ::skyclass::verb_info::describe {file} {
    if {![file exists $file] && ![regexp {\[[^\]]*\]$} $file]} {
        set file [::skyclass::find_model $file]
    }
    foreach kind {model image sources} {
        try {
            return [describe_$kind $file]
        } trap {SKYCLASS} message {
            lappend reasons "as $kind: $message"
        }
    }
    return -code error -errorcode {SKYCLASS BAD_INPUT} \
        "$file is no model, image or source list ([join $reasons {; }])"
}

proc ::skyclass::verb_info::describe_model {file} {
    set model [::skyclass::model open $file]
    try {
        set info [$model info]
    } finally {
        $model destroy
    }
    dict with info {
        set lines [list "$file: model \"$name\", system $system, $checksum" \
            "  classes     [join $classes {; }]" \
            "  bands       [join [lmap band $bands {
                return -level 0 "[dict get $band role] ([join [dict get $band filters] { or }])"
            }] {, }]" \
            "  cutout      $cutout x $cutout pixels of $scale arcsec, network input $input x $input" \
            "  network     $layers layers, $parameters parameters,\
                [format %.2f [expr {$multiply_adds / 1e9}]] G multiply-adds a source"]
        foreach note $notes {
            lappend lines "  $note"
        }
    }
    return [join $lines \n]
}

proc ::skyclass::verb_info::describe_image {file} {
    set info [::skyclass::image info $file]
    dict with info {
        set lines [list "$file: image, $width x $height pixels, [expr {
            $planes > 1 ? "$planes planes" : "one plane"}]" \
            "  band        [expr {$band eq "" ? "not recognised; name it with --bands" : $band}]" \
            "  coordinates [expr {$wcs ? [format "%.4f arcsec a pixel" $scale] : "none (pixels only)"}]"]
        if {$object ne ""} {
            lappend lines "  object      $object"
        }
    }
    return [join $lines \n]
}

proc ::skyclass::verb_info::describe_sources {file} {
    set sources [::skyclass::sources read $file]
    try {
        set first [$sources get 0]
        set positions [expr {[dict get $first has_xy] ? "pixels" : "RA, Dec"}]
        set line "$file: [$sources count] sources, positions in $positions"
        if {[$sources repeated] > 0} {
            append line ", [$sources repeated] repeated ids"
        }
        return $line
    } finally {
        $sources destroy
    }
}
