# What a DS9 shows, asked over XPA: frames, their images, the user's regions. Everything here runs
# in a coroutine (link.tcl). Nothing that DS9 answers is used as code.
namespace eval ::skyclass::ds9::session {
    namespace export scratch frame frames file_name image candidates regions all_regions \
        draw replace erase to_pixels visible channel
    namespace ensemble create
    namespace path ::skyclass::ds9

    variable scratch {} ;# private directory for frames that have no file
    variable fetched    ;# path in it -> fingerprint of what it holds
    # Frames of three images, by the name of their colour map; HSV and HLS since DS9 8.6.
    variable channels {rgb {red green blue} hsv {hue saturation value} hls {hue lightness saturation}}
    array set fetched {}
}

# The private directory, set once at the start.
proc ::skyclass::ds9::session::scratch {{directory {}}} {
    variable scratch
    if {$directory ne {}} {
        file mkdir $directory
        set scratch $directory
    }
    return $scratch
}

proc ::skyclass::ds9::session::frame {} {
    return [link ask frame]
}

proc ::skyclass::ds9::session::frames {} {
    return [regexp -all -inline {\d+} [link ask {frame all}]]
}

# What DS9 calls the file of the current frame, without the section it appends to the name of a
# cropped or blocked image: [81:160,81:160], [*,2].
proc ::skyclass::ds9::session::file_name {} {
    return [regsub {(\[[0-9*]+[:,][0-9:*,]*\])+$} [link ask file] {}]
}

# The image in the current frame: dict frame, file (as DS9 names it), channel (of an RGB frame), path
# (to open), block {bx by}, physical (how DS9's physical coordinates lead to the file's pixels; see
# skyclass::image info). Physical coordinates are what regions are exchanged in: unlike image
# coordinates they stay the same however DS9 blocks the image.
proc ::skyclass::ds9::session::image {} {
    set frame [frame]
    if {$frame eq {} || [link ask {frame has fits}] ne {yes}} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "the current frame holds no image; open one in DS9 first"
    }
    set file [file_name]
    set channel [channel]
    set block [link ask block]
    if {[llength $block] < 2} {
        lappend block {*}$block
    }
    set path [OnDisk $file]
    # A table of events, which DS9 bins into an image, is no image to us.
    if {$path eq {} || [catch {::skyclass::image info $path} about]} {
        set path [Fetch $frame]
        set about [::skyclass::image info $path]
        # What DS9 sends is already blocked.
        set block {1 1}
    }
    set physical [dict get $about physical]
    if {$block ne {1 1} && ([lindex $physical 1] != 0 || [lindex $physical 2] != 0)} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "the frame is blocked and its header's LTM keywords turn the axes, which DS9 does not\
                combine; choose Zoom > Block 1 and try again"
    }
    return [dict create frame $frame file $file channel $channel path $path block $block \
        physical $physical]
}

# A position in DS9's image coordinates, which count blocks, in the file's pixels.
proc ::skyclass::ds9::session::to_pixels {image x y} {
    lassign [dict get $image block] bx by
    return [list [expr {($x - 0.5) * $bx + 0.5}] [expr {($y - 0.5) * $by + 0.5}]]
}

# The file behind what DS9 calls `name` (relative to DS9's directory, perhaps with [extension]), or
# "" when there is none: arrays, URLs, stdin.
proc ::skyclass::ds9::session::OnDisk {name} {
    if {$name eq {}} {
        return {}
    }
    set path $name
    if {[file pathtype $name] eq {relative}} {
        set path [file join [link ask cd] $name]
    }
    foreach file [list $path [regsub {(\[[^]]*\])+$} $path {}]] {
        if {[file isfile $file]} {
            return $path
        }
    }
    return {}
}

# The pixels of a frame that no file holds, as a FITS file of our own. Asked again only when header
# or central pixels differ; the channels of a plain frame are one image and give one file.
proc ::skyclass::ds9::session::Fetch {frame {channel {}}} {
    variable scratch
    variable fetched
    set width [link ask {fits width}]
    set height [link ask {fits height}]
    set fingerprint [link fetch {fits header}]
    append fingerprint [link fetch "data image [expr {$width / 2}] [expr {$height / 2}] 16 16 no"]
    foreach {path known} [array get fetched [file join $scratch frame$frame*]] {
        if {$known eq $fingerprint} {
            return $path
        }
    }
    set path [file join $scratch frame$frame$channel.fits]
    set bytes [link fetch fits -timeout 120000]
    set out [::skyclass::open_file $path wb]
    try {
        puts -nonewline $out $bytes
    } finally {
        close $out
    }
    set fetched($path) $fingerprint
    return $path
}

# Every image that is open in DS9, as {{spec {PATH ?PLANE?} frame N} ...}: of each frame, each colour
# channel, each plane of a cube, each extension of a multi-extension file. Goes through the frames
# and comes back to the one that was current.
proc ::skyclass::ds9::session::candidates {} {
    set current [frame]
    set found {}
    try {
        foreach frame [frames] {
            if {$frame ne [frame]} {
                link tell "frame $frame"
            }
            foreach file [Channels $frame] {
                lappend found {*}[Units $file $frame]
            }
        }
    } finally {
        if {[frame] ne $current} {
            link tell "frame $current"
        }
    }
    return $found
}

