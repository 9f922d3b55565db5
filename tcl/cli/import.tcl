# skyclass import: published weights become a model file.

namespace eval ::skyclass::verb_import {
    variable table {
        system   {value NAME help {the system the weights belong to: starcnet}}
        o        {value MODEL.fits help {the model file to write}}
        mean     {value V,V,... help {mean of each band in the training images; default: the published ones}}
        name     {value NAME help {name of the model; default: that of the file}}
        options  {value KEY=VALUE,... default {} help {variant of the network, as in training: pathways=1|2|3, norm=group|batch}}
        compress {value {} help {quantise and compress the weights: 61 MB become about 22 MB}}
    }
}

proc ::skyclass::verb_import::help {} {
    variable table
    return [::skyclass::options help "skyclass import WEIGHTS --system NAME -o MODEL.fits ?options?" \
        "Reads PyTorch (.pth, .pt), safetensors or ONNX weights into a model file.
Nothing in the weights file is executed." $table [join {
            "Example, with the weights of Perez et al. (2021):"
            "  skyclass import starcnet.pth --system starcnet -o starcnet-published.fits"
            "  skyclass classify --model starcnet-published.fits ..."
        } \n]]
}

proc ::skyclass::verb_import::run {arguments} {
    variable table
    lassign [::skyclass::options parse $table $arguments] options words
    if {[llength $words] != 1} {
        ::skyclass::options usage "one weights file is needed, [llength $words] were given"
    }
    foreach name {system o} {
        if {![dict exists $options $name]} {
            ::skyclass::options usage "[expr {$name eq "o" ? "-o MODEL.fits" : "--system NAME"}] is missing"
        }
    }
    set output [dict get $options o]
    ::skyclass::outputs check [list $output] $words "weights file"
    set settings [list -options [dict get $options options] -compress [dict get $options compress] \
        -name [expr {[dict exists $options name] ? [dict get $options name]
                     : [file rootname [file tail $output]]}]]
    if {[dict exists $options mean]} {
        lappend settings -means [split [dict get $options mean] ,]
    }
    ::skyclass::import_weights [lindex $words 0] [dict get $options system] $output {*}$settings
    return "$output written; use it with skyclass classify --model $output"
}
