# skyclass evaluate: how good a model is on labelled cutouts.

namespace eval ::skyclass::verb_evaluate {
    variable table {
        model     {value NAME|FILE,... default starcnet help {the model to measure; several, with\
            commas, vote}}
        data      {value SET.fits help {labelled cutouts the model has not been trained on}}
        scores    {value FILE help {instead of a data set: a table of scores made elsewhere, with\
            the columns id and score_1 ... or logit_1 ..., or class alone}}
        labels    {value FILE help {with --scores: the classes, a catalogue or a table with id and\
            class}}
        class-column {value NAME default {}
            help {with --labels: the column of the classes, by name or number}}
        o         {value REPORT_DIR help {directory for the report; made when missing}}
        decision  {value RULE default {} help {in place of the model's: argmax, vote, "reject\
            SCORE", "threshold CLASS SCORE"}}
        test-part {value SEED help {of the data only what training with this seed kept for its\
            test}}
        jobs      {value N default 0 help {threads; 0 is one a core}}
    }
}

proc ::skyclass::verb_evaluate::help {} {
    variable table
    return [::skyclass::options help \
        "skyclass evaluate --model MODEL --data SET.fits -o REPORT_DIR, or --scores FILE\
        --labels FILE" \
        "Confusion matrices, accuracies with their bootstrap uncertainty, precision, recall and F1
of each class, precision-recall curves, the distribution of the winning scores and their
calibration." $table [join {
            "Written: report.md, scores.csv (each source), curves.csv, winning_scores.csv,"
            "calibration.csv, and with gnuplot curves.png and winning_scores.png. Scores and"
            "labels that were made elsewhere are joined by id; the model says what the classes"
            "are called and how they are grouped. Examples:"
            "  skyclass dataset --mock 8 --seed 9000 -o held-out.fits"
            "  skyclass evaluate --data held-out.fits -o report"
            "  skyclass evaluate --scores logits.csv --labels ngc1566.tab -o report"
        } \n]]
}

proc ::skyclass::verb_evaluate::run {arguments} {
    variable table
    lassign [::skyclass::options parse $table $arguments] options words
    Check $options
    set files [::skyclass::find_models [dict get $options model]]
    set directory [dict get $options o]
    set written [lmap name {report.md scores.csv curves.csv winning_scores.csv calibration.csv \
        curves.png
        winning_scores.png} {
        file join $directory $name
    }]
    foreach {name what} {data dataset scores "table of scores" labels catalogue} {
        if {[dict exists $options $name]} {
            ::skyclass::outputs check $written [list [dict get $options $name]] $what
        }
    }
    ::skyclass::outputs check $written $files model
    set model [::skyclass::open_models $files -decision [dict get $options decision]]
    try {
        set info [$model info]
        if {[dict exists $options scores]} {
            lassign [Joined $info $options] info result
            set label [dict get $options scores]
        } else {
            set result [Scored $model $options]
            set label [dict get $options data]
        }
    } finally {
        $model destroy
    }
    dict set result groups [dict get $info views]
    dict set result calibration [Calibration [llength [dict get $info classes]] \
        [dict get $result rows]]
    file mkdir $directory
    Write $directory report.md [Report $info $label $result]
    Write $directory scores.csv [ScoresCsv $result]
    Write $directory curves.csv [CurvesCsv $result]
    Write $directory winning_scores.csv [WinnersCsv $result]
    Write $directory calibration.csv [CalibrationCsv $result]
    Plot $directory [lmap look [lrange [dict get $info looks] 1 end] {dict get $look safe_colour}]
    return "[Summary $result]; the report is in $directory"
}

proc ::skyclass::verb_evaluate::Check {options} {
    if {![dict exists $options o]} {
        ::skyclass::options usage "-o REPORT_DIR is missing"
    }
    set ways [lmap name {data scores labels} {expr {[dict exists $options $name]
        ? $name : [continue]}}]
    if {$ways eq {}} {
        ::skyclass::options usage "--data SET.fits is missing, or --scores FILE and --labels FILE"
    }
    if {$ways ni {data {scores labels}}} {
        ::skyclass::options usage "either --data SET.fits, or --scores FILE together with --labels\
            FILE"
    }
}

# A data set through the model.
proc ::skyclass::verb_evaluate::Scored {model options} {
    set settings [list -jobs [dict get $options jobs]]
    if {[dict exists $options test-part]} {
        lappend settings -test_part [dict get $options test-part]
    }
    set dataset [::skyclass::dataset open [dict get $options data]]
    try {
        return [::skyclass::finish [::skyclass::job evaluate $model $dataset {*}$settings \
            -command [list ::skyclass::verb_evaluate::OnProgress [dict get $options data]]]]
    } finally {
        $dataset destroy
    }
}

