# What the user chose, remembered between sessions: a list of keys and values in
# $XDG_CONFIG_HOME/skyclass/ds9.conf. Read as data; a damaged file means the defaults.
namespace eval ::skyclass::ds9::settings {
    namespace export load get put
    namespace ensemble create

    variable defaults {
        model {} palette starcnet text 0 jobs 0
        threshold 3.0 ci_min 1.4 fwhm_max 10.0 part visible directory {} bands {}
    }
    variable values $defaults
}

proc ::skyclass::ds9::settings::Path {} {
    global env
    if {[info exists env(XDG_CONFIG_HOME)] && $env(XDG_CONFIG_HOME) ne {}} {
        return [file join $env(XDG_CONFIG_HOME) skyclass ds9.conf]
    }
    return [file join ~ .config skyclass ds9.conf]
}

proc ::skyclass::ds9::settings::load {} {
    variable defaults
    variable values
    if {[catch {
        set channel [open [Path]]
        fconfigure $channel -encoding utf-8
        try {
            set stored [dict create {*}[read $channel]]
        } finally {
            close $channel
        }
        dict for {key value} $defaults {
            if {[dict exists $stored $key]} {
                dict set values $key [dict get $stored $key]
            }
        }
    }]} {
        set values $defaults
    }
}

proc ::skyclass::ds9::settings::get {key} {
    variable values
    return [dict get $values $key]
}

# A home that cannot be written to only loses the memory, so that is no error.
proc ::skyclass::ds9::settings::put {key value} {
    variable values
    dict set values $key $value
    catch {
        file mkdir [file dirname [Path]]
        set channel [open [Path].new w]
        fconfigure $channel -encoding utf-8
        puts $channel $values
        close $channel
        file rename -force [Path].new [Path]
    }
    return $value
}
