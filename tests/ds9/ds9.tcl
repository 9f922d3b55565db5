# A real DS9 for the tests: on a display, in a home and with XPA sockets of its own, so that no
# other DS9 is disturbed and nothing is left behind. The plugin under test is the one in
# $SKYCLASS_BUILD.
package require Tcl 8.6-
package require tcltest 2.5
source -encoding utf-8 [file join [file dirname [file normalize [info script]]] fits.tcl]

fconfigure stdout -buffering line
namespace eval ds9 {
    variable build [file normalize [expr {[info exists ::env(SKYCLASS_BUILD)]
        ? $::env(SKYCLASS_BUILD) : {build}}]]
    variable source [file normalize [file join [file dirname [info script]] .. ..]]
    variable home {}      ;# everything of this run
    variable xvfb {}      ;# process number
    variable started {}   ;# DS9 name -> process number
    variable current ds9  ;# the one that is asked
    variable menu_file [file join $build skyclass.ds9] ;# "": DS9 finds the menu, or not
}

# ---- Surroundings ----------------------------------------------------------------------------

proc ds9::setup {{method local}} {
    variable build
    variable home
    variable xvfb
    variable source
    global env
    variable surroundings [array get env]
    set home [file normalize [exec mktemp -d]]
    foreach name {home tmp runtime config work} {
        file mkdir [file join $home $name]
        file attributes [file join $home $name] -permissions 0o700
    }
    array set env [list HOME [file join $home home] TMPDIR [file join $home tmp] \
        XPA_TMPDIR [file join $home tmp] XPA_METHOD $method \
        XDG_RUNTIME_DIR [file join $home runtime] XDG_CONFIG_HOME [file join $home config]]
    if {![info exists env(SKYCLASS_MODELS)]} {
        set env(SKYCLASS_MODELS) [file join $source models]
    }
    if {$method ne {local}} {
        # A name server of our own, away from the usual port.
        set env(XPA_NSINET) "localhost:[expr {20000 + [pid] % 20000}]"
    }
    lassign [chan pipe] reader writer
    if {[info exists env(SKYCLASS_DISPLAY)]} {
        set xvfb [exec Xvfb $env(SKYCLASS_DISPLAY) -screen 0 1280x1000x24 \
            -nolisten tcp >& /dev/null &]
        set env(DISPLAY) $env(SKYCLASS_DISPLAY)
        after 800
    } else {
        set xvfb [exec Xvfb -displayfd 1 -screen 0 1280x1000x24 -nolisten tcp >@ $writer \
            2> /dev/null &]
        set env(DISPLAY) :[gets $reader]
    }
    close $writer
    close $reader
    cd [file join $home work]
}

proc ds9::cleanup {} {
    global env
    variable home
    variable xvfb
    variable started
    set workers {}
    foreach name [dict keys $started] {
        use $name
        lappend workers {*}[workers]
        stop $name
    }
    # They look twice a second whether their DS9 is there.
    catch {wait_for {![llength $workers] || [catch {exec kill -0 {*}$workers}]} 3000}
    # The name server that our DS9 started is the only other process with our sockets.
    catch {exec xpaset -p xpans -exit >& /dev/null}
    Kill $xvfb
    cd /
    variable surroundings
    foreach name [array names env] {
        if {![dict exists $surroundings $name]} {
            unset env($name)
        }
    }
    array set env $surroundings
    if {[tcltest::verbose] ne {} && [file exists [WorkerLog]] && [file size [WorkerLog]]} {
        set channel [open [WorkerLog]]
        puts "worker.log:\n[::read $channel]"
        close $channel
    }
    # The name server takes a moment to remove its socket.
    while {[catch {file delete -force $home}] && [incr tries] < 20} {
        after 100
    }
}

proc ds9::WorkerLog {} {
    variable home
    return [file join $home runtime skyclass worker.log]
}

proc ds9::Kill {pid {signal TERM}} {
    catch {exec kill -$signal $pid}
}

# ---- DS9 -------------------------------------------------------------------------------------

# Starts a DS9 with that title and waits until it answers.
proc ds9::start {name args} {
    variable menu_file
    variable started
    variable current $name
    set menu [expr {$menu_file eq {} ? {} : [list -analysis $menu_file]}]
    # The magnifier would show markers a second time.
    set pid [exec ds9 -title $name -geometry 900x800+0+0 -view magnifier no {*}$menu {*}$args \
        >& /dev/null &]
    dict set started $name $pid
    wait_for {![catch {get version}]} 30000
    # DS9 8.6 and newer answer while they still load.
    set files [lsearch -all -inline -glob $args *.fits]
    wait_for {[llength [get {frame all}]] >= max(1, [llength $files])} 15000
    if {[llength $files]} {
        wait_for {[get {frame has fits}] eq {yes}\
            && [file tail [get file]] eq [file tail [lindex $files end]]} 15000
    }
    return $pid
}

