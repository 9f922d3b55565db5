# The worker's own windows: progress, legend, messages and dialogs. Tk is loaded with the first one.
# The ask_ commands run in coroutines and wait there; closing a dialog raises {SKYCLASS CANCELLED}.
namespace eval ::skyclass::ds9::window {
    namespace export message follow changed refresh legend ask_bands ask_image ask_file ask_save ask_settings
    namespace ensemble create
    namespace path ::skyclass::ds9

    variable followed {}  ;# job whose progress is shown
    variable legend_of {} ;# frame whose legend is open
    variable slow_ms 400  ;# a job that is over sooner needs no progress window
    variable field        ;# values of the open dialogs
}

# ---- Common parts ----------------------------------------------------------------------------

proc ::skyclass::ds9::window::LoadTk {} {
    if {[info commands ::tk] ne {}} {
        return
    }
    package require Tk
    # Other programs on the display shall not send us code.
    rename ::send {}
    wm withdraw .
    ttk::style theme use clam
    set grey #e8e8e8
    ttk::style configure . -background $grey
    ttk::style configure TLabelframe -background $grey
    ttk::style configure Horizontal.TProgressbar -background #3a6ea5 -troughcolor #ffffff
    option add *Toplevel.background $grey
    option add *Canvas.background $grey
    option add *Canvas.highlightThickness 0
}

# A new window with a frame to fill, in the place of one with that name.
proc ::skyclass::ds9::window::Open {name title} {
    LoadTk
    destroy .$name
    toplevel .$name
    wm title .$name $title
    wm resizable .$name 0 0
    wm geometry .$name +[expr {[winfo screenwidth .] / 3}]+[expr {[winfo screenheight .] / 4}]
    return [Body .$name]
}

proc ::skyclass::ds9::window::Body {window} {
    pack [ttk::frame $window.body -padding 12] -fill both -expand 1
    return $window.body
}

# Buttons at the foot: {TEXT SCRIPT ...}; Return presses the first, Escape the last.
proc ::skyclass::ds9::window::Buttons {window buttons} {
    pack [ttk::frame $window.buttons -padding {12 0 12 12}] -fill x
    set i 0
    set paths {}
    foreach {text script} $buttons {
        set button $window.buttons.b[incr i]
        ttk::button $button -text $text -command $script
        lappend paths $button
    }
    foreach button [lreverse $paths] {
        pack $button -side right -padx {8 0}
    }
    bind $window <Return> [list [lindex $paths 0] invoke]
    bind $window <Escape> [list [lindex $paths end] invoke]
    wm protocol $window WM_DELETE_WINDOW [list [lindex $paths end] invoke]
    focus [lindex $paths 0]
}

# Waits in a coroutine for one of a dialog's buttons: OK returns, Cancel raises.
proc ::skyclass::ds9::window::Await {window {check {}}} {
    set resume [info coroutine]
    ::skyclass::worker::NextRunner
    Buttons $window [list OK [list $resume ok] Cancel [list $resume cancel]]
    while {[set answer [Pause]] eq {ok}} {
        if {$check eq {}} {
            return
        }
        try {
            {*}$check
            return
        } trap {SKYCLASS} {problem} {
            message $problem
        }
    }
    destroy $window
    return -code error -errorcode {SKYCLASS CANCELLED} "the dialog was closed"
}

# Waits for the user, who may take long, and leaves DS9 to others meanwhile.
proc ::skyclass::ds9::window::Pause {} {
    link unlock
    set answer [yield]
    link lock
    return $answer
}

proc ::skyclass::ds9::window::message {text} {
    if {[catch {Open message skyclass} body]} {
        # Without a display of our own DS9 has to show it.
        link tell {analysis text} [encoding convertto utf-8 "skyclass: $text\n"]
        return
    }
    pack [ttk::label $body.text -text [string toupper $text 0 0] -wraplength 420 -justify left]
    Buttons .message {OK {destroy .message}}
}

proc ::skyclass::ds9::window::Number {value} {
    while {[regsub {^(\d+)(\d{3})} $value {\1,\2} value]} {}
    return $value
}

# ---- Progress --------------------------------------------------------------------------------

