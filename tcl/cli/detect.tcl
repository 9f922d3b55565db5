# skyclass detect: sources of an image, ready for skyclass classify.

namespace eval ::skyclass::verb_detect {
    # Those from part on are options of `skyclass::job detect` under the same names, with its
    # defaults.
    variable table {
        image          {value FILE help {the image, with [extension] if it needs one}}
        plane          {value N default 0 help {plane of a cube, from 1; 0 is the first}}
        out            {value FILE repeats 1
            help {output; the ending decides: .fits .csv .ecsv .vot .tab .reg}}
        coords         {value SYSTEM choices {given image icrs fk5 fk4 galactic ecliptic} default\
            given
            help {coordinates of .reg output, pixels (given, image) or degrees}}
        part           {value {"X Y WIDTH HEIGHT"} help {only this part of the image, in pixels}}
        threshold      {value SIGMA help {smallest height above the background, in its local rms}}
        area           {value N help {pixels above the threshold}}
        mesh           {value PIXELS help {side of a background mesh}}
        mesh-filter    {value N help {median filter over meshes, an odd number}}
        deblend        {value FRACTION
            help {part of the flux that makes a branch a source of its own}}
        deblend-levels {value N help {levels at which blends are looked at}}
        ci             {value MAG
            help {smallest concentration index, mag(1 pixel) - mag(3 pixels); stars lie below}}
        ci-max         {value MAG help {largest concentration index}}
        fwhm-min       {value PIXELS help {smallest FWHM; cosmic rays and hot pixels lie below}}
        fwhm           {value PIXELS help {largest FWHM}}
        edge           {value PIXELS
            help {smallest distance to the image's edge or to missing data}}
        saturation     {value VALUE help {pixel value of saturation (the header's SATURATE)}}
        aperture       {value PIXELS help {radius of the aperture for magnitudes}}
        zero-point     {value MAG
            help {magnitude of 1 unit/s (from the header: PHOTFLAM, PHOTMJSR, PHOTZPT ...);\
                electrons and counts are divided by EXPTIME}}
        jobs           {value N default 0 help {threads; 0 is one a core}}
    }
    variable own {image plane out coords}
}

proc ::skyclass::verb_detect::help {} {
    variable table
    ::skyclass::load_core
    set described $table
    dict for {name value} [::skyclass::detect defaults] {
        dict set described $name default $value
    }
    return [::skyclass::options help "skyclass detect --image FILE --out FILE ?--out FILE\
        ...? ?options?" \
        "Finds sources with SEP (SExtractor) and keeps what the LEGUS cuts take for cluster\
        candidates." \
        $described [join {
            "Columns: id x y ra dec flux mag ci fwhm ellipticity peak area magsys (AB, Vega,\
                ST, unknown; or"
            "instrumental, where no zero point is known). Next:"
            "  skyclass detect --image ngc1566/ngc1566_f555w.fits --out candidates.csv"
            "  skyclass classify --images-in ngc1566 --sources candidates.csv --out classes.reg"
        } \n]]
}

proc ::skyclass::verb_detect::run {arguments} {
    variable table
    variable own
    lassign [::skyclass::options parse $table $arguments] options words
    if {![dict exists $options image] && [llength $words] == 1} {
        dict set options image [lindex $words 0]
    } elseif {$words ne ""} {
        ::skyclass::options usage "\"[lindex $words 0]\" is not an option; name one image with\
            --image, and each output with an --out of its own"
    }
    foreach name {image out} {
        if {![dict exists $options $name] || [dict get $options $name] eq ""} {
            ::skyclass::options usage "--$name FILE is missing"
        }
    }
    ::skyclass::outputs check [dict get $options out] [list [dict get $options image]] image
    set settings {}
    dict for {name value} $options {
        if {$name ni $own} {
            lappend settings -$name $value
        }
    }
    set sources [Search [dict get $options image] [dict get $options plane] $settings]
    try {
        foreach file [dict get $options out] {
            $sources write $file [dict get $options coords]
        }
        SayZeroPoint $options
        return "[$sources count] sources in [join [dict get $options out] {, }]"
    } finally {
        $sources destroy
    }
}

# One line where the magnitudes have no zero point.
proc ::skyclass::verb_detect::SayZeroPoint {options} {
    set image [dict get $options image]
    set info [::skyclass::image info $image [dict get $options plane]]
    if {![dict exists $options zero-point] && [dict get $info zero_point magnitude] eq ""} {
        ::skyclass::say stderr "skyclass detect: $image: its header has no zero point (PHOTFLAM and\
            PHOTPLAM, PHOTMJSR, PHOTZPT, ...): mag is -2.5 log10(flux per second);\
            give --zero-point"
    }
}

# The sources of one image, as a list object; progress goes to the terminal.
proc ::skyclass::verb_detect::Search {image plane settings} {
    set bands [::skyclass::bands open [list [list $image $plane]]]
    try {
        set job [::skyclass::job detect $bands 0 {*}$settings \
            -command [list ::skyclass::verb_detect::OnProgress [file tail $image]]]
        $job wait
        ::skyclass::progress clear
        return [$job result]
    } finally {
        if {[info exists job]} {
            $job destroy
        }
        $bands destroy
    }
}

proc ::skyclass::verb_detect::OnProgress {label job strips} {
    if {$strips ne ""} {
        set status [$job status]
        ::skyclass::progress line [format "%s: searched %d of %d parts, %s left" $label \
            [dict get $status done] [dict get $status total] \
            [::skyclass::progress duration [dict get $status remaining]]]
    }
}
