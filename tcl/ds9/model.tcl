# The model in use, loaded once and kept.
namespace eval ::skyclass::ds9::model {
    namespace export info look files use handle
    namespace ensemble create
    namespace path ::skyclass::ds9

    variable handle {}
    variable about {} ;# "$handle info"
    variable path {}  ;# the files it was read from
}

# What the model wants and gives, as "$model info" says it.
proc ::skyclass::ds9::model::info {} {
    variable about
    Load
    return $about
}

# How a class is drawn (0: not classified): dict colour, shape; the colour is of the palette chosen.
proc ::skyclass::ds9::model::look {class} {
    set look [lindex [dict get [info] looks] $class]
    if {[settings get palette] eq {safe}} {
        dict set look colour [dict get $look safe_colour]
    }
    return $look
}

# The model's command.
proc ::skyclass::ds9::model::handle {} {
    variable handle
    Load
    return $handle
}

# The model's files.
proc ::skyclass::ds9::model::files {} {
    variable path
    Load
    return $path
}

# Another model from now on, or several that vote ("A,B,C"); running jobs keep theirs.
proc ::skyclass::ds9::model::use {name} {
    variable handle
    variable about
    variable path
    set found [::skyclass::find_models $name]
    set new [::skyclass::open_models $found]
    if {$handle ne {}} {
        $handle destroy
    }
    set handle $new
    set about [$new info]
    set path $found
    settings put model $name
}

proc ::skyclass::ds9::model::Load {} {
    variable handle
    if {$handle eq {}} {
        set name [settings get model]
        use [expr {$name eq {} ? {starcnet} : $name}]
    }
}
