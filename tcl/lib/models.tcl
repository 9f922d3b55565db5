# Where models are found.

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

# The names of the models that are installed.
proc ::skyclass::model_names {} {
    set names {}
    foreach place [model_path] {
        foreach file [files $place *.fits] {
            lappend names [file rootname [file tail $file]]
        }
    }
    return [lsort -unique $names]
}

# The file of a model given as a name ("starcnet") or as a file.
proc ::skyclass::find_model {model} {
    if {[file isfile $model]} {
        return $model
    }
    foreach place [model_path] {
        foreach candidate [list $model.fits $model] {
            set file [file join $place $candidate]
            if {[file tail $model] eq $model && [file isfile $file]} {
                return $file
            }
        }
    }
    set known [join [model_names] {, }]
    set hint [expr {$known eq "" ? "no model is installed" : "installed: $known"}]
    return -code error -errorcode {SKYCLASS BAD_INPUT} \
        "there is no model \"$model\"; give a model file or a name ($hint)"
}

# The files of "A,B,C", models that vote together; a name that is a file may have commas itself.
proc ::skyclass::find_models {models} {
    if {[file isfile $models]} {
        return [list $models]
    }
    return [lmap model [split $models ,] {find_model [string trim $model]}]
}

# A model of one file or several, with the options of `skyclass::model open`.
proc ::skyclass::open_models {files args} {
    return [::skyclass::model open [lindex $files 0] -with [lrange $files 1 end] {*}$args]
}
