# The model in use, loaded once and kept.
namespace eval ::skyclass::ds9::model {
    namespace export info use handle
    namespace ensemble create
    namespace path ::skyclass::ds9

    variable handle {}
    variable about {} ;# "$handle info"
}

# What the model wants and gives, as "$model info" says it.
proc ::skyclass::ds9::model::info {} {
    variable about
    Load
    return $about
}

# The model's command.
proc ::skyclass::ds9::model::handle {} {
    variable handle
    Load
    return $handle
}

# Another model from now on; running jobs keep theirs.
proc ::skyclass::ds9::model::use {name} {
    variable handle
    variable about
    set new [::skyclass::model open [::skyclass::find_model $name]]
    if {$handle ne {}} {
        $handle destroy
    }
    set handle $new
    set about [$new info]
    settings put model $name
}

proc ::skyclass::ds9::model::Load {} {
    variable handle
    if {$handle eq {}} {
        set name [settings get model]
        use [expr {$name eq {} ? {starcnet} : $name}]
    }
}