# The channel of the current frame, "" where it holds one image.
proc ::skyclass::ds9::session::channel {} {
    variable channels
    set kind [link ask cmap]
    return [expr {[dict exists $channels $kind] ? [link ask "$kind channel"] : {}}]
}

# The files of a frame: one, or three where it is of channels, which the name of its colour map
# gives away.
proc ::skyclass::ds9::session::Channels {frame} {
    variable channels
    set kind [link ask cmap]
    if {![dict exists $channels $kind]} {
        return [ChannelFile $frame {}]
    }
    set current [link ask "$kind channel"]
    set files {}
    try {
        foreach name [dict get $channels $kind] {
            GoToChannel $kind $name
            lappend files {*}[ChannelFile $frame $name]
        }
    } finally {
        GoToChannel $kind $current
    }
    return [lsort -unique $files]
}

# DS9 opens its RGB window on "rgb CHANNEL", so its frame is told directly, where it lets us.
proc ::skyclass::ds9::session::GoToChannel {kind name} {
    variable channels
    if {$name ni [dict get $channels $kind]} {
        return
    }
    try {
        link tell tcl "\$current(frame) $kind channel $name\n"
    } trap {SKYCLASS DS9 REFUSED} {} {
        link tell "$kind $name"
    }
}

# {FILE}, or {} where there is no image.
proc ::skyclass::ds9::session::ChannelFile {frame channel} {
    if {[link ask {frame has fits}] ne {yes}} {
        return {}
    }
    set file [OnDisk [file_name]]
    if {$file eq {} || [catch {::skyclass::image info $file}]} {
        set file [Fetch $frame $channel]
    }
    return [list $file]
}

proc ::skyclass::ds9::session::Units {file frame} {
    # A file that is not an image skyclass can read serves no band.
    if {[catch {::skyclass::image info $file} info]} {
        return {}
    }
    set units {}
    if {[dict get $info planes] > 1} {
        for {set plane 1} {$plane <= [dict get $info planes]} {incr plane} {
            lappend units [dict create spec [list $file $plane] frame $frame]
        }
        return $units
    }
    lappend units [dict create spec [list $file] frame $frame]
    set whole [regsub {(\[[^]]*\])+$} $file {}]
    for {set extension 1} {![catch {::skyclass::image info $whole\[$extension\]}]} {incr extension} {
        lappend units [dict create spec [list $whole\[$extension\]] frame $frame]
    }
    return $units
}

# The regions of the current frame as DS9 text. `system` is physical or icrs, `which` selected or
# nothing for all.
proc ::skyclass::ds9::session::regions {system {which {}}} {
    set where [expr {$system eq {icrs} ? {-system wcs -sky icrs -skyformat degrees} : "-system $system"}]
    return [string map {\r {}} [link ask "regions -format ds9 $where -strip no $which"]]
}

# All of them in physical coordinates, as regions parse gives them.
proc ::skyclass::ds9::session::all_regions {} {
    return [::skyclass::ds9::regions parse [regions physical]]
}

proc ::skyclass::ds9::session::draw {text} {
    link tell {regions -format ds9} [::skyclass::to_utf8 $text]
}

# These in the place of all that there are.
proc ::skyclass::ds9::session::replace {text} {
    link tell {regions delete all}
    draw $text
}

# Takes the regions with a tag away. DS9 has no quarrel with a tag that nothing has.
proc ::skyclass::ds9::session::erase {tag} {
    link tell "regions group \{$tag\} delete"
}

# The corners of what the current frame shows, as x y pairs in the image's pixels.
proc ::skyclass::ds9::session::visible {image} {
    lassign [link ask {pan image}] x y
    lassign [link ask zoom] zoom_x zoom_y
    if {$zoom_y eq {}} {
        set zoom_y $zoom_x
    }
    set angle [expr {[link ask rotate] * acos(-1) / 180}]
    set orient [link ask orient]
    set width [link ask width]
    set height [link ask height]
    if {[link ask tile] eq {yes}} {
        # DS9's default grid of tiles is as square as can be.
        set columns [expr {int(ceil(sqrt([llength [frames]])))}]
        set width [expr {$width / $columns}]
        set height [expr {$height / ceil(double([llength [frames]]) / $columns)}]
    }
    set corners {}
    foreach {u v} {-0.5 -0.5 0.5 -0.5 0.5 0.5 -0.5 0.5} {
        set u [expr {$u * $width / $zoom_x}]
        set v [expr {$v * $height / $zoom_y}]
        set dx [expr {$u * cos($angle) + $v * sin($angle)}]
        set dy [expr {-$u * sin($angle) + $v * cos($angle)}]
        if {[string match *x* $orient]} {
            set dx [expr {-$dx}]
        }
        if {[string match *y* $orient]} {
            set dy [expr {-$dy}]
        }
        lappend corners {*}[to_pixels $image [expr {$x + $dx}] [expr {$y + $dy}]]
    }
    return $corners
}
