# skyclass simulate: mock Hubble images with known classes.

namespace eval ::skyclass::verb_simulate {
    # Options that are settings of the mock sky under the same name (with - for _).
    variable table {
        o                  {value DIR
            help {directory for the images and the truth; made when missing}}
        seed               {value N default 1 help {the same seed and options give the same bytes}}
        name               {value NAME help {of the galaxy; file names begin with it}}
        random             {value {}
            help {draw the galaxy too from the seed: distance, inclination, background,\
                dust, crowding}}
        catalog            {value FILE
            help {a LEGUS catalogue: its sources at their places, with their magnitudes,\
                CI and class}}
        size               {value WxH help {pixels; 2000x2000 without --catalog}}
        sources            {value N help {sources aimed at}}
        distance           {value MPC help {distance in Mpc, 3 to 18}}
        inclination        {value DEG help {of the disc; 0 is face on}}
        surface-brightness {value MAG help {of the disc's middle, V mag/arcsec^2}}
        star-density       {value N help {field stars brighter than V = 26 in 1,000 square pixels}}
        arms               {value N help {spiral arms; 0 is a dwarf irregular}}
        dust               {value MAG help {A_V of the thickest lanes}}
        limit              {value MAG help {faintest V magnitude of a catalogued source}}
        jobs               {value N default 0 help {threads; 0 is one a core}}
    }
    variable settings {seed name distance inclination surface-brightness star-density\
        arms dust limit}
}

proc ::skyclass::verb_simulate::help {} {
    variable table
    return [::skyclass::options help "skyclass simulate -o DIR ?options?" \
        "Makes a simulated galaxy as LEGUS would see it: five images (F275W F336W F438W F555W F814W,
0.04 arcsec a pixel, electrons/s), and a catalogue whose last-but-five column is the true class." \
        $table [join {
            "Written: NAME_f275w.fits ... NAME_f814w.fits, NAME.tab (columns of a LEGUS catalogue),"
            "NAME_truth.fits (what was put in). Example:"
            "  skyclass simulate -o mock --seed 7 --distance 10"
            "  skyclass simulate -o mock1566 --catalog ngc1566.tab --name NGC1566 --distance 17.9"
            "  skyclass classify --images-in mock --sources mock/MOCK.tab --out mock/classes.reg"
        } \n]]
}

proc ::skyclass::verb_simulate::run {arguments} {
    variable table
    lassign [::skyclass::options parse $table $arguments] options words
    if {![dict exists $options o]} {
        ::skyclass::options usage "-o DIR is missing: where the images go"
    }
    if {$words ne ""} {
        ::skyclass::options usage "\"[lindex $words 0]\" is not an option"
    }
    set directory [dict get $options o]
    set choices [Choices $options]
    if {[dict exists $options catalog]} {
        ::skyclass::outputs check [Written $directory [dict get $choices name]] \
            [list [dict get $options catalog]] catalogue
    }
    file mkdir $directory
    set n [::skyclass::finish [::skyclass::job simulate $choices $directory \
        -command ::skyclass::verb_simulate::OnProgress]]
    return "$n sources in five bands, in $directory"
}

proc ::skyclass::verb_simulate::OnProgress {job items} {
    set status [$job status]
    ::skyclass::progress line "stage [dict get $status done] of [dict get $status total]"
}

proc ::skyclass::verb_simulate::Written {directory name} {
    return [lmap ending {.tab _truth.fits _f275w.fits _f336w.fits _f438w.fits _f555w.fits\
        _f814w.fits} {
        file join $directory $name$ending
    }]
}

# The mock's settings from the options.
proc ::skyclass::verb_simulate::Choices {options} {
    variable settings
    if {[dict exists $options catalog]} {
        if {[dict get $options random] || [dict exists $options size]} {
            ::skyclass::options usage "--catalog gives the size and the places; leave out\
                --random and --size"
        }
        set choices [::skyclass::mock settings -catalog [dict get $options catalog]]
    } elseif {[dict get $options random]} {
        set choices [::skyclass::mock settings -draw [dict get $options seed]]
    } else {
        set choices [::skyclass::mock settings]
    }
    foreach name $settings {
        if {[dict exists $options $name]} {
            dict set choices [string map {- _} $name] [dict get $options $name]
        }
    }
    if {![dict exists $options catalog]} {
        set size [expr {[dict exists $options size] ? [dict get $options size] : "2000x2000"}]
        if {![regexp {^(\d+)x(\d+)$} $size -> width height]} {
            ::skyclass::options usage "--size takes WIDTHxHEIGHT, as in 2000x1500, not \"$size\""
        }
        dict set choices width $width
        dict set choices height $height
    }
    dict set choices n_threads [dict get $options jobs]
    if {[dict exists $options sources]} {
        dict set choices n_sources [dict get $options sources]
    }
    return $choices
}