# Starts the worker of the current DS9 without its menu.
proc ds9::start_worker {{directory {}}} {
    variable build
    variable current
    variable started
    set ::env(SKYCLASS_DS9_PID) [dict get $started $current]
    exec [file join [expr {$directory eq {} ? $build : $directory}] skyclass-ds9] start
    unset ::env(SKYCLASS_DS9_PID)
}

proc ds9::stop {name {signal KILL}} {
    variable started
    Kill [dict get $started $name] $signal
    dict unset started $name
}

proc ds9::use {name} {
    variable current $name
}

# A DS9 is addressed by its title, or, where XPA cannot, by its socket.
proc ds9::Address {} {
    variable current
    variable started
    global env
    if {$env(XPA_METHOD) eq {local}} {
        return [lindex [glob -nocomplain -directory $env(XPA_TMPDIR) \
            *.[dict get $started $current]] 0]
    }
    return DS9:$current
}

proc ds9::get {parameters} {
    return [string trim [exec -ignorestderr timeout 20 xpaget [Address] {*}$parameters 2>@1]]
}

proc ds9::tell {parameters {data {}}} {
    if {$data eq {}} {
        exec timeout 20 xpaset -p [Address] {*}$parameters
    } else {
        exec timeout 20 xpaset [Address] {*}$parameters << $data
    }
    return
}

# The same with bytes instead of text.
proc ds9::send_bytes {parameters bytes} {
    set channel [open |[list timeout 20 xpaset [Address] {*}$parameters] wb]
    puts -nonewline $channel $bytes
    close $channel
}

