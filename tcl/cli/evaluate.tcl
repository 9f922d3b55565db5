# skyclass evaluate: how good a model is on labelled cutouts.

namespace eval ::skyclass::verb_evaluate {
    variable table {
        model     {value NAME|FILE,... default starcnet
            help {the model to measure; several, with commas, vote}}
        data      {value SET.fits help {labelled cutouts the model has not been trained on}}
        o         {value REPORT_DIR help {directory for the report; made when missing}}
        decision  {value RULE default {}
            help {in place of the model's: argmax, vote, "reject SCORE", "threshold CLASS SCORE"}}
        test-part {value SEED
            help {of the data only what training with this seed kept for its test}}
        jobs      {value N default 0 help {threads; 0 is one a core}}
    }
}

proc ::skyclass::verb_evaluate::help {} {
    variable table
    return [::skyclass::options help "skyclass evaluate --model MODEL --data SET.fits\
        -o REPORT_DIR" \
        "Confusion matrices, accuracies with their bootstrap uncertainty, precision, recall\
        and F1 of each
class, precision-recall curves and the distribution of the winning scores." $table [join {
            "Written: report.md, scores.csv (each source), curves.csv, winning_scores.csv,\
                and with gnuplot"
            "curves.png and winning_scores.png. Example:"
            "  skyclass dataset --mock 8 --seed 9000 -o held-out.fits"
            "  skyclass evaluate --data held-out.fits -o report"
        } \n]]
}

proc ::skyclass::verb_evaluate::run {arguments} {
    variable table
    lassign [::skyclass::options parse $table $arguments] options words
    foreach {name value} {data SET.fits o REPORT_DIR} {
        if {![dict exists $options $name]} {
            ::skyclass::options usage "[expr {$name eq "o" ? "-o" : "--$name"}] $value is missing"
        }
    }
    set files [::skyclass::find_models [dict get $options model]]
    set directory [dict get $options o]
    set written [lmap name {report.md scores.csv curves.csv winning_scores.csv curves.png\
        winning_scores.png} {
        file join $directory $name
    }]
    ::skyclass::outputs check $written [list [dict get $options data]] dataset
    ::skyclass::outputs check $written $files model
    set settings [list -jobs [dict get $options jobs]]
    if {[dict exists $options test-part]} {
        lappend settings -test_part [dict get $options test-part]
    }
    set model [::skyclass::open_models $files -decision [dict get $options decision]]
    try {
        set dataset [::skyclass::dataset open [dict get $options data]]
        set info [$model info]
        set result [::skyclass::finish [::skyclass::job evaluate $model $dataset {*}$settings \
            -command [list ::skyclass::verb_evaluate::OnProgress [dict get $options data]]]]
        dict set result groups [dict get $info views]
    } finally {
        $model destroy
        if {[info exists dataset]} {
            $dataset destroy
        }
    }
    file mkdir $directory
    Write $directory report.md [Report $info [dict get $options data] $result]
    Write $directory scores.csv [ScoresCsv $result]
    Write $directory curves.csv [CurvesCsv $result]
    Write $directory winning_scores.csv [WinnersCsv $result]
    Plot $directory [lmap look [lrange [dict get $info looks] 1 end] {dict get $look safe_colour}]
    return "[Summary $result]; the report is in $directory"
}

proc ::skyclass::verb_evaluate::OnProgress {label job items} {
    ::skyclass::progress show [file tail $label] [$job status]
}

# A view in words: "classes 1, 2 against 3, 4".
proc ::skyclass::verb_evaluate::Title {result name} {
    if {$name eq "all"} {
        return "all classes"
    }
    set class 0
    set members {}
    foreach group [dict get $result groups $name] {
        dict lappend members $group [incr class]
    }
    set parts [lmap {group classes} [lsort -stride 2 -integer $members] {join $classes {, }}]
    if {[llength $parts] == 2} {
        return "classes [join $parts { against }]"
    }
    return "classes [join [lmap part $parts {
        expr {[string first , $part] > 0 ? "$part together" : $part}
    }] {, }]"
}

proc ::skyclass::verb_evaluate::Percent {fraction} {
    return [expr {$fraction eq "" ? "-" : [format %.1f [expr {100.0 * $fraction}]]}]
}

proc ::skyclass::verb_evaluate::Summary {result} {
    set parts {}
    dict for {name view} [dict get $result views] {
        lappend parts "[Title $result $name] [Percent [dict get $view accuracy]] %"
    }
    return "[llength [dict get $result rows]] sources: [join $parts {, }]"
}

# ---- The report -----------------------------------------------------------------------------

proc ::skyclass::verb_evaluate::Report {info data result} {
    set lines [list "# Model [dict get $info name] on [file tail $data]" "" \
        "[llength [dict get $result rows]] sources, [dict get $info checksum]." ""]
    lappend lines {*}[AccuracyTable $result] {*}[ClassTable $info $result]
    dict for {name view} [dict get $result views] {
        lappend lines {*}[ConfusionTable [Title $result $name] [dict get $view confusion]]
    }
    lappend lines {*}[FieldTable $result]
    return [join $lines \n]
}

