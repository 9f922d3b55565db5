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
            "there is no HOME and no XDG_RUNTIME_DIR to keep files in; set one of them\
            and try again"
    }
    return [file join $base skyclass]
}
