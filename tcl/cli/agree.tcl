# skyclass agree: how well several people or methods agree on the same sources.

namespace eval ::skyclass::verb_agree {
    variable table {
        labels    {value COLUMN,...
            help {of one file: the columns of the labels, by name or number}}
        o         {value REPORT_DIR help {directory for the report; made when missing}}
        classes   {value N default 0 help {how many classes there are; 0: the largest label}}
        model     {value NAME|FILE default starcnet
            help {whose views are reported where its classes are as many}}
    }
}

proc ::skyclass::verb_agree::help {} {
    variable table
    return [::skyclass::options help \
        "skyclass agree FILE FILE ... -o REPORT_DIR, or FILE --labels COLUMN,... -o REPORT_DIR" \
        "Each pair of people, each person against the mode of all, and all together, by confusion
matrix, agreement and kappa." $table [join {
            "Labels are classes from 1; 0 or an empty cell means that the person did not look."
            "Several files are joined by id; in each the column of the classes is found as"
            "classify finds it. Written: report.md (agreement, Cohen's kappa of each pair, Fleiss'"
            "kappa of all, the mean over pairs weighed by their sources), pairs.csv, and modes.csv"
            "with each source's mode and mean. Examples:"
            "  skyclass agree anna.csv ben.csv model.fits -o agreement"
            "  skyclass agree ngc1566.tab --labels 36,37,38,39 -o agreement"
        } \n]]
}

proc ::skyclass::verb_agree::run {arguments} {
    variable table
    lassign [::skyclass::options parse $table $arguments] options files
    if {![dict exists $options o]} {
        ::skyclass::options usage "-o REPORT_DIR is missing"
    }
    set raters [Raters $files $options]
    if {[llength $raters] < 4} {
        ::skyclass::options usage "two sets of labels or more are wanted: several files, or one\
            file with --labels COLUMN,COLUMN,..."
    }
    set written [lmap name {report.md pairs.csv modes.csv} {file join [dict get $options o] $name}]
    ::skyclass::outputs check $written $files "table of labels"
    lassign [Lists $raters] names ids lists
    set n_classes [Classes $options $lists]
    set agreement [::skyclass::agreement $n_classes $lists [Views $options $n_classes]]
    file mkdir [dict get $options o]
    foreach path $written text [list [Report $names $n_classes $agreement] \
        [PairsCsv $names $agreement] [ModesCsv $names $ids $lists $agreement]] {
        ::skyclass::output write $path [::skyclass::to_utf8 $text\n]
    }
    return "[llength $names] sets of labels of [llength $ids] sources: agreement of pairs\
        [Percent [dict get $agreement views all]] %, Fleiss' kappa \
        [Number [dict get $agreement fleiss]]; the report is in [dict get $options o]"
}

# {NAME {id -> class} ...} of each rater.
proc ::skyclass::verb_agree::Raters {files options} {
    if {[dict exists $options labels]} {
        if {[llength $files] != 1} {
            ::skyclass::options usage "--labels names columns of one file, not of [llength $files]"
        }
        set columns [split [dict get $options labels] ,]
        return [::skyclass::labels columns agree [lindex $files 0] $columns]
    }
    set raters {}
    foreach file $files {
        lappend raters [file rootname [file tail $file]] [::skyclass::labels read agree $file]
    }
    return $raters
}

# {NAMES IDS LISTS}: of all ids, in the order in which they come, the labels of each rater; 0 for
# none.
proc ::skyclass::verb_agree::Lists {raters} {
    set ids {}
    foreach {name labels} $raters {
        foreach id [dict keys $labels] {
            dict set ids $id {}
        }
    }
    set ids [dict keys $ids]
    set lists {}
    foreach {name labels} $raters {
        lappend lists [lmap id $ids {expr {[dict exists $labels $id] ? [dict get $labels $id] : 0}}]
    }
    return [list [dict keys $raters] $ids $lists]
}

