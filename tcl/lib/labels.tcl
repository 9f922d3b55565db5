# Classes and scores as columns of tables, joined by the sources' ids.

namespace eval ::skyclass::labels {
    namespace export read columns scores logits
    namespace ensemble create
}

# id -> class (0: none) of a catalogue or table: of the column `named` (a name, or a number from 1),
# else the one that plays the class. An id that comes twice counts the first time; `verb` is for
# saying so.
proc ::skyclass::labels::read {verb file {named {}}} {
    if {$named eq "" && ![catch {::skyclass::sources read $file} sources]} {
        try {
            set ids [Ids $sources]
            set classes [::skyclass::lists classes $sources $file]
        } finally {
            $sources destroy
        }
        return [Join $verb $file $ids $classes]
    }
    set table [::skyclass::table $file]
    set classes [dict get $table [Column $table $file [expr {$named eq ""
        ? {class prediction} : [list $named]}]]]
    return [Join $verb $file [dict get $table [Column $table $file {id {}}]] $classes]
}

# {COLUMN {id -> class} ...} of several columns of one table.
proc ::skyclass::labels::columns {verb file names} {
    set found {}
    foreach name $names {
        lappend found $name [read $verb $file $name]
    }
    return $found
}

# Scores of a table: dict classes (how many), rows: id -> {PREDICTED LOGIT_1 ...}; no logits where
# the table has classes only. Columns score_1 ... count by their logarithms, logit_1 ... as they
# are.
proc ::skyclass::labels::scores {verb file} {
    set table [::skyclass::table $file]
    set ids [dict get $table [Column $table $file {id {}}]]
    lassign [ScoreColumns $table] kind columns
    if {$kind eq ""} {
        set classes [dict get $table [Column $table $file {class prediction}]]
        set rows [Join $verb $file $ids [lmap class $classes {list [Class $class]}]]
        set most [::tcl::mathfunc::max 1 {*}[lmap row [dict values $rows] {lindex $row 0}]]
        return [dict create classes $most rows $rows]
    }
    set named [lsearch -nocase -inline [dict keys $table] class]
    set rows {}
    set n 0
    foreach id $ids {
        set logits [lmap column $columns {Logit $kind [lindex [dict get $table $column] $n]}]
        set class [expr {$named eq ""
            ? [Largest $logits] : [Class [lindex [dict get $table $named] $n]]}]
        lappend rows [list $class {*}$logits]
        incr n
    }
    return [dict create classes [llength $columns] rows [Join $verb $file $ids $rows]]
}

# Scores as logits, up to a constant.
proc ::skyclass::labels::logits {scores} {
    return [lmap score $scores {Logit score $score}]
}

# {KIND COLUMNS} of score_1 ... or logit_1 ...; KIND is empty where there are none.
proc ::skyclass::labels::ScoreColumns {table} {
    foreach kind {logit score} {
        set columns {}
        for {set i 1} {[set name [lsearch -nocase -inline [dict keys $table] ${kind}_$i]] ne ""} \
            {incr i} {
            lappend columns $name
        }
        if {$columns ne ""} {
            return [list $kind $columns]
        }
    }
    return {}
}

# What is no number has no logit, nor has a score of nothing.
proc ::skyclass::labels::Logit {kind cell} {
    if {![string is double -strict $cell] || $cell != $cell} {
        return NaN
    }
    if {$kind eq "logit"} {
        return $cell
    }
    return [expr {$cell > 1e-37 ? log($cell) : $cell == 0 ? -85.0 : "NaN"}]
}

# The class of the largest, the first of equals; 0 where one is none.
proc ::skyclass::labels::Largest {logits} {
    if {"NaN" in $logits} {
        return 0
    }
    set best 0
    for {set i 1} {$i < [llength $logits]} {incr i} {
        if {[lindex $logits $i] > [lindex $logits $best]} {
            set best $i
        }
    }
    return [expr {$best + 1}]
}

proc ::skyclass::labels::Class {cell} {
    return [expr {[string is double -strict $cell] && $cell == int($cell) && $cell >= 0
        ? int($cell) : 0}]
}

proc ::skyclass::labels::Ids {sources} {
    set ids {}
    for {set i 0} {$i < [$sources count]} {incr i} {
        lappend ids [dict get [$sources get $i] id]
    }
    return $ids
}

# The first of these columns that the table has: names in any case, or numbers from 1; {} is the
# first column.
proc ::skyclass::labels::Column {table file names} {
    set there [dict keys $table]
    foreach name $names {
        if {$name eq ""} {
            return [lindex $there 0]
        }
        set found [lsearch -nocase -exact -inline $there $name]
        if {$found eq "" && [string is digit -strict $name] && $name >= 1} {
            set found [lindex $there [expr {$name - 1}]]
        }
        if {$found ne ""} {
            return $found
        }
    }
    return -code error -errorcode {SKYCLASS BAD_INPUT} \
        "$file has no column [join $names { or }]; it has [join [lrange $there 0 39] {, }]"
}

proc ::skyclass::labels::Join {verb file ids values} {
    set joined {}
    set n_twice 0
    foreach id $ids value $values {
        if {[dict exists $joined $id]} {
            incr n_twice
        } else {
            dict set joined $id $value
        }
    }
    if {$n_twice > 0} {
        ::skyclass::say stderr "skyclass $verb: $file: $n_twice row[expr {$n_twice == 1 ? "" :\
            "s"}] with an id that an earlier row has; the first counts"
    }
    return $joined
}
