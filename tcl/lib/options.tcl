# Command-line options from one table per verb: parsing, defaults, and the help text.
#
# A table is a dict: option name (without --) -> dict with
#   value    what the option takes, in capitals, for the help; "" for a switch
#   help     one line
#   default  (optional)
#   repeats  (optional) 1: may be given several times, each with one word; a list
#   many     (optional) 1: takes every word up to the next option, and may repeat; a list. Only for
# what is
#            read: a word too many must never become an output
#   choices  (optional) the values allowed

namespace eval ::skyclass::options {
    namespace export parse help usage
    namespace ensemble create
}

# Options and remaining words of one call: {options dict, words list}. Wrong usage is an error with
# errorcode {SKYCLASS USAGE}.
proc ::skyclass::options::parse {table arguments} {
    set options [Defaults $table]
    set words {}
    set n [llength $arguments]
    for {set i 0} {$i < $n} {incr i} {
        set word [lindex $arguments $i]
        if {$word eq "--"} {
            lappend words {*}[lrange $arguments $i+1 end]
            break
        }
        set name [OptionName $word]
        if {$name eq ""} {
            lappend words $word
            continue
        }
        if {![dict exists $table $name]} {
            usage "there is no option $word; options are --[join [lsort [dict keys $table]] {, --}]"
        }
        set entry [dict get $table $name]
        if {[dict get $entry value] eq ""} {
            dict set options $name 1
            continue
        }
        if {[incr i] >= $n} {
            usage "option --$name needs a value: [dict get $entry value]"
        }
        set value [lindex $arguments $i]
        CheckChoice $name $entry $value
        if {![IsList $entry]} {
            dict set options $name $value
            continue
        }
        dict lappend options $name $value
        while {[Has $entry many] && $i + 1 < $n && [lindex $arguments $i+1] ne "--"
               && [OptionName [lindex $arguments $i+1]] eq ""} {
            dict lappend options $name [lindex $arguments [incr i]]
        }
    }
    return [list $options $words]
}

proc ::skyclass::options::help {usage summary table {epilogue ""}} {
    set width 0
    set rows {}
    dict for {name entry} $table {
        set left "--$name"
        if {[dict get $entry value] ne ""} {
            append left " [dict get $entry value]"
        }
        if {[Has $entry many]} {
            append left " ..."
        }
        set text [dict get $entry help]
        if {[Has $entry repeats]} {
            append text "; repeat the option for more"
        }
        if {[dict exists $entry default] && [dict get $entry default] ne ""} {
            append text " (default: [dict get $entry default])"
        }
        set width [expr {max($width, [string length $left])}]
        lappend rows $left $text
    }
    set lines [list "usage: $usage" "" $summary "" "Options:"]
    foreach {left text} $rows {
        lappend lines [format "  %-*s  %s" $width $left $text]
    }
    lappend lines [format "  %-*s  %s" $width --help "this text"]
    if {$epilogue ne ""} {
        lappend lines "" $epilogue
    }
    return [join $lines \n]
}

proc ::skyclass::options::Defaults {table} {
    set options {}
    dict for {name entry} $table {
        if {[dict exists $entry default]} {
            dict set options $name [dict get $entry default]
        } elseif {[dict get $entry value] eq ""} {
            dict set options $name 0
        } elseif {[IsList $entry]} {
            dict set options $name {}
        }
    }
    return $options
}

# "name" for --name, -o for the contract's short form, "" for anything else.
proc ::skyclass::options::OptionName {word} {
    if {$word eq "-o"} {
        return o
    }
    if {[regexp {^--([a-z].*)$} $word -> name]} {
        return $name
    }
    return ""
}

proc ::skyclass::options::Has {entry key} {
    return [expr {[dict exists $entry $key] && [dict get $entry $key]}]
}

proc ::skyclass::options::IsList {entry} {
    return [expr {[Has $entry many] || [Has $entry repeats]}]
}

proc ::skyclass::options::CheckChoice {name entry value} {
    if {[dict exists $entry choices] && $value ni [dict get $entry choices]} {
        usage "--$name takes [join [dict get $entry choices] { or }], not \"$value\""
    }
}

# Wrong usage, as an error of the caller.
proc ::skyclass::options::usage {message} {
    return -level 2 -code error -errorcode {SKYCLASS USAGE} $message
}
