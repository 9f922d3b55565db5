# Questions to the user. The ask_ commands run in coroutines and wait there, with DS9 left to others
# meanwhile; closing a dialog raises {SKYCLASS CANCELLED}.
namespace eval ::skyclass::ds9::dialog {
    namespace export ask_bands ask_image ask_file ask_save ask_settings
    namespace ensemble create
    namespace path ::skyclass::ds9

    variable field ;# values of the open dialogs
    variable choosing 0 ;# is a file being chosen?
    variable palettes {starcnet {StarcNet's: red, green, blue, yellow} safe {For colour-blind eyes}}
}

# Waits in a coroutine for one of a dialog's buttons: OK returns, Cancel raises.
proc ::skyclass::ds9::dialog::Await {window {check {}}} {
    set resume [info coroutine]
    events tell waiting
    window buttons $window [list OK [list $resume ok] Cancel [list $resume cancel]]
    window on_top $window
    while {[set answer [Pause]] eq {ok}} {
        if {$check eq {}} {
            return
        }
        try {
            {*}$check
            return
        } trap {SKYCLASS} {problem} {
            window message $problem
        }
    }
    destroy $window
    return -code error -errorcode {SKYCLASS CANCELLED} "the dialog was closed"
}

# Waits for the user, who may take long, and leaves DS9 to others meanwhile.
proc ::skyclass::ds9::dialog::Pause {} {
    link unlock
    set answer [yield]
    link lock
    return $answer
}

# A file for each band; what is known is filled in, what lies beside the image is proposed.
proc ::skyclass::ds9::dialog::ask_bands {info choice path} {
    variable field
    set specs [bands neighbours $info [dict get $choice bands] $path]
    set body [window create bands {skyclass: bands}]
    ttk::label $body.head -text "[Known $choice] Each band needs its file, as FILE,\
        FILE\[EXTENSION\] or FILE,plane=N. The answer is remembered for this image." \
        -wraplength 520 -justify left
    grid $body.head -columnspan 3 -sticky w -pady {0 8}
    set open [lmap one [dict get $choice open] {join [dict get $one spec] ,plane=}]
    set i 0
    foreach band [dict get $info bands] spec $specs {
        set field(band,$i) [join $spec ,plane=]
        ttk::label $body.label$i -text [bands label $band]
        ttk::combobox $body.entry$i -width 52 -values $open \
            -textvariable [namespace current]::field(band,$i)
        ttk::button $body.browse$i -text Browse... \
            -command [namespace code [list Browse field(band,$i) [file dirname $path]]]
        $body.entry$i xview end
        grid $body.label$i $body.entry$i $body.browse$i -sticky w -padx 3 -pady 2
        incr i
    }
    Await .bands [namespace code [list CheckBands $info]]
    destroy .bands
    return [BandFields $i]
}

# What the open images have told of the bands.
proc ::skyclass::ds9::dialog::Known {choice} {
    dict with choice {}
    set known {}
    if {[llength $missing]} {
        append known "No open image serves [join $missing {, }]. "
    }
    if {[llength $ambiguous]} {
        append known "Several open images could be [join $ambiguous {, }]: choose one. "
    }
    return [expr {$known eq {} ? {The bands of this image.} : [string trim $known]}]
}

proc ::skyclass::ds9::dialog::BandFields {n} {
    variable field
    set specs {}
    for {set i 0} {$i < $n} {incr i} {
        if {[regexp {^(.*),plane=(\d+)$} $field(band,$i) -> file plane]} {
            lappend specs [list $file $plane]
        } else {
            lappend specs [list $field(band,$i)]
        }
    }
    return $specs
}

proc ::skyclass::ds9::dialog::CheckBands {info} {
    set wanted [dict get $info bands]
    foreach band $wanted spec [BandFields [llength $wanted]] {
        if {[lindex $spec 0] eq {}} {
            return -code error -errorcode {SKYCLASS BAD_INPUT} \
                "the band [dict get $band role] has no file yet; choose one with Browse, or cancel"
        }
        ::skyclass::image info {*}$spec
    }
}

proc ::skyclass::ds9::dialog::Browse {variable directory} {
    variable field
    set file [tk_getOpenFile -title {Image of a band} -initialdir $directory \
        -filetypes {{FITS {.fits .fit .fts .gz .fz}} {{All files} *}}]
    if {$file ne {}} {
        set $variable $file
    }
}

# Which part of the image, and what counts as a source. Returns visible or image.
proc ::skyclass::ds9::dialog::ask_image {} {
    variable field
    set field(part) [settings get part]
    set body [window create image {skyclass: find sources}]
    ttk::radiobutton $body.visible -text {The visible part} -value visible \
        -variable [namespace current]::field(part)
    ttk::radiobutton $body.whole -text {The whole image} -value image \
        -variable [namespace current]::field(part)
    grid $body.visible -columnspan 2 -sticky w
    grid $body.whole -columnspan 2 -sticky w -pady {0 8}
    Entries $body {
        threshold {Threshold above the background, in sigma}
        ci_min {Smallest concentration index, in magnitudes (stars lie below)}
        fwhm_max {Largest FWHM, in pixels}
    }
    ttk::button $body.defaults -text {Default values} \
        -command [namespace code {Defaults {threshold ci_min fwhm_max}}]
    grid x $body.defaults -sticky w -padx 3 -pady {4 0}
    Await .image [namespace code {CheckNumbers {threshold ci_min fwhm_max}}]
    destroy .image
    settings put part $field(part)
    return $field(part)
}

proc ::skyclass::ds9::dialog::Entries {body labels} {
    variable field
    foreach {key text} $labels {
        set field($key) [settings get $key]
        ttk::label $body.label_$key -text $text
        ttk::entry $body.$key -width 10 -textvariable [namespace current]::field($key)
        grid $body.label_$key $body.$key -sticky w -padx 3 -pady 2
    }
}

proc ::skyclass::ds9::dialog::Defaults {keys} {
    variable field
    foreach key $keys {
        set field($key) [settings default $key]
    }
}

# Takes the numbers of a dialog over into the settings.
proc ::skyclass::ds9::dialog::CheckNumbers {keys} {
    variable field
    foreach key $keys {
        set problem [settings problem $key $field($key)]
        if {$problem ne {}} {
            return -code error -errorcode {SKYCLASS BAD_INPUT} "$problem; please correct it"
        }
    }
    foreach key $keys {
        settings put $key $field($key)
    }
}

proc ::skyclass::ds9::dialog::ask_file {} {
    window load_tk
    return [Chosen tk_getOpenFile -title {Catalogue or region file} -initialdir [Directory] \
        -filetypes {
        {{Catalogues and regions} {.reg .fits .csv .tsv .tab .txt .ecsv .vot .dat .cat .coo .mag}} \
            {{All files} *}}]
}

proc ::skyclass::ds9::dialog::ask_save {} {
    window load_tk
    return [Chosen tk_getSaveFile -title {Save results} -initialdir [Directory] \
        -initialfile skyclass.fits -defaultextension .fits -filetypes {
            {{FITS table} .fits} {CSV .csv} {ECSV .ecsv} {VOTable .vot} {{DS9 regions} .reg} \
                {{LEGUS table} .tab}}]
}

proc ::skyclass::ds9::dialog::Directory {} {
    set directory [settings get directory]
    return [expr {[file isdirectory $directory] ? $directory : [link ask cd]}]
}

# One at a time: Tk has one such window. It holds nothing else up.
proc ::skyclass::ds9::dialog::Chosen {args} {
    variable choosing
    if {$choosing} {
        return -code error -errorcode {SKYCLASS CANCELLED} "another file is being chosen"
    }
    set choosing 1
    events tell waiting
    link unlock
    after 200 {catch {wm attributes .__tk_filedialog -topmost 1}}
    try {
        set file [{*}$args]
    } finally {
        set choosing 0
        link lock
    }
    if {$file eq {}} {
        return -code error -errorcode {SKYCLASS CANCELLED} "no file was chosen"
    }
    settings put directory [file dirname $file]
    return $file
}

# Model, looks, detection; and from here to the bands of the current image.
proc ::skyclass::ds9::dialog::ask_settings {} {
    variable field
    set name [settings get model]
    set field(model) [expr {$name eq {} ? {starcnet} : $name}]
    variable palettes
    set field(palette) [dict get $palettes [settings get palette]]
    set field(text) [settings get text]
    set view [model view]
    set field(view) [expr {$view eq {} ? {all} : $view}]
    set body [window create settings {skyclass: model and bands}]
    ttk::label $body.label_model -text Model
    ttk::combobox $body.model -width 30 -textvariable [namespace current]::field(model) \
        -values [::skyclass::model_names]
    ttk::button $body.browse -text Browse... \
        -command [namespace code [list Browse field(model) [lindex [::skyclass::model_path] end]]]
    grid $body.label_model $body.model $body.browse -sticky w -padx 3 -pady 2
    ttk::label $body.label_palette -text Colours
    ttk::combobox $body.palette -width 30 -state readonly -values [dict values $palettes] \
        -textvariable [namespace current]::field(palette)
    grid $body.label_palette $body.palette -sticky w -padx 3 -pady 2
    ttk::label $body.label_view -text {Classes shown}
    ttk::combobox $body.view -width 30 -state readonly \
        -textvariable [namespace current]::field(view) -postcommand [namespace code {Views}]
    grid $body.label_view $body.view -sticky w -padx 3 -pady 2
    ttk::checkbutton $body.text -text {Write the score beside each marker} \
        -variable [namespace current]::field(text)
    grid x $body.text -sticky w -padx 3 -pady 2
    Entries $body {
        jobs {Threads (0 is one a core)}
        threshold {Detection threshold, in sigma}
        ci_min {Smallest concentration index, in magnitudes}
        fwhm_max {Largest FWHM, in pixels}
        snap {Pixels from pointer or crosshair to the source (0: the exact pixel)}
    }
    ttk::button $body.bands -text {Bands of this image...} \
        -command [namespace code {events tell command {bands ask}}]
    grid x $body.bands -sticky w -padx 3 -pady {8 2}
    if {[model caution] ne {}} {
        ttk::label $body.caution -text [model caution] -wraplength 560 -justify left
        grid $body.caution -columnspan 3 -sticky w -padx 3 -pady {8 0}
    }
    # The keyboard comes to it last.
    raise $body.view
    Await .settings [namespace code ApplySettings]
    destroy .settings
}

# The views of the model that is in the dialog.
proc ::skyclass::ds9::dialog::Views {} {
    variable field
    set names {}
    catch {
        set model [::skyclass::open_models [::skyclass::find_models $field(model)]]
        set names [dict keys [dict get [$model info] views]]
        $model destroy
    }
    .settings.body.view configure -values [list all {*}$names]
}

proc ::skyclass::ds9::dialog::ApplySettings {} {
    variable field
    variable palettes
    model use $field(model)
    CheckNumbers {jobs threshold ci_min fwhm_max snap}
    settings put palette [lindex [dict keys [dict filter $palettes value $field(palette)]] 0]
    settings put text $field(text)
    set view [expr {$field(view) eq {all} ? {} : $field(view)}]
    model check_view $view
    settings put view $view
}
