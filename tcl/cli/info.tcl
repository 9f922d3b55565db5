# skyclass info: what a file is, in a few lines.

namespace eval ::skyclass::verb_info {
    variable table {
        columns {value ROLE=COLUMN,...
            help {columns of a source list, by name or number: id= x= y= ra= dec= class=,\
                unit=degree|radian|hour, zero_based}}
        recipe  {value {}
            help {prints the recipe of a model or system as text, which skyclass import\
                --recipe reads}}
        systems {value {}
            help {lists the published systems; with the name of one: its recipe and choices}}
    }
    variable columns {}
    variable words_shown 12
}

proc ::skyclass::verb_info::help {} {
    variable table
    return [::skyclass::options help "skyclass info FILE|NAME ... | --recipe MODEL|SYSTEM |\
        --systems ?NAME ...?" \
        "Says what a file is: a model (also by name), an image, or a source list." $table]
}

proc ::skyclass::verb_info::run {arguments} {
    variable table
    variable columns
    lassign [::skyclass::options parse $table $arguments] options words
    if {[dict get $options systems]} {
        return [Systems $words]
    }
    if {$words eq ""} {
        ::skyclass::options usage "a file is missing"
    }
    if {[dict get $options recipe]} {
        return [join [lmap word $words {string trimright [RecipeText $word] \n}] \n\n]
    }
    set columns [expr {[dict exists $options columns]
        ? [::skyclass::lists columns [dict get $options columns]] : {}}]
    return [join [lmap file $words {Describe $file}] \n\n]
}

# Of a model's file or name, or of a system where no model has its name.
proc ::skyclass::verb_info::RecipeText {name} {
    if {![file exists $name] && $name ni [::skyclass::model_names]
        && $name in [::skyclass::system list]} {
        return [dict get [::skyclass::system info $name] recipe]
    }
    set model [::skyclass::model open [::skyclass::find_model $name]]
    try {
        return [dict get [$model info] recipe]
    } finally {
        $model destroy
    }
}

# All systems, a line each, or those of these names in full.
proc ::skyclass::verb_info::Systems {names} {
    if {$names eq ""} {
        return [join [lmap name [::skyclass::system list] {
            format "%-16s %s" $name [dict get [::skyclass::system info $name] summary]
        }] \n]
    }
    return [join [lmap name $names {DescribeSystem $name}] \n\n]
}

proc ::skyclass::verb_info::DescribeSystem {name} {
    set info [::skyclass::system info $name]
    dict with info {
        return [join [concat [list "$name: $summary" "  paper       $paper" \
            "  network     $architecture"] [Recipe $info] [list \
            "  training    [string map {, {, }} \
            [expr {$training eq {} ? {the defaults of skyclass train} : $training}]]" \
            "  choices     [expr {$choices eq {} ? {none} : $choices}]"]] \n]
    }
}

# The lines about a recipe that models and systems have in common.
proc ::skyclass::verb_info::Recipe {info} {
    dict with info {
        return [list "  classes     [join $classes {; }]" \
            "  bands       [join [lmap band $bands {
                return -level 0 "[dict get $band role] ([join [dict get $band filters] { or }])"
            }] {, }]" \
            "  cutout      $cutout x $cutout pixels[expr {$scale > 0 ? " of $scale arcsec" : {}}],\
                network input $input x $input" \
            "  steps       [expr {$steps eq {}
            ? {none} : [join [lmap step $steps {Short $step}] {; }]}]" \
            "  decision    $decision[expr {$views eq {}
            ? {} : "; views [join [dict keys $views] {, }]"}]"]
    }
}

# Tries each kind; a FITS file that is none of them is reported by the reader that got furthest.
proc ::skyclass::verb_info::Describe {file} {
    if {![file exists $file] && ![regexp {\[[^\]]*\]$} $file]} {
        set file [::skyclass::find_model $file]
    }
    foreach kind {model image sources} {
        try {
            return [Describe[string totitle $kind] $file]
        } trap {SKYCLASS} message {
            lappend reasons "as $kind: $message"
        }
    }
    return -code error -errorcode {SKYCLASS BAD_INPUT} \
        "$file is no model, image or source list ([join $reasons {; }])"
}