proc ::skyclass::verb_evaluate::AccuracyTable {result} {
    set lines [list "## Accuracy" "" "| view | accuracy, % | bootstrap deviation |" \
        "| --- | --- | --- |"]
    dict for {name view} [dict get $result views] {
        lappend lines "| [Title $result $name] | [Percent [dict get $view accuracy]] |\
            [Percent [dict get $view deviation]] |"
    }
    return [concat $lines [list ""]]
}

proc ::skyclass::verb_evaluate::ClassTable {info result} {
    set lines [list "## Classes" "" \
        "| class | sources | precision, % | recall, % | F1, % | average precision, % | median\
        winning score |" \
        "| --- | --- | --- | --- | --- | --- | --- |"]
    set number 0
    foreach class [dict get $result classes] name [dict get $info classes] {
        set average [expr {[dict exists $class average_precision]
            ? [dict get $class average_precision] : ""}]
        set median [dict get $class median_score]
        lappend lines "| [incr number] $name | [dict get $class sources] |\
            [Percent [dict get $class precision]] | [Percent [dict get $class recall]] |\
            [Percent [dict get $class f1]] | [Percent $average] |\
            [expr {$median eq "" ? "-" : [format %.2f $median]}] |"
    }
    return [concat $lines [list ""]]
}

# Percentages of the row, raw counts in parentheses, as the paper prints them.
proc ::skyclass::verb_evaluate::ConfusionTable {title matrix} {
    set n [llength $matrix]
    set columns {}
    for {set i 1} {$i <= $n} {incr i} {
        lappend columns "predicted $i"
    }
    set lines [list "## Confusion: $title" "" "| | [join $columns { | }] |" \
        "|[string repeat { --- |} [expr {$n + 1}]]"]
    set number 0
    foreach row $matrix {
        set sum [::tcl::mathop::+ {*}$row]
        lappend lines "| true [incr number] | [join [lmap count $row {
            return -level 0 "[Percent [expr {$sum > 0 ? double($count) / $sum : ""}]] ($count)"
        }] { | }] |"
    }
    return [concat $lines [list ""]]
}

proc ::skyclass::verb_evaluate::FieldTable {result} {
    set counts {}
    set hits {}
    foreach row [dict get $result rows] {
        lassign $row - field truth class
        dict incr counts $field
        dict incr hits $field [expr {$truth == $class}]
    }
    set lines [list "## Fields" "" "| field | sources | accuracy, % |" "| --- | --- | --- |"]
    dict for {field n} $counts {
        lappend lines "| $field | $n | [Percent [expr {double([dict get $hits $field]) / $n}]] |"
    }
    return [concat $lines [list ""]]
}

# ---- Tables and plots -------------------------------------------------------------------------

proc ::skyclass::verb_evaluate::ScoresCsv {result} {
    set header {id field truth class}
    for {set i 1} {$i <= [llength [dict get $result classes]]} {incr i} {
        lappend header score_$i
    }
    return [join [lmap row [linsert [dict get $result rows] 0 $header] \
        {::skyclass::csv::join $row}] \n]
}

proc ::skyclass::verb_evaluate::CurvesCsv {result} {
    set lines [list class,threshold,precision,recall]
    set number 0
    foreach class [dict get $result classes] {
        incr number
        if {![dict exists $class curve]} {
            continue
        }
        foreach {threshold precision recall} [dict get $class curve] {
            lappend lines "$number,$threshold,$precision,$recall"
        }
        lappend lines "" ""
    }
    return [join $lines \n]
}

proc ::skyclass::verb_evaluate::WinnersCsv {result} {
    set lines [list class,score,cumulative]
    set number 0
    foreach class [dict get $result classes] {
        incr number
        set scores [dict get $class winning_scores]
        set i 0
        foreach score $scores {
            lappend lines "$number,$score,[expr {double([incr i]) / [llength $scores]}]"
        }
        lappend lines "" ""
    }
    return [join $lines \n]
}

# Plots where gnuplot is installed. Its script names only files of ours, relative to the directory.
proc ::skyclass::verb_evaluate::Plot {directory colours} {
    if {[auto_execok gnuplot] eq ""} {
        return
    }
    set script "set terminal pngcairo size 900,700\nset datafile separator ','\nset key\
        left bottom\n"
    append script [PlotOf curves.png curves.csv 4:3 Recall Precision $colours]
    append script [PlotOf winning_scores.png winning_scores.csv 2:3 \
        "Winning score" "Cumulative fraction" $colours]
    set here [pwd]
    cd $directory
    try {
        ::skyclass::run gnuplot $script
    } finally {
        cd $here
    }
}

proc ::skyclass::verb_evaluate::PlotOf {output data columns x y colours} {
    set number 0
    set curves [lmap colour $colours {
        incr number
        return -level 0 "'$data' using (\$1 == $number ? \$[lindex [split $columns :] 0]\
            : NaN):[lindex [split $columns :] 1] every ::1 with lines lw 2 lc rgb '$colour'\
            title 'class $number'"
    }]
    return "set output '$output'\nset xlabel '$x'\nset ylabel '$y'\nset xrange \[0:1\]\nset yrange\
        \[0:1\]\nplot [join $curves {, }]\n"
}

proc ::skyclass::verb_evaluate::Write {directory name text} {
    ::skyclass::output write [file join $directory $name] [::skyclass::to_utf8 $text\n]
}
