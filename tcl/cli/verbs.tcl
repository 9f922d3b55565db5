# The verbs, and the ensemble `skyclass` that has them as its commands:
#
#   package require skyclass
#   skyclass classify --model starcnet --images-in ngc1566 --sources ngc1566.reg --out classes.reg
#
# Options are those of the command line; each verb returns what the command line prints.

namespace eval ::skyclass {
    # Verb -> script (of this directory) that defines skyclass::verb_VERB::run and ::help.
    variable verbs {
        classify  {Classify the sources of one or many fields}
        detect    {Find sources in an image}
        import    {Turn published weights into a model file}
        simulate  {Make mock Hubble images with known classes}
        dataset   {Collect labelled cutouts into one file}
        train     {Train a network on a dataset}
        evaluate  {Measure a model on a labelled dataset}
        explain   {Show what a model looked at when it gave a source its class}
        agree     {Measure how well people or methods agree on the same sources}
        merge     {Join the tables of several runs of classify}
        match     {Put sources of two lists beside each other on the sky}
        info      {Say what a file is: model, image, sources, dataset}
        ds9       {Talk to the skyclass worker of a running DS9}
    }
}

# The commands of one verb, read when first used.
proc ::skyclass::load_verb {verb} {
    variable directory
    if {[info commands ::skyclass::verb_${verb}::run] eq ""} {
        uplevel #0 [list source -encoding utf-8 [file join $directory cli $verb.tcl]]
    }
}

proc ::skyclass::call_verb {verb args} {
    load_core
    load_verb $verb
    return [verb_${verb}::run [lmap word $args {literal $word}]]
}

apply {{} {
    set map {}
    foreach verb [dict keys $::skyclass::verbs] {
        dict set map $verb [list ::skyclass::call_verb $verb]
    }
    namespace eval ::skyclass [list namespace ensemble create -map $map]
}}
package provide skyclass 0.1.0
