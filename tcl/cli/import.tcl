# skyclass import: published weights become a model file.

namespace eval ::skyclass::verb_import {
    variable table {
        system   {value NAME
            help {the system the weights belong to: starcnet; left out: the file describes its\
                network}}
        recipe   {value FILE
            help {text that says what the network wants: bands, cutout, steps, classes; skyclass\
                info --recipe MODEL writes one}}
        o        {value MODEL.fits help {the model file to write}}
        mean     {value V,V,...
            help {mean of each band in the training images; default: the published ones}}
        name     {value NAME help {name of the model; default: that of the file}}
        options  {value KEY=VALUE,... default {}
            help {variant of the network, as in training: pathways=1|2|3, norm=group|batch}}
        first-conv {value copy|halve default copy choices {copy halve}
            help {a first convolution with more inputs than in the file (six of three) repeats\
                its kernel, as it is or scaled by as much}}
        compress {value {} help {quantise and compress the weights: 61 MB become about 22 MB}}
    }
}

proc ::skyclass::verb_import::help {} {
    variable table
    return [::skyclass::options help "skyclass import FILE --system NAME|--recipe FILE -o\
        MODEL.fits ?options?" \
        "Reads the weights of PyTorch (.pth, .pt), safetensors, ONNX and Keras (.h5) into a model
file. Files of ONNX and Keras describe their networks, too: these then need no system but a recipe,
which says what the network wants. Nothing in the file is executed." \
    $table [join {
            "Example, with the weights of Perez et al. (2021):"
            "  skyclass import starcnet.pth --system starcnet -o starcnet-published.fits"
            "  skyclass classify --model starcnet-published.fits ..."
            "Any network in ONNX, with a recipe begun from another model's:"
            "  skyclass info --recipe starcnet > mine.recipe    # and edit it"
            "  skyclass import mine.onnx --recipe mine.recipe -o mine.fits"
        } \n]]
}

proc ::skyclass::verb_import::run {arguments} {
    variable table
    lassign [::skyclass::options parse $table $arguments] options words
    if {[llength $words] != 1} {
        ::skyclass::options usage "one weights file is needed, [llength $words] were given"
    }
    if {![dict exists $options system] && ![dict exists $options recipe]} {
        ::skyclass::options usage "--system NAME is missing, or --recipe FILE for a\
            network of your own"
    }
    if {![dict exists $options o]} {
        ::skyclass::options usage "-o MODEL.fits is missing"
    }
    set output [dict get $options o]
    set inputs $words
    if {[dict exists $options recipe]} {
        lappend inputs [dict get $options recipe]
    }
    ::skyclass::outputs check [list $output] $inputs "weights file"
    set settings [list -options [dict get $options options] -compress [dict get $options compress] \
        -halve [expr {[dict get $options first-conv] eq "halve"}] \
        -name [expr {[dict exists $options name] ? [dict get $options name]
                     : [file rootname [file tail $output]]}]]
    if {[dict exists $options mean]} {
        lappend settings -means [split [dict get $options mean] ,]
    }
    if {[dict exists $options recipe]} {
        lappend settings -recipe [dict get $options recipe]
    }
    set system [expr {[dict exists $options system] ? [dict get $options system] : {}}]
    ::skyclass::import_weights [lindex $words 0] $system $output {*}$settings
    return "$output written; use it with skyclass classify --model $output"
}
