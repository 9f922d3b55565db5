# No output may be an input, by whatever name, nor may two outputs be one file: what a user gave to
# be read is never written over.

namespace eval ::skyclass::outputs {
    namespace export check to_stdout
    namespace ensemble create

    variable to_stdout 0
}

# Fails where one of `outputs` is one of `inputs` or another output: the same name, or the same file
# under another (./, .., symbolic or hard links). Names of inputs may end in [extension]; those that
# are no files are passed over. `what` says what the inputs are read as, for the message. `reads`, a
# command prefix, is asked with the name of an input that is also an output: is it read at all?
proc ::skyclass::outputs::check {outputs inputs {what input} {reads {}}} {
    variable to_stdout
    set seen {}
    foreach output $outputs {
        set to_stdout [expr {$to_stdout || [IsStdout $output]}]
        set key [Identity $output]
        if {$key ne "" && [dict exists $seen $key]} {
            Refuse "output \"$output\" is named twice[Alias $output [dict get $seen $key]];\
                give each output a name of its own"
        }
        dict set seen $key $output
    }
    foreach input $inputs {
        set key [Identity [plain_file $input]]
        if {$key ne "" && [dict exists $seen $key] && ($reads eq "" || [{*}$reads $input])} {
            set output [dict get $seen $key]
            Refuse "output \"$output\" is the $what itself[Alias $output $input];\
                choose another name"
        }
    }
}

# Whether one of the outputs checked so far is the standard output, by whatever name.
proc ::skyclass::outputs::to_stdout {} {
    variable to_stdout
    return $to_stdout
}

proc ::skyclass::outputs::IsStdout {name} {
    return [expr \
        {![catch {file stat [::skyclass::literal $name] about; file stat /dev/stdout stdout}]
        && $about(dev) == $stdout(dev) && $about(ino) == $stdout(ino)}]
}

# What two names of one file have in common: its device and inode, or the place where it will be.
# Devices and pipes have none: they are not written over, and may be named twice.
proc ::skyclass::outputs::Identity {name} {
    set name [End [::skyclass::literal $name]]
    if {![catch {file stat $name about}]} {
        return [expr {$about(type) in {file directory} ? "$about(dev) $about(ino)" : ""}]
    }
    set folder [file dirname $name]
    if {[catch {file stat $folder about}]} {
        return [file normalize $name]
    }
    return "$about(dev) $about(ino) [file tail $name]"
}

# The end of a chain of symbolic links, also where nothing is there yet.
proc ::skyclass::outputs::End {name} {
    for {set i 0} {$i < 40 && ![catch {file readlink $name} target]} {incr i} {
        set name [file join [file dirname $name] [::skyclass::literal $target]]
    }
    return $name
}

# The file in "file.fits[1]"; one whose own name ends in brackets wins.
proc ::skyclass::outputs::plain_file {name} {
    if {![file exists $name]} {
        regexp {^(.+)\[[^\]]*\]$} $name -> name
    }
    return $name
}

proc ::skyclass::outputs::Alias {output other} {
    return [expr {$output eq $other ? "" : " (as \"$other\")"}]
}

proc ::skyclass::outputs::Refuse {message} {
    return -level 2 -code error -errorcode {SKYCLASS BAD_INPUT} $message
}