proc ::skyclass::ds9::window::follow {job} {
    variable followed $job
    variable slow_ms
    after $slow_ms [namespace code [list OpenProgress $job]]
}

proc ::skyclass::ds9::window::OpenProgress {job} {
    variable followed
    if {$followed ne $job || $job ni [jobs running]} {
        return
    }
    set status [jobs status $job]
    set body [Open progress skyclass]
    pack [ttk::label $body.what -text "Classifying in frame [dict get $status frame]"] -anchor w
    pack [ttk::progressbar $body.bar -length 360 -maximum [dict get $status total]] -pady 8
    pack [ttk::label $body.text -text {}] -anchor w
    Buttons .progress [list Cancel [namespace code [list CancelProgress $job]]]
    changed $job
}

proc ::skyclass::ds9::window::CancelProgress {job} {
    catch {$job cancel}
    if {[winfo exists .progress]} {
        .progress.body.text configure -text {Stopping; what is done stays}
    }
}

# Called whenever a job has drawn something or is over.
proc ::skyclass::ds9::window::changed {job} {
    variable followed
    set status [jobs status $job]
    set running [expr {$job in [jobs running]}]
    if {!$running && [dict get $status state] eq {failed}} {
        message [dict get $status error]
    }
    RefreshCounts
    if {$job ne $followed || [info commands ::winfo] eq {} || ![winfo exists .progress]} {
        return
    }
    if {!$running} {
        destroy .progress
        return
    }
    .progress.body.bar configure -value [dict get $status done]
    .progress.body.text configure -text [format {%s of %s sources   %.0f a second   %s left} \
        [Number [dict get $status done]] [Number [dict get $status total]] \
        [dict get $status rate] [Duration [dict get $status remaining]]]
}

proc ::skyclass::ds9::window::Duration {seconds} {
    set seconds [expr {int(ceil($seconds))}]
    if {$seconds < 90} {
        return "$seconds s"
    }
    return [format {%d:%02d min} [expr {$seconds / 60}] [expr {$seconds % 60}]]
}

# ---- Legend ----------------------------------------------------------------------------------

# Classes with symbol, name and count; the ticks show and hide their markers.
proc ::skyclass::ds9::window::legend {frame} {
    variable legend_of $frame
    variable field
    set body [Open legend "skyclass, frame $frame"]
    wm geometry .legend +40+[expr {[winfo screenheight .] / 2}]
    set counts [layers counts $frame]
    set hidden [layers hidden $frame]
    set class 0
    foreach name [dict get [jobs model] classes] {
        incr class
        set field(show,$class) [expr {$class ni $hidden}]
        ttk::checkbutton $body.show$class -variable [namespace current]::field(show,$class) \
            -command [namespace code [list ShowClass $frame $class]]
        Symbol [canvas $body.symbol$class -width 20 -height 20] $class
        ttk::label $body.name$class -text "$class  $name"
        ttk::label $body.count$class -text [Number [dict get $counts $class]] -anchor e -width 8
        grid $body.show$class $body.symbol$class $body.name$class $body.count$class -sticky w -pady 1
        grid configure $body.count$class -sticky e -padx {16 0}
    }
    ttk::label $body.name0 -text {not classified} -foreground #606060
    ttk::label $body.count0 -text [Number [dict get $counts 0]] -anchor e -width 8 -foreground #606060
    grid x x $body.name0 $body.count0 -sticky w
    grid configure $body.count0 -sticky e
    Buttons .legend {Close {destroy .legend}}
}

proc ::skyclass::ds9::window::Symbol {canvas class} {
    set options [list -outline [::skyclass::style colour $class [settings get palette]] -width 2]
    switch -- [::skyclass::style shape $class] {
        circle { $canvas create oval 4 4 17 17 {*}$options }
        box - square { $canvas create rectangle 4 4 17 17 {*}$options }
        diamond { $canvas create polygon 10 2 18 10 10 18 2 10 -fill {} {*}$options }
        cross {
            set options [string map {-outline -fill} $options]
            $canvas create line 3 10 18 10 {*}$options
            $canvas create line 10 3 10 18 {*}$options
        }
        default {
            set options [string map {-outline -fill} $options]
            $canvas create line 4 4 17 17 {*}$options
            $canvas create line 4 17 17 4 {*}$options
        }
    }
}

