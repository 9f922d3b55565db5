# skyclass explain: what a model looked at when it gave a source its class.

namespace eval ::skyclass::verb_explain {
    variable table {
        model     {value NAME|FILE default starcnet help {bundled name or model file}}
        sources   {value FILE help {source list: region file, LEGUS .tab, CSV, FITS table ...}}
        columns   {value ROLE=COLUMN,... help {which columns of the list are id, x, y, ra, dec}}
        where     {value EXPR
            help {only sources whose columns fulfil it, as "g < 21 and flag == ''"}}
        reference {value BAND|FILE help {the image whose pixels the list's x, y are}}
        out       {value FILE|DIR help {one FITS file, or a directory with a file for each source}}
        image     {value FILE many 1 help {images in the model's band order, or one cube}}
        bands     {value BAND=FILE,... help {images by band, in any order}}
        images-in {value DIR help {directory with the images; bands are recognised by filter}}
        method    {value NAME choices {gradcam guided guided-gradcam gradient occlusion}\
            default gradcam
            help {how to ask: see below}}
        class     {value N default 0 help {class to explain; 0: the one that each source is given}}
        layer     {value NAME default {}
            help {layer whose maps Grad-CAM looks at; the last by default}}
        patch     {value N default 0
            help {occlusion: side of the square in pixels; 0: a sixth of the cutout}}
        stride    {value N default 0
            help {occlusion: pixels from square to square; 0: half a square}}
        each-band {value {} help {occlusion: cover one band at a time, a plane for each}}
        centre    {value RULE choices {model truncate nearest} default model
            help {pixel a cutout is centred on, as classify has it}}
        as-is     {value {} help {take pixels as they stand, as classify has it}}
        jobs      {value N default 0 help {threads; 0 is one a core}}
    }
}

proc ::skyclass::verb_explain::help {} {
    variable table
    return [::skyclass::options help \
        "skyclass explain --sources FILE --images-in DIR --out FILE|DIR ?options?" \
        "Makes a picture of what counted for a source's class, on the pixels of its cutout." \
        $table [join {
            "gradcam         where in the cutout the class was seen: 0 to 1 (Selvaraju et al. 2017)"
            "guided          which pixels spoke for it, band by band (guided backpropagation,"
            "                Springenberg et al. 2015); gradient: the plain gradient of the logit"
            "guided-gradcam  the product of both"
            "occlusion       how far the score falls when a square is covered by the\
                local background;"
            "                needs no look into the model, and takes some hundred runs a source"
            ""
            "Each map is a FITS image with the field's WCS, so that it lies on the image in\
                DS9; its header"
            "has the id, the class, the class explained, the scores and the method. Into\
                one FILE several"
            "sources go as extensions; into a DIR (one that is there, or a name that ends\
                in /) each as"
            "ID.fits. An ensemble's map is the mean of its members'. Example:"
            "  skyclass explain --images-in ngc1566 --sources doubtful.reg --out maps/"
        } \n]]
}

proc ::skyclass::verb_explain::run {arguments} {
    variable table
    lassign [::skyclass::options parse $table $arguments] options words
    if {$words ne ""} {
        ::skyclass::options usage "\"[lindex $words 0]\" is no option"
    }
    foreach {name value what} {sources FILE "the sources to explain" out FILE|DIR\
        "where the maps go"} {
        if {![dict exists $options $name]} {
            ::skyclass::options usage "--$name $value is missing: $what"
        }
    }
    set path [::skyclass::find_model [dict get $options model]]
    set images [::skyclass::bandfiles way $options]
    set model [::skyclass::model open $path -centre [dict get $options centre] \
        -as-is [dict get $options as-is]]
    try {
        set files [::skyclass::bandfiles find [$model info] $images]
        set inputs [concat [list $path [dict get $options sources]] \
            [lmap file $files {lindex $file 0}]]
        return [Explain $model $files $inputs $options]
    } finally {
        $model destroy
    }
}

proc ::skyclass::verb_explain::Explain {model files inputs options} {
    set list [dict get $options sources]
    try {
        set bands [::skyclass::bands open $files]
        set sources [::skyclass::lists read explain $list $options]
        ::skyclass::lists locate explain $list $sources $bands [$model info] $files $options
        set explanation [::skyclass::finish [::skyclass::job explain $model $bands $sources \
            {*}[Settings $options] -command [list ::skyclass::verb_explain::OnProgress $list]]]
        foreach line [::skyclass::band_messages [$model info] $files [$bands notes]] {
            ::skyclass::say stderr "skyclass explain: $list: $line"
        }
        return [Write $explanation [dict get $options out] $inputs]
    } finally {
        foreach object {explanation bands sources} {
            if {[info exists $object]} {
                [set $object] destroy
            }
        }
    }
}

proc ::skyclass::verb_explain::Settings {options} {
    set settings [list -each_band [dict get $options each-band]]
    foreach name {method class layer patch stride jobs} {
        lappend settings -$name [dict get $options $name]
    }
    return $settings
}

proc ::skyclass::verb_explain::OnProgress {label job items} {
    ::skyclass::progress show [file tail $label] [$job status]
}

# Returns what the command line prints. Sources that were not classified have no map; that is said.
proc ::skyclass::verb_explain::Write {explanation out inputs} {
    set explained {}
    set left {}
    for {set i 0} {$i < [$explanation count]} {incr i} {
        set source [$explanation source $i]
        if {[dict get $source explains] > 0} {
            dict set explained $i $source
        } else {
            lappend left "[dict get $source id] ([dict get $source flag])"
        }
    }
    set n [dict size $explained]
    if {$n == 0} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "none of the sources could be classified, so there is no map:\
            [join [lrange $left 0 9] {, }]"
    }
    set written [WriteMaps $explanation $explained $out $inputs]
    return "$n map[expr {$n == 1 ? "" : "s"}] written to $written[expr {
        $left eq "" ? "" : "; without one: [join [lrange $left 0 9] {, }][expr {
            [llength $left] > 10 ? " and [expr {[llength $left] - 10}] more" : ""}]"}]"
}

proc ::skyclass::verb_explain::WriteMaps {explanation explained out inputs} {
    if {![file isdirectory $out] && [string index $out end] ne "/"} {
        ::skyclass::outputs check [list $out] $inputs "input"
        file mkdir [file dirname $out]
        $explanation write $out {*}[dict keys $explained]
        return $out
    }
    set files [Names $explained $out]
    ::skyclass::outputs check [dict values $files] $inputs "input"
    file mkdir $out
    dict for {i file} $files {
        $explanation write $file $i
    }
    return $out
}

# Source's number -> ID.fits in the directory. What a file's name cannot be, and an id that comes
# twice, is told apart by the source's number, from 1.
proc ::skyclass::verb_explain::Names {explained directory} {
    set files {}
    set taken {}
    dict for {i source} $explained {
        set name [regsub -all {[^A-Za-z0-9._+-]+} [dict get $source id] _]
        if {$name eq "" || [string index $name 0] eq "." || [dict exists $taken $name]} {
            set name "${name}_[expr {$i + 1}]"
        }
        dict set taken $name {}
        dict set files $i [file join $directory [string trimleft $name .].fits]
    }
    return $files
}
