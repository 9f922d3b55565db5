# What a DS9 shows, asked over XPA: frames, their images, the user's regions. Everything here runs
# in a coroutine (link.tcl). Nothing that DS9 answers is used as code.
namespace eval ::skyclass::ds9::session {
    namespace export scratch process frame frames file_name image shows files candidates regions \
        all_regions draw replace erase marked to_pixels pointed visible channel
    namespace ensemble create
    namespace path ::skyclass::ds9

    variable scratch {} ;# private directory for frames that have no file
    variable process {} ;# number of DS9's process
    variable fetched {} ;# {FRAME CHANNEL} -> {MARK PATH} of the images that no file holds
    # Of images with more pixels the mark decides whether they are fetched again; all others are
    # compared as a whole, which takes DS9 a fifth of a second for this many.
    variable large 16000000
    # Frames of three images, by the name of their colour map; HSV and HLS since DS9 8.6.
    variable channels {rgb {red green blue} hsv {hue saturation value} hls\
        {hue lightness saturation}}
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

# DS9's process number, set once at the start.
proc ::skyclass::ds9::session::process {{pid {}}} {
    variable process
    if {$pid ne {}} {
        set process $pid
    }
    return $process
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

# The image in the current frame: dict frame, file (as DS9 names it), channel (of an RGB frame),
# path (to open; of an image that no file holds its name tells what it holds), plane (of a cube,
# from 1), mark (of an image that no file holds; see Mark), block {bx by}, physical (how DS9's
# physical coordinates lead to the file's pixels; see skyclass::image info). Physical coordinates
# are what regions are exchanged in: unlike image coordinates they stay the same however DS9 blocks
# the image.
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
    set mark {}
    # A table of events, which DS9 bins into an image, is no image to us.
    if {$path eq {} || [catch {::skyclass::image info $path} about]} {
        set path [Fetch $frame $channel]
        set mark [lindex [Fetched $frame $channel] 0]
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
    return [dict create frame $frame file $file channel $channel path $path plane [Plane $about] \
        mark $mark block $block physical $physical]
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

# The plane of a cube that the current frame shows, from 1.
proc ::skyclass::ds9::session::Plane {about} {
    if {[dict get $about planes] < 2} {
        return 1
    }
    set plane [link ask cube]
    return [expr {[string is digit -strict $plane] && $plane >= 1
        && $plane <= [dict get $about planes]
        ? $plane : 1}]
}

# Does the current frame still show this image? DS9 takes the regions away with an image, so where
# our markers are the image is there, though it may be blocked or cropped by now.
proc ::skyclass::ds9::session::shows {image} {
    if {[link ask {frame has fits}] ne {yes}} {
        return 0
    }
    if {[channel] ne [dict get $image channel]} {
        return 1
    }
    if {[file_name] ne [dict get $image file]} {
        return 0
    }
    return [expr {[dict get $image mark] in [list {} [lindex [Mark] 1]] || [marked]}]
}

# Are there markers of ours in the current frame?
proc ::skyclass::ds9::session::marked {} {
    return [string match "*tag={skyclass}*" [link ask {regions -format ds9 -group skyclass}]]
}

# {PIXELS MARK} of the current image: how many there are, and a number made of the header and of
# three rows, which tells most images apart.
proc ::skyclass::ds9::session::Mark {} {
    set width [link ask {fits width}]
    set height [link ask {fits height}]
    set text [link fetch {fits header}]
    foreach quarter {1 2 3} {
        append text [link fetch "data image 1 [expr {max(1, $height * $quarter / 4)}] $width 1 no"]
    }
    return [list [expr {$width * $height}] [zlib crc32 $text]]
}

proc ::skyclass::ds9::session::Fetched {frame channel} {
    variable fetched
    return [dict get $fetched [list $frame $channel]]
}

# The pixels of a frame that no file holds, as a FITS file of our own, named for what it holds:
# another image in the frame is another file, the same image pushed again or shown twice is the same
# one.
proc ::skyclass::ds9::session::Fetch {frame {channel {}}} {
    variable scratch
    variable fetched
    variable large
    lassign [Mark] pixels mark
    foreach known [expr {$pixels > $large ? [dict values $fetched] : {}}] {
        if {[lindex $known 0] eq $mark && [file exists [lindex $known 1]]} {
            dict set fetched [list $frame $channel] $known
            return [lindex $known 1]
        }
    }
    set bytes [link fetch fits -timeout 120000]
    set path [file join $scratch \
        pushed-[format %08x%08x [zlib crc32 $bytes] [zlib adler32 $bytes]].fits]
    if {![file exists $path]} {
        set out [::skyclass::open_file $path.part wb]
        try {
            puts -nonewline $out $bytes
        } finally {
            close $out
        }
        file rename -force $path.part $path
    }
    dict set fetched [list $frame $channel] [list $mark $path]
    Tidy
    return $path
}

# Removes what was fetched of images that are no longer shown and that nobody needs.
proc ::skyclass::ds9::session::Tidy {} {
    variable scratch
    variable fetched
    set frames [frames]
    set fetched [dict filter $fetched script {key known} {expr {[lindex $key 0] in $frames}}]
    set needed [concat [lmap known [dict values $fetched] {lindex $known 1}] [events tell needed]]
    foreach path [glob -nocomplain -directory $scratch pushed-*.fits] {
        if {$path ni $needed} {
            file delete $path
        }
    }
}

# Every image that is open in DS9, as {{spec {PATH ?PLANE?} frame N} ...}: of each frame, each
# colour channel, each plane of a cube, each extension of a multi-extension file. Goes through the
# frames and comes back to the one that was current; `here` keeps to that one.
proc ::skyclass::ds9::session::candidates {{here {}}} {
    set current [frame]
    set found {}
    try {
        foreach frame [expr {$here eq {here} ? $current : [frames]}] {
            if {$frame ne [frame]} {
                link tell "frame $frame"
            }
            foreach file [lsort -unique [dict values [Channels $frame]]] {
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

# The files of an image's frame, channel -> path: what tells whether a frame shows what it showed.
proc ::skyclass::ds9::session::files {image} {
    if {[dict get $image channel] eq {}} {
        return [dict create {} [dict get $image path]]
    }
    return [Channels [dict get $image frame]]
}

# channel -> file of the current frame: one, or three where it is of channels, which the name of its
# colour map gives away. What holds no image is left out.
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
            set files [dict merge $files [ChannelFile $frame $name]]
        }
    } finally {
        GoToChannel $kind $current
    }
    return $files
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

# {CHANNEL FILE}, or {} where there is no image.
proc ::skyclass::ds9::session::ChannelFile {frame channel} {
    if {[link ask {frame has fits}] ne {yes}} {
        return {}
    }
    set file [OnDisk [file_name]]
    if {$file eq {} || [catch {::skyclass::image info $file}]} {
        set file [Fetch $frame $channel]
    }
    return [list $channel $file]
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
    for {set extension 1} {![catch {::skyclass::image info $whole\[$extension\]}]} \
        {incr extension} {
        lappend units [dict create spec [list $whole\[$extension\]] frame $frame]
    }
    return $units
}

# The regions of the current frame as DS9 text. `system` is physical or icrs, `which` selected or
# nothing for all.
proc ::skyclass::ds9::session::regions {system {which {}}} {
    set where [expr {$system eq {icrs} ? {-system wcs -sky icrs -skyformat degrees}
        : "-system $system"}]
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

# The frame that the pointer was in when DS9 filled in the numbers of a key's macros: image
# coordinates, size of the image, value of the pixel. In single view that is the current one; of
# tiles the one whose image has that value there, because DS9 does not say. Tiles of equal images
# leave it to the current one.
proc ::skyclass::ds9::session::pointed {x y width height values} {
    set current [frame]
    if {[link ask tile] ne {yes}} {
        return $current
    }
    try {
        foreach frame [concat $current [lsearch -all -inline -not -exact [frames] $current]] {
            if {$frame ne [frame]} {
                link tell "frame $frame"
            }
            if {[HasPixel $x $y $width $height $values]} {
                return $frame
            }
        }
    } finally {
        if {[frame] ne $current} {
            link tell "frame $current"
        }
    }
    return -code error -errorcode {SKYCLASS BAD_INPUT} \
        "DS9 does not tell which of the tiles the pointer is in; click on that frame and try again"
}

proc ::skyclass::ds9::session::HasPixel {x y width height values} {
    if {[link ask {frame has fits}] ne {yes} || [link ask {fits width}] != $width
        || [link ask {fits height}] != $height} {
        return 0
    }
    set here [link ask "data image [expr {round($x)}] [expr {round($y)}] 1 1 yes"]
    foreach value $values {
        # Both are written with six digits; nan is no number that equals itself.
        if {$value eq $here || ([string is double -strict $here]
            && [string is double -strict $value]
            && abs($here - $value) <= 1e-5 * abs($value))} {
            return 1
        }
    }
    return 0
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