proc ::skyclass::ds9::window::ShowClass {frame class} {
    variable field
    # Through the queue, so that it keeps its place among the commands.
    ::skyclass::worker::Queue [list [expr {$field(show,$class) ? {show} : {hide}}] $class]
}

# The legend after anything that changes what is shown.
proc ::skyclass::ds9::window::refresh {} {
    variable legend_of
    if {[info commands ::winfo] eq {} || ![winfo exists .legend]} {
        return
    }
    if {[layers exists $legend_of]} {
        legend $legend_of
    } else {
        destroy .legend
    }
}

proc ::skyclass::ds9::window::RefreshCounts {} {
    variable legend_of
    if {[info commands ::winfo] eq {} || ![winfo exists .legend] || ![layers exists $legend_of]} {
        return
    }
    dict for {class n} [layers counts $legend_of] {
        .legend.body.count$class configure -text [Number $n]
    }
}

# ---- Dialogs ---------------------------------------------------------------------------------

# A file for each band; what is known is filled in, what lies beside the image is proposed.
proc ::skyclass::ds9::window::ask_bands {info choice path} {
    variable field
    set specs [bands neighbours $info [dict get $choice bands] $path]
    set body [Open bands {skyclass: bands}]
    set known [expr {[llength [dict get $choice missing]] || [llength [dict get $choice ambiguous]]
        ? {Not every band could be found among the open images.} : {The bands of this image:}}]
    ttk::label $body.head -text "$known Each band needs its file, as FILE, FILE\[EXTENSION\] or\
        FILE,plane=N. The answer is remembered for this image." -wraplength 520 -justify left
    grid $body.head -columnspan 3 -sticky w -pady {0 8}
    set i 0
    foreach band [dict get $info bands] spec $specs {
        set field(band,$i) [expr {[llength $spec] == 2 ? "[lindex $spec 0],plane=[lindex $spec 1]" : [lindex $spec 0]}]
        ttk::label $body.label$i -text [bands label $band]
        ttk::entry $body.entry$i -width 52 -textvariable [namespace current]::field(band,$i)
        ttk::button $body.browse$i -text Browse... \
            -command [namespace code [list Browse field(band,$i) [file dirname $path]]]
        $body.entry$i xview end
        grid $body.label$i $body.entry$i $body.browse$i -sticky w -padx 3 -pady 2
        incr i
    }
    Await .bands [namespace code [list CheckBands $i]]
    destroy .bands
    return [BandFields $i]
}

