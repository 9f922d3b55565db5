# The model in use, loaded once and kept.
namespace eval ::skyclass::ds9::model {
    namespace export info files use handle view check_view caution
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

# The view by which classes are merged: the one chosen where the model has it, else {}.
proc ::skyclass::ds9::model::view {} {
    set view [settings get view]
    return [expr {[dict exists [info] views $view] ? $view : {}}]
}

# Is this a view of the model's, or {} for its classes as they are?
proc ::skyclass::ds9::model::check_view {view} {
    set views [dict keys [dict get [info] views]]
    if {$view ne {} && $view ni $views} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} "the model [dict get [info] name] has no\
            view \"$view\"; it has [join [list all {*}$views] {, }] (all: its classes as they are)"
    }
}

# What a user should know before trusting the model: that it was trained on simulated images, where
# its card, which lies beside it, says so; else {}.
proc ::skyclass::ds9::model::caution {} {
    foreach file [files] {
        set card [file rootname $file].md
        if {![catch {::skyclass::read_file $card} text]
            && [regexp {Trained on simulated images} $text]} {
            return "The model [dict get [info] name] was trained on simulated images; for science\
                import the published weights: $card says how."
        }
    }
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