proc ::skyclass::verb_agree::Classes {options lists} {
    set n [dict get $options classes]
    if {![string is digit -strict $n]} {
        ::skyclass::options usage "--classes takes a number, not \"$n\""
    }
    if {$n > 0} {
        return $n
    }
    foreach list $lists {
        foreach label $list {
            if {[string is double -strict $label] && $label == int($label)} {
                set n [expr {max($n, int($label))}]
            }
        }
    }
    if {$n < 1} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "none of the labels is a class (1, 2, ...); name the columns with --labels"
    }
    return $n
}

proc ::skyclass::verb_agree::Views {options n_classes} {
    set model [::skyclass::open_models [::skyclass::find_models [dict get $options model]]]
    try {
        set info [$model info]
    } finally {
        $model destroy
    }
    return [expr {[llength [dict get $info classes]] == $n_classes ? [dict get $info views] : ""}]
}

proc ::skyclass::verb_agree::Percent {fraction} {
    return [expr {$fraction eq "" ? "-" : [format %.1f [expr {100.0 * $fraction}]]}]
}

proc ::skyclass::verb_agree::Number {value} {
    return [expr {$value eq "" ? "-" : [format %.3f $value]}]
}

# ---- What is written
# ------------------------------------------------------------------------------

proc ::skyclass::verb_agree::Second {names pair} {
    set second [dict get $pair second]
    return [expr {$second eq "mode" ? "mode of all" : [lindex $names $second]}]
}

proc ::skyclass::verb_agree::Report {names n_classes agreement} {
    set lines [list "# Agreement of [join $names {, }]" "" \
        "Fleiss' kappa of all: [Number [dict get $agreement fleiss]]." "" \
        "| classes | mean agreement of pairs, weighed by their sources, % |" "| --- | --- |"]
    dict for {view mean} [dict get $agreement views] {
        lappend lines "| [string map {| { against }} $view] | [Percent $mean] |"
    }
    lappend lines "" "| | | sources | agreement, % | Cohen's kappa |" "| --- | --- | --- | --- |\
        --- |"
    foreach pair [dict get $agreement pairs] {
        lappend lines "| [lindex $names [dict get $pair first]] | [Second $names $pair] |\
            [dict get $pair n] | [Percent [dict get $pair agreement]] | \
            [Number [dict get $pair kappa]] |"
    }
    foreach pair [dict get $agreement pairs] {
        lappend lines {*}[Matrix $names $n_classes $pair]
    }
    return [join $lines \n]
}

proc ::skyclass::verb_agree::Matrix {names n_classes pair} {
    set first [lindex $names [dict get $pair first]]
    set second [Second $names $pair]
    if {[dict get $pair second] eq "mode"} {
        lassign [list $first $second] second first
    }
    set lines [list "" "## $first (rows) and $second" "" "| |[join [lmap class [Range $n_classes] {
        return -level 0 " $class |"}] {}]" "|[string repeat { --- |} [expr {$n_classes + 1}]]"]
    foreach class [Range $n_classes] row [dict get $pair confusion] {
        lappend lines "| $class | [join $row { | }] |"
    }
    return $lines
}

proc ::skyclass::verb_agree::Range {n} {
    set numbers {}
    for {set i 1} {$i <= $n} {incr i} {
        lappend numbers $i
    }
    return $numbers
}

proc ::skyclass::verb_agree::PairsCsv {names agreement} {
    set rows [list {first second sources agreement kappa}]
    foreach pair [dict get $agreement pairs] {
        lappend rows [list [lindex $names [dict get $pair first]] [Second $names $pair] \
            [dict get $pair n] [dict get $pair agreement] [dict get $pair kappa]]
    }
    return [join [lmap row $rows {::skyclass::csv::join $row}] \n]
}

proc ::skyclass::verb_agree::ModesCsv {names ids lists agreement} {
    set rows [list [concat id mode mean $names]]
    set n 0
    foreach id $ids mode [dict get $agreement mode] mean [dict get $agreement mean] {
        lappend rows [concat [list $id $mode $mean] [lmap list $lists {lindex $list $n}]]
        incr n
    }
    return [join [lmap row $rows {::skyclass::csv::join $row}] \n]
}
