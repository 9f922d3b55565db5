# Text from outside is meant to be UTF-8 and may not be. Tcl 8.6 reads what is wrong byte by byte,
# Tcl 9 refuses it unless told to do the same.
proc ::skyclass::from_utf8 {bytes} {
    if {[package vsatisfies [package provide Tcl] 9]} {
        return [encoding convertfrom -profile tcl8 utf-8 $bytes]
    }
    return [encoding convertfrom utf-8 $bytes]
}

proc ::skyclass::to_utf8 {text} {
    if {[package vsatisfies [package provide Tcl] 9]} {
        return [encoding convertto -profile tcl8 utf-8 $text]
    }
    return [encoding convertto utf-8 $text]
}

# The same for a channel, whatever its encoding.
proc ::skyclass::lenient {channel} {
    if {[package vsatisfies [package provide Tcl] 9]} {
        fconfigure $channel -profile tcl8
    }
}
