# The XPA address of a DS9, found from its process number.
namespace eval ::skyclass::ds9::address {
    namespace export find
    namespace ensemble create
    namespace path ::skyclass::ds9
}

# The XPA address of the DS9 that is process `pid`: its own listening sockets tell, so that neither
# its title nor a second DS9 can mislead us. XPA's name server helps to tell ports apart.
proc ::skyclass::ds9::address::find {pid} {
    lassign [ListeningSockets $pid] paths ports
    foreach path $paths {
        if {[file extension $path] eq ".$pid"} {
            return $path
        }
    }
    set known [NameServerAddresses]
    foreach address $known {
        if {[lindex [split $address :] end] in $ports || [file extension $address] eq ".$pid"} {
            return $address
        }
    }
    foreach port $ports {
        if {[Answers 7f000001:$port]} {
            return 7f000001:$port
        }
    }
    if {![file isdirectory /proc/$pid] && [llength $known] == 1} {
        return [lindex $known 0]
    }
    return -code error -errorcode {SKYCLASS DS9 GONE} \
        "this DS9 does not listen to XPA; switch it on with File > XPA > Connect and try again\
        (DS9 8.8 needs the program xpans of xpa-tools for that)"
}

# Linux only; elsewhere both lists are empty.
proc ::skyclass::ds9::address::ListeningSockets {pid} {
    set inodes {}
    foreach link [glob -nocomplain -directory /proc/$pid/fd *] {
        if {![catch {file readlink $link} target]
            && [regexp {^socket:\[(\d+)\]$} $target -> inode]} {
            dict set inodes $inode 1
        }
    }
    set paths {}
    foreach line [Lines /proc/net/unix] {
        if {[regexp {^\S+ \S+ \S+ 00010000 \S+ \S+ +(\d+) (/.*)$} $line -> inode path]
            && [dict exists $inodes $inode]} {
            lappend paths $path
        }
    }
    set ports {}
    foreach line [Lines /proc/net/tcp] {
        if {[regexp {^ *\d+: [0-9A-F]+:([0-9A-F]+) \S+ 0A(?: +\S+){5} +(\d+)} $line -> port inode]
            && [dict exists $inodes $inode]} {
            lappend ports [scan $port %x]
        }
    }
    return [list $paths $ports]
}

proc ::skyclass::ds9::address::Lines {path} {
    if {[catch {::skyclass::read_file $path} text]} {
        return {}
    }
    return [split $text \n]
}

proc ::skyclass::ds9::address::NameServerAddresses {} {
    link open xpans
    try {
        set addresses {}
        foreach line [split [link ask {} -timeout 2000] \n] {
            if {[regexp {^DS9 .* gs (\S+) \S+$} $line -> address]} {
                lappend addresses $address
            }
        }
        return $addresses
    } trap {SKYCLASS DS9} {} {
        return {}
    } finally {
        link close
    }
}

proc ::skyclass::ds9::address::Answers {address} {
    link open $address
    try {
        return [regexp {\d+\.\d+\S*$} [link ask version -timeout 1000]]
    } trap {SKYCLASS DS9} {} {
        return 0
    } finally {
        link close
    }
}
