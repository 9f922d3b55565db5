# Which DS9 this is, and whether it is one that skyclass is made for.
namespace eval ::skyclass::ds9::version {
    namespace export title problem
    namespace ensemble create

    # The menu's entry for help needs the macro $dir, which came with it.
    variable oldest 8.4
}

# DS9 answers "xpaget version" with its title, which may hold anything, and its number.
proc ::skyclass::ds9::version::title {answer} {
    return [regsub {\s+\S+$} $answer {}]
}

# What to tell the user of a DS9 that is too old, "" of all others (8.8b1 and whatever comes later).
proc ::skyclass::ds9::version::problem {answer} {
    variable oldest
    if {[regexp {\m(\d+)\.(\d+)\S*$} $answer number major minor]
        && [package vcompare $major.$minor $oldest] < 0} {
        return "this is DS9 $number, and skyclass is made for DS9 $oldest and newer: classifying\
            may do, Help on skyclass does not open; please install a newer DS9"
    }
}
