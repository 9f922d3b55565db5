# What the user chose, remembered between sessions: a list of keys and values in
# $XDG_CONFIG_HOME/skyclass/ds9.conf. Read as data; a damaged file means the defaults.
namespace eval ::skyclass::ds9::settings {
    namespace export load get put default problem detection
    namespace ensemble create

    # "" for a number of the detection means the engine's own default.
    variable defaults {
        model {} view {} palette starcnet text 0 jobs 0
        threshold {} ci_min {} fwhm_max {} snap 5 part visible directory {} bands {} warned {}
    }
    variable values $defaults
    # Settings that are numbers of 0 or more, with the largest they may be.
    variable numbers {threshold Inf ci_min Inf fwhm_max Inf text 1 jobs 1024 snap 50}
    # Setting -> option of `skyclass::job detect`.
    variable detection {threshold threshold ci_min ci fwhm_max fwhm}
}

proc ::skyclass::ds9::settings::Path {} {
    global env
    if {[info exists env(XDG_CONFIG_HOME)] && $env(XDG_CONFIG_HOME) ne {}} {
        return [file join $env(XDG_CONFIG_HOME) skyclass ds9.conf]
    }
    return [file join $env(HOME) .config skyclass ds9.conf]
}

proc ::skyclass::ds9::settings::load {} {
    variable defaults
    variable values
    if {[catch {
        set stored [dict create {*}[::skyclass::read_file [Path]]]
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
    variable detection
    set value [dict get $values $key]
    if {$value eq {} && [dict exists $detection $key]} {
        return [default $key]
    }
    return $value
}

# The engine's default of a number of the detection.
proc ::skyclass::ds9::settings::default {key} {
    variable detection
    return [dict get [::skyclass::detect defaults] [dict get $detection $key]]
}

# A home that cannot be written to only loses the memory, so that is no error.
proc ::skyclass::ds9::settings::put {key value} {
    variable values
    variable detection
    if {[dict exists $detection $key] && $value == [default $key]} {
        set value {}
    }
    dict set values $key $value
    catch {
        file mkdir [file dirname [Path]]
        ::skyclass::write_file [Path].new $values\n
        file rename -force [Path].new [Path]
    }
    return $value
}

# What is wrong with a value for a setting that is a number, "" if nothing is.
proc ::skyclass::ds9::settings::problem {key value} {
    variable numbers
    if {![dict exists $numbers $key]} {
        return "there is no setting \"$key\"; there are [join [dict keys $numbers] {, }]"
    }
    set largest [dict get $numbers $key]
    if {![string is double -strict $value] || !($value >= 0 && $value <= $largest)} {
        return "the setting $key is a number [expr {$largest == Inf
            ? {of 0 or more} : "from 0 to $largest"}], not \"$value\""
    }
}

# The options of `skyclass::job detect` as chosen.
proc ::skyclass::ds9::settings::detection {} {
    variable detection
    set options [list -jobs [get jobs]]
    dict for {key option} $detection {
        lappend options -$option [get $key]
    }
    return $options
}
