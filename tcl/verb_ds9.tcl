# skyclass ds9: the worker of a running DS9, from a shell or a script.

namespace eval ::skyclass::verb_ds9 {
    variable table {
        ds9 {value PID help {process number of the DS9 that is meant; needed where several run}}
    }
    variable questions {status result classes models version}
}

proc ::skyclass::verb_ds9::help {} {
    variable table
    return [::skyclass::options help "skyclass ds9 ?--ds9 PID? VERB ?argument ...?" \
        "Passes a command to the skyclass worker of a running DS9, or asks it something." $table [join {
            "Commands: classify regions|image|visible|crosshair, classify file PATH, classify cursor X Y,"
            "  cancel, clear, undo, show N, hide N, legend, table, plot, save FILE, model, bands, palette"
            "Questions: status, result, classes, models, version"
            "With XPA alone: xpaset -p skyclass classify regions; xpaget skyclass result"
        } \n]]
}

proc ::skyclass::verb_ds9::run {arguments} {
    variable table
    variable questions
    # Only what stands before the verb is ours; the rest is the worker's.
    set own {}
    if {[lindex $arguments 0] eq "--ds9"} {
        set own [lrange $arguments 0 1]
        set arguments [lrange $arguments 2 end]
    }
    lassign [::skyclass::options parse $table $own] options
    if {$arguments eq ""} {
        ::skyclass::options usage "a command for the worker is missing, as in: classify regions"
    }
    set address [address $options]
    if {[lindex $arguments 0] in $questions} {
        set command [list xpaget $address {*}$arguments]
    } else {
        set command [list xpaset -p $address {*}$arguments]
    }
    try {
        return [exec -ignorestderr -- {*}$command 2>@1]
    } trap {CHILDSTATUS} {message} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            [string trim [regsub {\s*child process exited abnormally$} $message {}]]
    }
}

# XPA address of the worker: each leaves it in a file named after its DS9.
proc ::skyclass::verb_ds9::address {options} {
    set directory [run_directory]
    set files [glob -nocomplain -directory $directory -types f ds9-*]
    if {[dict exists $options ds9]} {
        set files [lmap file $files {
            if {[file tail $file] ne "ds9-[dict get $options ds9]"} {
                continue
            }
            set file
        }]
    }
    switch [llength $files] {
        0 {
            return -code error -errorcode {SKYCLASS BAD_INPUT} \
                "no worker runs[expr {[dict exists $options ds9] ? " for that DS9" : ""}];\
                choose an entry of the Skyclass menu in DS9 first"
        }
        1 {}
        default {
            return -code error -errorcode {SKYCLASS USAGE} "several DS9s have a worker; say which with\
                --ds9 [join [lsort [lmap file $files {regsub {^ds9-} [file tail $file] {}}]] { or }]"
        }
    }
    set channel [open [lindex $files 0] r]
    try {
        return [gets $channel]
    } finally {
        close $channel
    }
}

# Where the workers leave their addresses (worker.tcl and the launcher look there too).
proc ::skyclass::verb_ds9::run_directory {} {
    global env
    if {[info exists env(XDG_RUNTIME_DIR)] && [file isdirectory $env(XDG_RUNTIME_DIR)]} {
        return [file join $env(XDG_RUNTIME_DIR) skyclass]
    }
    if {[info exists env(XDG_CACHE_HOME)] && $env(XDG_CACHE_HOME) ne ""} {
        return [file join $env(XDG_CACHE_HOME) skyclass]
    }
    return [file join $env(HOME) .cache skyclass]
}
