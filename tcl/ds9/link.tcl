# Requests to one DS9, from coroutines, strictly one by one: DS9 loses requests that overlap. A
# helper process talks XPA, so a DS9 that is busy or hangs never stops the worker's event loop.
#
#   link open ADDRESS      link ask PARAMETERS ?-timeout MS?    -> text, trimmed
#   link close             link fetch PARAMETERS ?-timeout MS?  -> bytes
#   link lock, unlock      link tell PARAMETERS ?BYTES?
#
# Requests that belong together, because they are about the current frame, stand between lock and
# unlock; whoever else wants to lock waits.
#
# Parameters are words that DS9 parses again, so nothing from outside goes into them; data goes into
# BYTES, which DS9 reads as data. Errors: {SKYCLASS DS9 REFUSED|GONE|TIMEOUT}.
namespace eval ::skyclass::ds9::link {
    namespace export open close ask fetch tell lock unlock
    namespace ensemble create

    variable helper [file join [file dirname [file dirname [file normalize [info script]]]] \
        skyclass-xpa]
    variable address {}
    variable channel {}
    # Requests not yet answered, the first is under way: {verb parameters bytes coroutine ms}.
    variable waiting {}
    variable timer {}
    variable owner {}   ;# coroutine that has locked
    variable lockers {} ;# coroutines that wait for that
}

proc ::skyclass::ds9::link::open {to} {
    variable address $to
    Start
}

proc ::skyclass::ds9::link::close {} {
    variable waiting {}
    Stop
}

proc ::skyclass::ds9::link::ask {parameters args} {
    return [string trim [::skyclass::from_utf8 [Request get $parameters {} {*}$args]]]
}

proc ::skyclass::ds9::link::fetch {parameters args} {
    return [Request get $parameters {} {*}$args]
}

proc ::skyclass::ds9::link::tell {parameters {bytes {}}} {
    Request set $parameters $bytes
    return
}

# Waits for the answer (20 s at most: DS9 needs seconds for a huge frame, never that long); other
# coroutines and events run meanwhile.
proc ::skyclass::ds9::link::Request {verb parameters bytes {option -timeout} {ms 20000}} {
    variable waiting
    lappend waiting [list $verb [::skyclass::to_utf8 $parameters] $bytes [info coroutine] $ms]
    if {[llength $waiting] == 1} {
        Send
    }
    lassign [yield] status answer
    switch -- $status {
        ok {
            return $answer
        }
        error {
            return -code error -errorcode {SKYCLASS DS9 REFUSED} \
                "DS9 refused \"$parameters\": [::skyclass::from_utf8 $answer]"
        }
        timeout {
            return -code error -errorcode {SKYCLASS DS9 TIMEOUT} \
                "DS9 did not answer within [expr {$ms / 1000}] s; when it answers again,\
                repeat the command"
        }
        default {
            return -code error -errorcode {SKYCLASS DS9 GONE} "DS9 is gone"
        }
    }
}

proc ::skyclass::ds9::link::lock {} {
    variable owner
    variable lockers
    if {$owner eq {}} {
        set owner [info coroutine]
    } else {
        lappend lockers [info coroutine]
        yield
    }
}

proc ::skyclass::ds9::link::unlock {} {
    variable owner
    variable lockers
    set lockers [lassign $lockers owner]
    if {$owner ne {}} {
        after 0 [list $owner {}]
    }
}

proc ::skyclass::ds9::link::Start {} {
    variable helper
    variable address
    variable channel
    set channel [::skyclass::start [list $helper client $address]]
    fconfigure $channel -blocking 0
    fileevent $channel readable [namespace code Receive]
}

proc ::skyclass::ds9::link::Stop {} {
    variable channel
    variable timer
    after cancel $timer
    if {$channel ne {}} {
        catch {::skyclass::run [list kill {*}[pid $channel]]}
        catch {::close $channel}
        set channel {}
    }
}

proc ::skyclass::ds9::link::Send {} {
    variable waiting
    variable channel
    variable timer
    variable head {}
    variable body {}
    lassign [lindex $waiting 0] verb parameters bytes coroutine ms
    if {$channel eq {}} {
        Start
    }
    set timer [after $ms [namespace code {Finish timeout {}}]]
    if {[catch {
        puts -nonewline $channel "$verb [string length $parameters]\
            [string length $bytes]\n$parameters$bytes"
        flush $channel
    }]} {
        after cancel $timer
        set timer [after 0 [namespace code {Finish gone {}}]]
    }
}

proc ::skyclass::ds9::link::Receive {} {
    variable channel
    variable head
    variable body
    if {$head eq {}} {
        if {[gets $channel head] < 0} {
            if {[eof $channel]} {
                Finish gone {}
            }
            return
        }
    }
    lassign $head status length
    append body [read $channel [expr {$length - [string length $body]}]]
    if {[string length $body] == $length} {
        if {$status eq {error} && $body eq {gone}} {
            set status gone
        }
        Finish $status $body
    } elseif {[eof $channel]} {
        Finish gone {}
    }
}

# Hands the answer to whoever waits first, and starts the next request. After a time-out or a crash
# the helper is replaced: its next answer would belong to an old question.
proc ::skyclass::ds9::link::Finish {status answer} {
    variable waiting
    variable timer
    variable head {}
    variable body {}
    after cancel $timer
    if {$status in {gone timeout}} {
        Stop
    }
    set waiting [lassign $waiting done]
    if {[llength $waiting]} {
        after 0 [namespace code Next]
    }
    if {$done ne {}} {
        after 0 [list ::skyclass::ds9::link::Resume [lindex $done 3] [list $status $answer]]
    }
}

proc ::skyclass::ds9::link::Resume {coroutine answer} {
    if {[llength [info commands $coroutine]]} {
        $coroutine $answer
    }
}

proc ::skyclass::ds9::link::Next {} {
    variable waiting
    if {[llength $waiting]} {
        Send
    }
}
