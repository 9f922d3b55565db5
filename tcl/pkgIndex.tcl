package ifneeded skyclass 0.1.0 "
    [list source -encoding utf-8 [file join $dir lib skyclass.tcl]]
    [list source -encoding utf-8 [file join $dir cli verbs.tcl]]
    ::skyclass::load_core"