proc ::skyclass::ds9::window::BandFields {n} {
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

proc ::skyclass::ds9::window::CheckBands {n} {
    set number 0
    foreach spec [BandFields $n] {
        incr number
        if {[lindex $spec 0] eq {}} {
            return -code error -errorcode {SKYCLASS BAD_INPUT} \
                "band $number has no file yet; choose one with Browse, or cancel"
        }
        ::skyclass::image info {*}$spec
    }
}

proc ::skyclass::ds9::window::Browse {variable directory} {
    variable field
    set file [tk_getOpenFile -title {Image of a band} -initialdir $directory \
        -filetypes {{FITS {.fits .fit .fts .gz .fz}} {{All files} *}}]
    if {$file ne {}} {
        set $variable $file
    }
}

# Which part of the image, and what counts as a source. Returns visible or image.
proc ::skyclass::ds9::window::ask_image {} {
    variable field
    set field(part) [settings get part]
    set body [Open image {skyclass: find sources}]
    ttk::radiobutton $body.visible -text {The visible part} -value visible \
        -variable [namespace current]::field(part)
    ttk::radiobutton $body.whole -text {The whole image} -value image -variable [namespace current]::field(part)
    grid $body.visible -columnspan 2 -sticky w
    grid $body.whole -columnspan 2 -sticky w -pady {0 8}
    Entries $body {
        threshold {Threshold above the background, in sigma}
        ci_min {Smallest concentration index, in magnitudes}
        fwhm_max {Largest FWHM, in pixels}
    }
    Await .image [namespace code {CheckNumbers {threshold ci_min fwhm_max}}]
    destroy .image
    settings put part $field(part)
    return $field(part)
}

proc ::skyclass::ds9::window::Entries {body labels} {
    variable field
    foreach {key text} $labels {
        set field($key) [settings get $key]
        ttk::label $body.label_$key -text $text
        ttk::entry $body.$key -width 10 -textvariable [namespace current]::field($key)
        grid $body.label_$key $body.$key -sticky w -padx 3 -pady 2
    }
}

# Takes the numbers of a dialog over into the settings.
proc ::skyclass::ds9::window::CheckNumbers {keys} {
    variable field
    foreach key $keys {
        if {![string is double -strict $field($key)] || $field($key) < 0} {
            return -code error -errorcode {SKYCLASS BAD_INPUT} \
                "\"$field($key)\" is not a number of 0 or more; please correct it"
        }
    }
    foreach key $keys {
        settings put $key $field($key)
    }
}

proc ::skyclass::ds9::window::ask_file {} {
    LoadTk
    return [Chosen tk_getOpenFile -title {Catalogue or region file} -initialdir [Directory] -filetypes {
        {{Catalogues and regions} {.reg .fits .csv .tsv .tab .txt .ecsv .dat .cat}} {{All files} *}}]
}

proc ::skyclass::ds9::window::ask_save {} {
    LoadTk
    return [Chosen tk_getSaveFile -title {Save results} -initialdir [Directory] \
        -initialfile skyclass.fits -defaultextension .fits -filetypes {
            {{FITS table} .fits} {CSV .csv} {ECSV .ecsv} {{DS9 regions} .reg} {{LEGUS table} .tab}}]
}

proc ::skyclass::ds9::window::Directory {} {
    set directory [settings get directory]
    return [expr {[file isdirectory $directory] ? $directory : [link ask cd]}]
}

proc ::skyclass::ds9::window::Chosen {args} {
    link unlock
    try {
        set file [{*}$args]
    } finally {
        link lock
    }
    if {$file eq {}} {
        return -code error -errorcode {SKYCLASS CANCELLED} "no file was chosen"
    }
    settings put directory [file dirname $file]
    return $file
}

# Model, looks, detection; and from here to the bands of the current image.
proc ::skyclass::ds9::window::ask_settings {} {
    variable field
    set name [settings get model]
    set field(model) [expr {$name eq {} ? {starcnet} : $name}]
    set field(palette) [settings get palette]
    set field(text) [settings get text]
    set body [Open settings {skyclass: model and bands}]
    ttk::label $body.label_model -text Model
    ttk::combobox $body.model -width 30 -textvariable [namespace current]::field(model) \
        -values [split [string trim [::skyclass::worker::Answer models]] \n]
    ttk::button $body.browse -text Browse... \
        -command [namespace code [list Browse field(model) [lindex [::skyclass::model_path] end]]]
    grid $body.label_model $body.model $body.browse -sticky w -padx 3 -pady 2
    ttk::label $body.label_palette -text Colours
    ttk::combobox $body.palette -width 30 -state readonly -values {starcnet safe} \
        -textvariable [namespace current]::field(palette)
    grid $body.label_palette $body.palette -sticky w -padx 3 -pady 2
    ttk::checkbutton $body.text -text {Write the score beside each marker} \
        -variable [namespace current]::field(text)
    grid x $body.text -sticky w -padx 3 -pady 2
    Entries $body {
        jobs {Threads (0 is one a core)}
        threshold {Detection threshold, in sigma}
        ci_min {Smallest concentration index, in magnitudes}
        fwhm_max {Largest FWHM, in pixels}
    }
    ttk::button $body.bands -text {Bands of this image...} \
        -command {::skyclass::worker::Queue {bands ask}}
    grid x $body.bands -sticky w -padx 3 -pady {8 2}
    Await .settings [namespace code ApplySettings]
    destroy .settings
    ::skyclass::worker::verb::Restyle
}

proc ::skyclass::ds9::window::ApplySettings {} {
    variable field
    jobs use_model $field(model)
    CheckNumbers {jobs threshold ci_min fwhm_max}
    settings put palette $field(palette)
    settings put text $field(text)
}