# ---- Scores and labels made elsewhere -----------------------------------------------------------

# {INFO RESULT} of the sources that both files have. Where there are other classes than the model's,
# its names and views are not meant.
proc ::skyclass::verb_evaluate::Joined {info options} {
    set scores [::skyclass::labels scores evaluate [dict get $options scores]]
    set labels [::skyclass::labels read evaluate [dict get $options labels] \
        [dict get $options class-column]]
    set n_classes [dict get $scores classes]
    if {$n_classes != [llength [dict get $info classes]]} {
        set info [Numbered $info $n_classes]
    }
    dict unset info checksum
    dict set info heading "[file tail [dict get $options scores]] against\
        [file tail [dict get $options labels]]"
    set field [file rootname [file tail [dict get $options labels]]]
    set kept {}
    dict for {id row} [dict get $scores rows] {
        if {[dict exists $labels $id] && [set truth [dict get $labels $id]] >= 1
            && $truth <= $n_classes} {
            lappend kept [list $id $field $truth {*}$row]
        }
    }
    if {$kept eq ""} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} "no source has both a score in\
            [dict get $options scores] and a class from 1 to $n_classes in \
            [dict get $options labels]; are the ids the same?"
    }
    TellLeft $options [llength $kept] [dict size [dict get $scores rows]] [dict size $labels]
    return [list $info [TableResult $info $kept]]
}

proc ::skyclass::verb_evaluate::TellLeft {options n_kept n_scores n_labels} {
    if {$n_kept < $n_scores || $n_kept < $n_labels} {
        ::skyclass::say stderr "skyclass evaluate: $n_kept sources have both a score and a class;\
            of $n_scores in [dict get $options scores] and $n_labels in [dict get $options labels] \
            the others are left out"
    }
}

proc ::skyclass::verb_evaluate::Numbered {info n_classes} {
    set names {}
    set looks [lrange [dict get $info looks] 0 0]
    for {set i 1} {$i <= $n_classes} {incr i} {
        lappend names "class $i"
        lappend looks [lindex [dict get $info looks] [expr {1 + ($i - 1) % \
            ([llength [dict get $info looks]] - 1)}]]
    }
    return [dict merge $info [dict create classes $names looks $looks views {}]]
}

# Rows {id field truth predicted logit ...} as the job's result.
proc ::skyclass::verb_evaluate::TableResult {info rows} {
    set n_classes [llength [dict get $info classes]]
    set logits [concat {*}[lmap row $rows {lrange $row 4 end}]]
    if {$logits eq ""} {
        set scores [lrepeat [expr {[llength $rows] * $n_classes}] NaN]
    } else {
        set scores [::skyclass::softmax $n_classes $logits 1]
    }
    set result [::skyclass::report $n_classes [lmap row $rows {lindex $row 2}] \
        [lmap row $rows {lindex $row 3}] $scores [dict get $info views]]
    set n 0
    dict set result rows [lmap row $rows {
        set of_row [lrange $scores $n [incr n $n_classes]-1]
        concat [lrange $row 0 3] $of_row
    }]
    return $result
}

# ---- Calibration --------------------------------------------------------------------------------

# dict all (bins of all sources), and where a temperature can be had: temperature, fitted on every
# other source, before and after: errors of the others.
proc ::skyclass::verb_evaluate::Calibration {n_classes rows} {
    set usable [lmap row $rows {
        if {[string is double -strict [lindex $row 4]] && [lindex $row 4] == [lindex $row 4]} {
            set row
        } else {
            continue
        }
    }]
    set found [dict create all [Reliability $usable [concat {*}[lmap row $usable \
        {lrange $row 4 end}]] $n_classes]]
    set fitted {}
    set others {}
    foreach {one other} $usable {
        lappend fitted $one
        if {$other ne ""} {
            lappend others $other
        }
    }
    if {[catch {::skyclass::temperature $n_classes [lmap row $fitted {lindex $row 2}] \
        [Logits $fitted]} temperature]
        || $others eq ""} {
        return $found
    }
    dict set found temperature $temperature
    foreach {name divided} [list before 1 after $temperature] {
        dict set found $name [dict get [Reliability $others \
            [::skyclass::softmax $n_classes [Logits $others] $divided] $n_classes] error]
    }
    return $found
}

proc ::skyclass::verb_evaluate::Logits {rows} {
    return [concat {*}[lmap row $rows {::skyclass::labels logits [lrange $row 4 end]}]]
}

