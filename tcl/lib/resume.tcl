# Which fields are done, and which rows of one that was interrupted: for --resume.
#
# Beside the first output of a field stands a hidden file .NAME.skyclass-done that says what the
# outputs were made of and what they are, and while the field is being done .NAME.skyclass-rows, the
# rows so far.

namespace eval ::skyclass::resume {
    namespace export key is_done done rows_file
    namespace ensemble create
}

# One line that is the same where list, images, model and options are: of the list its bytes, of
# images their size and time. Empty where there is no telling (a list that is a pipe).
proc ::skyclass::resume::key {field files model_info options} {
    set parts [list [::skyclass::version] [dict get $model_info checksum]]
    set list [dict get $field sources]
    lappend parts [Sum [::skyclass::outputs::plain_file $list]] [regexp -inline {\[[^\]]*\]$} $list]
    if {[lindex $parts 2] eq ""} {
        return ""
    }
    foreach spec $files {
        set file [::skyclass::outputs::plain_file [lindex $spec 0]]
        lappend parts [lindex $spec 0] [lrange $spec 1 end] [file size $file] [file mtime $file]
    }
    foreach name [lsort [dict keys $options]] {
        if {$name ni {model sources out image bands images-in fields jobs resume\
            checkpoint-minutes}} {
            lappend parts $name [dict get $options $name]
        }
    }
    set text [encoding convertto utf-8 $parts]
    return [format %08x-%d [zlib crc32 $text] [string length $text]]-[format %08x \
        [zlib adler32 $text]]
}

# Whether all outputs of the field are what a run with this key wrote, to the last byte.
proc ::skyclass::resume::is_done {field key} {
    if {$key eq "" || [catch {::skyclass::read_file [Hidden $field done]} text]} {
        return 0
    }
    return [expr {[string trim $text] eq [string trim [Record $field $key]]}]
}

# The outputs are written; the rows are needed no more.
proc ::skyclass::resume::done {field key} {
    if {$key ne ""} {
        ::skyclass::output write [Hidden $field done] [::skyclass::to_utf8 [Record $field $key]]
    }
    file delete [Hidden $field rows]
}

proc ::skyclass::resume::rows_file {field} {
    return [Hidden $field rows]
}

proc ::skyclass::resume::Hidden {field what} {
    set output [lindex [dict get $field outputs] 0]
    return [file join [file dirname $output] .[file tail $output].skyclass-$what]
}

proc ::skyclass::resume::Record {field key} {
    set lines [list "skyclass: for --resume" $key]
    foreach output [dict get $field outputs] {
        lappend lines "[file tail $output] [Sum $output]"
    }
    return [join $lines \n]\n
}

# Size and checksum of a file; empty where it is none.
proc ::skyclass::resume::Sum {file} {
    if {![file isfile $file]} {
        return ""
    }
    set channel [::skyclass::open_file $file rb]
    set sum 0
    try {
        while {![eof $channel]} {
            set sum [zlib crc32 [read $channel 1048576] $sum]
        }
        return [format "%d bytes %08x" [tell $channel] $sum]
    } finally {
        close $channel
    }
}