proc ::skyclass::verb_info::DescribeModel {file} {
    set model [::skyclass::model open $file]
    try {
        set info [$model info]
    } finally {
        $model destroy
    }
    dict with info {
        set lines [concat [list "$file: model \"$name\", system $system, $checksum"] \
            [Recipe $info] \
            [list "  network     [expr {$members > 1 ? "$members members, each " : {}}]$layers\
            layers, $parameters parameters, [format %.2f [expr {$multiply_adds / 1e9}]] G\
            multiply-adds a source"]]
        foreach note $notes {
            lappend lines "  $note"
        }
    }
    return [join $lines \n]
}

# A step without most of the digits of its numbers.
proc ::skyclass::verb_info::Short {step} {
    return [join [lmap word $step {expr {[string is double $word] ? [format %.4g $word] : $word}}]]
}

proc ::skyclass::verb_info::DescribeImage {file} {
    set info [::skyclass::image info $file]
    dict with info {
        set lines [list "$file: image, $width x $height pixels, [expr {
            $planes > 1 ? "$planes planes" : "one plane"}]" \
            "  band        [expr {$band eq "" ? "not recognised; name it with --bands" : $band}]" \
            "  coordinates [expr {$wcs ? [format "%.4f arcsec a pixel" $scale]
            : "none (pixels only)"}]"]
        if {$object ne ""} {
            lappend lines "  object      $object"
        }
    }
    return [join $lines \n]
}

proc ::skyclass::verb_info::DescribeSources {file} {
    variable columns
    set sources [::skyclass::sources read $file $columns]
    try {
        set roles [$sources roles]
        set first [$sources get 0]
        set positions {}
        if {[dict exists $roles x] || [dict get $first has_xy]} {
            lappend positions pixels
        }
        if {[dict exists $roles ra] || [dict get $first has_sky]} {
            lappend positions "RA, Dec"
        }
        set line "$file: [$sources count] sources, positions in [join $positions { and }]"
        if {[$sources repeated] > 0} {
            append line ", [$sources repeated] repeated ids"
        }
        set lines [list $line]
        dict for {role about} $roles {
            dict with about {
                lappend lines [format "  %-11s column %d%s: %s" $role $column \
                    [expr {$name eq "col$column" ? "" : " ($name)"}] $why]
            }
        }
        if {[dict exists $roles class]} {
            lappend lines "  counts      [join [CountClasses [$sources role class]] {, }]"
        }
        return [join $lines \n]
    } finally {
        $sources destroy
    }
}

# {"class 1: 477" ...} for numbers, {"galaxy: 12" ...} for words, most first; no class last.
proc ::skyclass::verb_info::CountClasses {cells} {
    variable words_shown
    set counts {}
    set none 0
    foreach cell $cells {
        set cell [string trim $cell]
        if {[string is double -strict $cell] && $cell == floor($cell) && abs($cell) < 1e9} {
            set cell [expr {int($cell)}]
        }
        if {$cell eq "" || $cell eq "0"} {
            incr none
        } else {
            dict incr counts $cell
        }
    }
    set numbers [expr {![catch {lsort -integer [dict keys $counts]} classes]}]
    if {$numbers} {
        set parts [lmap class $classes {return -level 0 "class $class: [dict get $counts $class]"}]
    } else {
        set most [lsort -stride 2 -index 1 -integer -decreasing $counts]
        set parts [lmap {word n} $most {return -level 0 "$word: $n"}]
    }
    set more [expr {[llength $parts] - $words_shown}]
    if {$more > 0} {
        set parts [linsert [lrange $parts 0 $words_shown-1] end "$more others"]
    }
    if {$none > 0} {
        lappend parts "no class: $none"
    }
    return $parts
}
