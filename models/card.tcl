# The card of the bundled model, from the model's own notes and the report of its evaluation:
#   tclsh models/card.tcl BUILD MODEL.fits REPORT_DIR > models/MODEL.md

lassign $argv build path directory
lappend auto_path [file join [file normalize $build] tcl]
package require skyclass
::skyclass::load_core

proc contents {path} {
    set channel [open $path r]
    fconfigure $channel -encoding utf-8
    set text [read $channel]
    close $channel
    return [string trim $text]
}

# What real_stars.py says, where the real star images were there.
proc stars {directory} {
    set path [file join $directory stars.txt]
    if {![file exists $path]} {
        return ""
    }
    return "
### Sources made of real star images

Single stars and round clusters made of 100 star images of Hubble's ACS (F814W), none of which the
simulated galaxies hold, on a smooth sky: `make real-stars`.

```
[contents $path]
```
"
}

set model [::skyclass::model open $path]
set info [$model info]
$model destroy

# The report without its title: the card has its own.
set report [regsub {^#[^\n]*\n} [contents [file join $directory report.md]] {}]

puts "# Model card: [dict get $info name]

**Trained on simulated images.** No Hubble image was used: this model is there so that everything
works from the first minute. For science import the published weights of Perez et al. (2021):

    skyclass import starcnet.pth --system starcnet -o starcnet-published.fits

| | |
| --- | --- |
| system | [dict get $info system] |
| file | [file tail $path], [format %.1f [expr {[file size $path] / 1e6}]] MB,\
    [dict get $info checksum] |
| classes | [join [dict get $info classes] {; }] |
| bands | [join [lmap band [dict get $info bands] {join [dict get $band filters] { or }}] {, }] |
| parameters | [dict get $info parameters] |
[join [lmap note [dict get $info notes] {
    regsub {^(.*?) = (.*)$} $note {| \1 | \2 |}
}] \n]

Made by `make model`. What follows was measured on simulated galaxies of other seeds, distances and
backgrounds than those it was trained on.

[contents [file join $directory trees.txt]] on the same data, for comparison (the baseline of Grasha
et al. 2019 as Perez et al. repeat it).
[string map [list "\n## " "\n### "] "\n$report"]
[stars $directory]"
