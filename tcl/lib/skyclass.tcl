# The package: loads the C extension and gives the ensemble `skyclass`.
#
#   package require skyclass
#   skyclass classify --model starcnet --images-in ngc1566 --sources ngc1566.reg --out classes.reg
#
# Verbs are those of the command line, with the same options; each returns what the command line
# prints. The commands beneath them (skyclass::model, ::bands, ::sources, ::job ...) are C.

namespace eval ::skyclass {
    variable directory [file dirname [file dirname [file normalize [info script]]]]
    # Verb -> script (in cli/) that defines skyclass::verb_VERB::run and ::help.
    variable verbs {
        classify  {Classify the sources of one or many fields}
        detect    {Find sources in an image}
        import    {Turn published weights into a model file}
        simulate  {Make mock Hubble images with known classes}
        dataset   {Collect labelled cutouts into one file}
        train     {Train a network on a dataset}
        evaluate  {Measure a model on a labelled dataset}
        explain   {Show what a model looked at when it gave a source its class}
        info      {Say what a file is: model, image, sources, dataset}
        ds9       {Talk to the skyclass worker of a running DS9}
    }
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
            return -code error -errorcode {SKYCLASS BAD_INPUT} "this is tclsh [info patchlevel], and\
                $problem; run the tclsh that skyclass was built for, or build it again"
        }
        return -options $details $problem
    }
}

# Text from outside is meant to be UTF-8 and may not be. Tcl 8.6 reads what is wrong byte by byte, Tcl 9
# refuses it unless told to do the same.
proc ::skyclass::from_utf8 {bytes} {
    if {[package vsatisfies [package provide Tcl] 9]} {
        return [encoding convertfrom -profile tcl8 utf-8 $bytes]
    }
    return [encoding convertfrom utf-8 $bytes]
}

proc ::skyclass::to_utf8 {text} {
    if {[package vsatisfies [package provide Tcl] 9]} {
        return [encoding convertto -profile tcl8 utf-8 $text]
    }
    return [encoding convertto utf-8 $text]
}

# The same for a channel, whatever its encoding.
proc ::skyclass::lenient {channel} {
    if {[package vsatisfies [package provide Tcl] 9]} {
        fconfigure $channel -profile tcl8
    }
}

# The plain files of a directory that match any of the patterns. Tcl 9's glob fails where one name in
# the directory is not valid in the system's encoding; only that one shall be left out.
proc ::skyclass::files {directory args} {
    if {![catch {glob -nocomplain -directory $directory -types f -- {*}$args} found]} {
        return $found
    }
    set system [encoding system]
    set bytes [encoding convertto $system $directory]
    encoding system iso8859-1
    try {
        set tails [glob -nocomplain -tails -directory $bytes -types f -- {*}$args]
    } finally {
        encoding system $system
    }
    set found {}
    foreach tail $tails {
        if {![catch {encoding convertfrom $system $tail} name]} {
            lappend found [file join $directory $name]
        }
    }
    return $found
}

# The commands of one verb, read when first used.
proc ::skyclass::load_verb {verb} {
    variable directory
    if {[info commands ::skyclass::verb_${verb}::run] eq ""} {
        uplevel #0 [list source -encoding utf-8 [file join $directory cli $verb.tcl]]
    }
}

proc ::skyclass::call_verb {verb args} {
    load_core
    load_verb $verb
    return [verb_${verb}::run [lmap word $args {literal $word}]]
}

# Directories searched for a model given by name, first match wins.
proc ::skyclass::model_path {} {
    variable directory
    set path {}
    if {[info exists ::env(SKYCLASS_MODELS)]} {
        lappend path {*}[split $::env(SKYCLASS_MODELS) :]
    }
    lappend path [file join $directory models] \
        [file normalize [file join $directory .. .. models]] \
        [file normalize [file join $directory .. .. share skyclass models]]
    return $path
}

# The file of a model given as a name ("starcnet") or as a file.
proc ::skyclass::find_model {model} {
    if {[file isfile $model]} {
        return $model
    }
    set known {}
    foreach place [model_path] {
        foreach candidate [list $model.fits $model] {
            set file [file join $place $candidate]
            if {[file tail $model] eq $model && [file isfile $file]} {
                return $file
            }
        }
        foreach file [files $place *.fits] {
            lappend known [file rootname [file tail $file]]
        }
    }
    set hint [expr {$known eq "" ? "no model is installed" : "installed: [join [lsort -unique $known] {, }]"}]
    return -code error -errorcode {SKYCLASS BAD_INPUT} \
        "there is no model \"$model\"; give a model file or a name ($hint)"
}

# Where the workers beside DS9 keep their files; plugin/skyclass-ds9 looks in the same place.
proc ::skyclass::run_directory {} {
    global env
    if {[info exists env(XDG_RUNTIME_DIR)] && [file isdirectory $env(XDG_RUNTIME_DIR)]} {
        set base $env(XDG_RUNTIME_DIR)
    } elseif {[info exists env(XDG_CACHE_HOME)] && $env(XDG_CACHE_HOME) ne ""} {
        set base $env(XDG_CACHE_HOME)
    } elseif {[info exists env(HOME)] && $env(HOME) ne ""} {
        set base [file join $env(HOME) .cache]
    } else {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "there is no HOME and no XDG_RUNTIME_DIR to keep files in; set one of them and try again"
    }
    return [file join $base skyclass]
}

foreach skyclass_part {outside options outputs resume progress job bands csv provenance lists} {
    source -encoding utf-8 [file join $::skyclass::directory lib $skyclass_part.tcl]
}
unset skyclass_part

apply {{} {
    set map {}
    foreach verb [dict keys $::skyclass::verbs] {
        dict set map $verb [list ::skyclass::call_verb $verb]
    }
    namespace eval ::skyclass [list namespace ensemble create -map $map]
}}
package provide skyclass 0.1.0