# Requests to the worker as another program makes them; errors are raised with the worker's words.
proc ds9::skyclass {args} {
    if {[catch {exec timeout 60 xpaset -p skyclass {*}$args 2>@1} message]} {
        error [regsub { \([^ ]*:skyclass .*$} [regsub {^XPA\$ERROR\s*} $message {}] {}]
    }
}

proc ds9::ask {question} {
    return [string trim [exec timeout 20 xpaget skyclass $question 2>@1]]
}

# A line of `xpaget skyclass status`; without a key the first one.
proc ds9::status {{key {}}} {
    set lines [split [ask status] \n]
    if {$key eq {}} {
        return [lindex $lines 0]
    }
    return [regsub {^\S+ ?} [lsearch -inline -glob $lines "$key *"] {}]
}

# Chooses an entry of the menu, as a click does.
proc ds9::menu {entry} {
    tell [list analysis task "{$entry}"]
}

# Waits until a condition, looked at in the caller's scope, holds; an error when it never does.
proc ds9::wait_for {condition {ms 15000}} {
    set end [expr {[clock milliseconds] + $ms}]
    while {![uplevel 1 [list expr $condition]]} {
        if {[clock milliseconds] > $end} {
            error "waited $ms ms in vain for $condition"
        }
        after 20
    }
}

# Runs a job to its end and returns its state.
proc ds9::finish {} {
    wait_for {[status] in {done cancelled failed}} 60000
    return [status]
}

# ---- What DS9 shows --------------------------------------------------------------------------

# The region lines of the current frame, in image coordinates.
proc ds9::regions {{system image}} {
    return [lmap line [split [get "regions -format ds9 -system $system"] \n] {
        if {[regexp {^(# Region|global|image|physical|fk5|icrs)} $line]} continue
        set line
    }]
}

proc ds9::tagged {tag} {
    return [lsearch -all -inline -glob [regions] "*tag={$tag}*"]
}

# The screen as bytes, three a pixel, all of it or a WIDTHxHEIGHT+X+Y piece.
proc ds9::Pixels {{piece {}} {window root}} {
    variable home
    set path [file join $home screen.rgb]
    exec import -window $window {*}[expr {$piece eq {} ? {} : [list -crop $piece +repage]}] \
        -depth 8 rgb:$path
    return [Bytes $path]
}

proc ds9::Bytes {path} {
    set channel [open $path rb]
    set bytes [::read $channel]
    close $channel
    return $bytes
}

# The colours that occur on the screen within `reach` pixels of a position of the current image.
proc ds9::colours_at {x y {reach 14}} {
    lassign [screen_position $x $y] u v
    set side [expr {2 * $reach}]
    return [Colours [Pixels ${side}x${side}+[expr {$u - $reach}]+[expr {$v - $reach}]]]
}

proc ds9::Colours {bytes} {
    binary scan $bytes H* digits
    return [lsort -unique [lmap colour [regexp -all -inline {.{6}} $digits] \
        {string toupper #$colour}]]
}

# What the window with a title shows: its bytes, and the colours that occur.
proc ds9::picture {title} {
    exec xdotool windowraise [window $title]
    after 100
    return [Pixels {} [window $title]]
}

proc ds9::colours_of {title} {
    return [Colours [picture $title]]
}

# The markers that are not on the screen in the colour that their region line has. For a frame that
# is shown upright.
proc ds9::unseen {} {
    variable home
    # As DS9 draws them; it leaves the default, green, out of its lines. Debian's green is
    # limegreen, upstream's is lime.
    set named {red #FF0000 green {#32CD32 #00FF00} blue #0000FF yellow #FFFF00 white #FFFFFF}
    lassign [screen_position 60 60] u0 v0
    lassign [screen_position 140 140] u1 v1
    Pixels
    set wrong {}
    foreach line [tagged skyclass] {
        regexp {^-?\w+\(([0-9.]+),([0-9.]+)} $line -> x y
        set u [expr {round($u0 + ($x - 60) * ($u1 - $u0) / 80.0) - 14}]
        set v [expr {round($v0 + ($y - 60) * ($v1 - $v0) / 80.0) - 14}]
        set colour green
        regexp {color=(\S+)} $line -> colour
        set rgb [string toupper [expr {[dict exists $named $colour]
            ? [dict get $named $colour] : $colour}]]
        exec convert -size 1280x1000 -depth 8 rgb:[file join $home screen.rgb] \
            -crop 28x28+$u+$v +repage rgb:[file join $home piece.rgb]
        set seen [Colours [Bytes [file join $home piece.rgb]]]
        if {![llength [lmap one $rgb {expr {$one in $seen ? $one : [continue]}}]]} {
            lappend wrong $line
        }
    }
    return $wrong
}

# Where an image position is on the screen: a spot of a colour that nothing else has shows it, as
# soon as DS9 has drawn it.
proc ds9::screen_position {x y} {
    tell {regions -format ds9} "image\ncircle($x,$y,1) # color=#fe01fd width=3 tag={spot}\n"
    for {set tries 0; set n 0} {$n == 0 && $tries < 200} {incr tries} {
        after 100
        set bytes [Pixels]
        set at -1
        while {[set at [string first \xfe\x01\xfd $bytes [incr at]]] >= 0} {
            if {$at % 3 == 0} {
                incr n
                incr sum_u [expr {$at / 3 % 1280}]
                incr sum_v [expr {$at / 3 / 1280}]
            }
        }
    }
    tell {regions group spot delete}
    after 100
    if {$n == 0} {
        error "image position $x $y is not on the screen"
    }
    return [list [expr {round(double($sum_u) / $n)}] [expr {round(double($sum_v) / $n)}]]
}

# Moves the pointer there.
proc ds9::point_at {x y} {
    exec xdotool mousemove {*}[screen_position $x $y]
    after 100
}

# The X window with a title (a regular expression), "" when there is none.
proc ds9::window {title} {
    if {[catch {exec xdotool search --onlyvisible --name "^$title\$" 2> /dev/null} ids]} {
        return {}
    }
    return [lindex $ids 0]
}

# Presses keys in a window: {type TEXT} writes, anything else is the name of a key.
proc ds9::keys {title args} {
    wait_for {[window $title] ne {}}
    exec xdotool windowfocus --sync [window $title]
    foreach key $args {
        if {[lindex $key 0] eq {type}} {
            exec xdotool type -- [lindex $key 1]
        } else {
            exec xdotool key $key
        }
        after 30
    }
}

# Waits until a window has gone.
proc ds9::gone {title} {
    wait_for {[window $title] eq {}}
}

# Presses a key (Escape: cancel, Return: OK) in the window with a title.
proc ds9::close_window {title {key Escape}} {
    set id [window $title]
    if {$id ne {}} {
        catch {exec xdotool windowfocus --sync $id}
        exec xdotool key $key
    }
}

# What a text window of DS9 says, marked and read off as a user would.
proc ds9::text_of {title} {
    set id [window $title]
    exec xdotool windowfocus --sync $id mousemove --window $id 60 60 click 1 key ctrl+slash
    after 200
    return [exec wish << {
        wm withdraw .
        puts -nonewline [selection get]
        exit
    }]
}

# The worker of the current DS9, as process numbers.
proc ds9::workers {} {
    variable started
    variable current
    if {[catch {exec pgrep -f "worker.tcl [dict get $started $current]( |$)"} pids]} {
        return {}
    }
    return $pids
}

proc ds9::screenshot {path} {
    exec import -window root $path
}

# ---- Data ------------------------------------------------------------------------------------

proc ds9::write {name text} {
    set channel [open $name w]
    puts -nonewline $channel $text
    close $channel
    return [file join [pwd] $name]
}

proc ds9::read {name} {
    set channel [open $name]
    set text [::read $channel]
    close $channel
    return $text
}

# Positions of the test field, clear of the 17 pixels along the edges.
proc ds9::positions {} {
    return {50 60 120 130 150 40 70 150 100 100 130 60}
}

# Five bands in files named by their filters, in a directory; returns the files in band order.
proc ds9::field {directory {size 200}} {
    file mkdir $directory
    set pixels [fits::pixels $size [positions]]
    set files {}
    foreach filter {F275W F336W F435W F555W F814W} {
        set file [file join [pwd] $directory $filter.fits]
        fits::write $file [list [concat FILTER $filter [fits::wcs $size]] [list $size $size] \
            $pixels]
        lappend files $file
    }
    return $files
}
