# What the command line and the worker beside DS9 have in common, and the C extension beneath them
# (skyclass::model, ::bands, ::sources, ::job ...).

namespace eval ::skyclass {
    variable directory [file dirname [file dirname [file normalize [info script]]]]
}

# Loads the extension once; `package require` does so at once, the command line only where a verb
# needs it, so that help never waits.
proc ::skyclass::load_core {} {
    variable directory
    if {[info commands ::skyclass::version] ne ""} {
        return
    }
    try {
        load [file join $directory libskyclass[info sharedlibextension]] Skyclass
    } on error {problem details} {
        if {[string match {*compiled for Tcl*} $problem]} {
            return -code error -errorcode {SKYCLASS BAD_INPUT} "this is tclsh [info patchlevel],\
                and $problem; run the tclsh that skyclass was built for, or build it again"
        }
        return -options $details $problem
    }
}

foreach skyclass_part {
    viewer encoding outside run_directory models options outputs resume progress job bands csv
    provenance lists labels stampset
} {
    source -encoding utf-8 [file join $::skyclass::directory lib $skyclass_part.tcl]
}
unset skyclass_part
