# What a module has to say to those above it, without knowing which they are. The modules of tcl/ds9
# call only those that are loaded before them; the other way goes an event, which somebody above has
# asked to be told of.
namespace eval ::skyclass::ds9::events {
    namespace export on tell
    namespace ensemble create

    # Event -> the command prefixes that are called, in this order, with what the event tells:
    #   needed             which files still have to be read? The answers are lists of them
    #   forgotten FRAME    nothing of the frame's layer is needed any more
    #   shown              a frame shows other markers
    #   progress TASK      the task has drawn something, or is over
    #   message TEXT       the user has to know this
    #   error TEXT DETAILS skyclass itself is at fault; Tcl's dict of the details
    #   waiting            a dialog waits for its user; other commands need not
    #   command WORDS      a window asks for a command, as the menu does
    #   quit               the worker is no longer wanted
    variable handlers {
        needed {} forgotten {} shown {} progress {} message {} error {} waiting {} \
            command {} quit {}
    }
}

proc ::skyclass::ds9::events::on {event command} {
    variable handlers
    dict set handlers $event [concat [dict get $handlers $event] [list $command]]
}

# Returns the handlers' answers, joined.
proc ::skyclass::ds9::events::tell {event args} {
    variable handlers
    return [concat {*}[lmap command [dict get $handlers $event] {{*}$command {*}$args}]]
}