proc ::skyclass::verb_evaluate::Reliability {rows scores n_classes} {
    set winners {}
    set right {}
    set n 0
    foreach row $rows {
        set class [lindex $row 3]
        lappend winners [expr {$class > 0 ? [lindex $scores [expr {$n + $class - 1}]] : "NaN"}]
        lappend right [expr {$class == [lindex $row 2]}]
        incr n $n_classes
    }
    return [::skyclass::calibration 10 $right $winners]
}

proc ::skyclass::verb_evaluate::CalibrationTable {result} {
    set calibration [dict get $result calibration]
    set all [dict get $calibration all]
    if {[dict get $all n] == 0} {
        return {}
    }
    set lines [list "## Calibration" "" "Expected calibration error [Percent [dict get $all error]]\
        % (winning scores in ten bins, [dict get $all n] sources)." ""]
    if {[dict exists $calibration temperature]} {
        lappend lines [format "A temperature of %.3f, fitted on every other source, changes that of\
            the others from %s %% to %s %%." [dict get $calibration temperature] \
            [Percent [dict get $calibration before]] [Percent [dict get $calibration after]]] ""
    }
    lappend lines "| scores | sources | mean score | right, % |" "| --- | --- | --- | --- |"
    foreach bin [dict get $all bins] {
        lassign $bin low high n score right
        lappend lines [format "| %.1f to %.1f | %d | %s | %s |" $low $high $n \
            [expr {$n > 0 ? [format %.3f $score] : "-"}] [Percent $right]]
    }
    return [concat $lines [list ""]]
}

proc ::skyclass::verb_evaluate::CalibrationCsv {result} {
    set lines [list low,high,sources,mean_score,right]
    foreach bin [dict get $result calibration all bins] {
        lappend lines [join $bin ,]
    }
    return [join $lines \n]
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

# The area under the ROC curve of a class against the others.
proc ::skyclass::verb_evaluate::Area {class} {
    if {![dict exists $class roc_area] || [dict get $class roc_area] eq ""} {
        return -
    }
    return [format %.4f [dict get $class roc_area]]
}

proc ::skyclass::verb_evaluate::Summary {result} {
    set parts {}
    dict for {name view} [dict get $result views] {
        lappend parts "[Title $result $name] [Percent [dict get $view accuracy]] %"
    }
    set classes [dict get $result classes]
    if {[llength $classes] == 2} {
        lappend parts "AUC [Area [lindex $classes 0]]"
    }
    return "[llength [dict get $result rows]] sources: [join $parts {, }]"
}

# ---- The report -----------------------------------------------------------------------------

proc ::skyclass::verb_evaluate::Report {info data result} {
    set heading [expr {[dict exists $info heading] ? [dict get $info heading]
        : "Model [dict get $info name] on [file tail $data]"}]
    set lines [list "# $heading" "" \
        "[llength [dict get $result rows]] sources[expr {
            [dict exists $info checksum] ? ", [dict get $info checksum]" : ""}]." ""]
    lappend lines {*}[AccuracyTable $result] {*}[ClassTable $info $result]
    dict for {name view} [dict get $result views] {
        lappend lines {*}[ConfusionTable [Title $result $name] [dict get $view confusion]]
    }
    lappend lines {*}[CalibrationTable $result] {*}[FieldTable $result]
    return [join $lines \n]
}

proc ::skyclass::verb_evaluate::AccuracyTable {result} {
    set lines [list "## Accuracy" "" "| view | accuracy, % | bootstrap deviation |" "| --- | --- |\
        --- |"]
    dict for {name view} [dict get $result views] {
        lappend lines "| [Title $result $name] | [Percent [dict get $view accuracy]] |\
            [Percent [dict get $view deviation]] |"
    }
    return [concat $lines [list ""]]
}

proc ::skyclass::verb_evaluate::ClassTable {info result} {
    set lines [list "## Classes" "" \
        "| class | sources | precision, % | recall, % | F1, % | average precision, % | ROC\
        area | median winning score |" \
        "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    set number 0
    foreach class [dict get $result classes] name [dict get $info classes] {
        set average [expr {[dict exists $class average_precision]
            ? [dict get $class average_precision] : ""}]
        set median [dict get $class median_score]
        lappend lines "| [incr number] $name | [dict get $class sources] |\
            [Percent [dict get $class precision]] | [Percent [dict get $class recall]] |\
            [Percent [dict get $class f1]] | [Percent $average] | [Area $class] |\
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
    set script "set terminal pngcairo size 900,700\nset datafile separator ','\nset key left\
        bottom\n"
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
