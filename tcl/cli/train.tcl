# skyclass train: a network trained on labelled cutouts.

namespace eval ::skyclass::verb_train {
    variable table {
        data          {value SET.fits help {labelled cutouts, made by skyclass dataset}}
        system        {value NAME default starcnet help {the network and its recipe}}
        o             {value MODEL.fits help {the model file to write}}
        from          {value FILE
            help {begin with these weights: a model, or weights of another program (.pth\
                .safetensors .onnx); where classes or bands differ, the last layer is new and the\
                first kernel repeated along its inputs}}
        hold          {value N
            help {with --from: the first N convolutions and linear layers keep their weights}}
        first-conv    {value HOW choices {copy halve}
            help {with --from and more bands: the repeated first kernel as it is, or scaled down}}
        name          {value NAME help {name of the model; default: that of the file}}
        options       {value KEY=VALUE,... default {}
            help {choices of the system (skyclass info --systems NAME), or another network:\
                network=small}}
        steps         {value "STEP; ..."
            help {from cutout to input, in place of the system's, as "stretch 0 2 0 2 0 2; channels\
                3 2 1"; skyclass info MODEL shows a model's}}
        epochs        {value N
            help {passes over the training set; this and what else has no default here:\
                the system's}}
        batch         {value N help {samples a step}}
        batches       {value N help {steps of the whole run, in place of epochs}}
        best          {value WHAT choices {accuracy loss}
            help {on the validation set: the epoch of the best accuracy or of the least\
                loss is kept}}
        stop-epochs   {value N
            help {end after N epochs in which the validation loss has not become less; 0: never}}
        optimiser     {value NAME choices {adam adadelta sgd} help {adam, adadelta or sgd}}
        learning-rate {value R help {of the optimiser; the highest of the schedule}}
        schedule      {value NAME choices {constant cosine steps plateau}
            help {of the learning rate: constant, cosine, steps (--step-epochs, --step-factor), or\
                plateau: a step where the validation loss stops falling}}
        step-epochs   {value N
            help {epochs between the steps of the schedule, or without improvement before one}}
        step-factor   {value F help {what each step multiplies the learning rate by}}
        momentum      {value F help {of sgd}}
        weight-decay  {value F help {of the optimiser}}
        rho           {value F help {of adadelta; 0: its default, 0.9}}
        epsilon       {value F help {of adam and adadelta; 0: the optimiser's default}}
        initial       {value HOW choices {xavier he xavier_normal input_normal resnet}
            help {spread of the first weights: xavier (uniform), he, xavier_normal, input_normal\
                (variance 1 over the inputs), resnet (he by outputs, blocks begin as identities)}}
        warm-up       {value F help {fraction of the run over which the learning rate rises from 0}}
        max-minutes   {value M default 0
            help {ends the run after this time, the schedule with it; 0: no limit}}
        balance       {value HOW choices {none reflect draw}
            help {of the classes: mirrored copies of the smaller ones, or random draws}}
        augmentation  {value HOW choices {none scale rotate both}
            help {enlargement by 1.07, right-angle rotations, or both}}
        rotation      {value DEGREES
            help {turn each sample by any angle up to this, after resizing}}
        corners       {value HOW choices {mirror zero}
            help {what is outside a turned image: its mirror image, or 0}}
        reflections   {value BOOL help {mirror each sample with probability 0.5 along either axis}}
        shift         {value PIXELS
            help {move each sample by up to this along either axis, in pixels of the input}}
        noise         {value F
            help {standard deviation of noise added to each sample, in units of the input}}
        partial       {value F
            help {this fraction of the sources comes with five more copies: three turns,\
                two reflections}}
        copies        {value N help {how often an epoch shows each source}}
        leave-out     {value FIELD default {}
            help {test on this field alone instead of a random fifth}}
        seed          {value N default 1 help {of the split, the weights, the order and dropout}}
        jobs          {value N default 0
            help {threads; 0 is one a core; the weights do not depend on it}}
        resume        {value {} help {go on from the checkpoint of an interrupted run}}
        checkpoint-minutes {value M default 10
            help {how often a checkpoint is written inside an epoch}}
        log           {value FILE.csv help {table of loss and accuracy; default: MODEL.csv}}
        members       {value N default 1
            help {members of an ensemble that votes, each trained with weights and\
                draws of its own}}
        compress      {value {} help {quantise and compress the weights}}
    }
}

proc ::skyclass::verb_train::help {} {
    variable table
    return [::skyclass::options help "skyclass train --data SET.fits -o MODEL.fits ?options?" \
        "Trains a system's network as its paper did (the default: Perez et al. 2021). A fifth of\
        the sources is the test set, a tenth of
the rest the validation set; the epoch with the best validation accuracy is kept." \
        $table [join {
            "Interrupted (Ctrl-C, power), it goes on with --resume and ends with the same weights."
            "Example:"
            "  skyclass dataset --mock 20 -o set.fits"
            "  skyclass train --data set.fits -o my.fits --epochs 3"
        } \n]]
}

proc ::skyclass::verb_train::run {arguments} {
    variable table
    lassign [::skyclass::options parse $table $arguments] options words
    foreach {name value} {data SET.fits o MODEL.fits} {
        if {![dict exists $options $name]} {
            ::skyclass::options usage "[expr {$name eq "o" ? "-o" : "--$name"}] $value is missing"
        }
    }
    set output [dict get $options o]
    set choices [Choices $options $arguments]
    ::skyclass::outputs check [list $output [dict get $choices checkpoint] \
        [dict get $choices log]] [list [dict get $options data]] dataset
    set dataset [::skyclass::dataset open [dict get $options data]]
    try {
        set summary [::skyclass::finish [::skyclass::job train $dataset $choices $output \
            -command ::skyclass::verb_train::OnProgress]]
    } finally {
        $dataset destroy
    }
    dict with summary {
        if {$members > 1} {
            return [format "%s: %d members, test accuracy %.1f +- %.1f %% one by one, %.1f %% by\
                vote (%d sources)" \
                $output $members [expr {100 * $member_accuracy}] [expr {100 * $member_deviation}] \
                [expr {100 * $test_accuracy}] $test]
        }
        return [format "%s: epoch %d of %d kept, accuracy %.1f %% (validation), %.1f %% (%d test\
            sources), %.0f s" \
            $output $best_epoch $epochs [expr {100 * $validation_accuracy}] \
            [expr {100 * $test_accuracy}] $test $seconds]
    }
}

# The settings of ::skyclass::train from the options. A training that was resumed is the one that
# would have gone through, and its command says so.
proc ::skyclass::verb_train::Choices {options arguments} {
    set root [file rootname [dict get $options o]]
    set choices [dict create \
        name [file tail $root] checkpoint $root.checkpoint.fits log $root.csv \
        data_name [file tail [dict get $options data]] \
        command "skyclass train [lsearch -all -inline -not -exact $arguments --resume]" \
        max_seconds [expr {60.0 * [dict get $options max-minutes]}] \
        checkpoint_seconds [expr {60.0 * [dict get $options checkpoint-minutes]}]]
    # Every option that is not a setting of its own stands for the setting of its name.
    variable table
    foreach name [dict keys $table] {
        set setting [string map {- _} $name]
        if {$name in {data o augmentation max-minutes checkpoint-minutes}} {
            continue
        }
        if {[dict exists $options $name]} {
            dict set choices $setting [dict get $options $name]
        }
    }
    if {[dict exists $options augmentation]} {
        set how [dict get $options augmentation]
        dict set choices right_angles [expr {$how in {rotate both}}]
        if {$how ni {scale both}} {
            dict set choices scale_probability 0
        }
    }
    return $choices
}

proc ::skyclass::verb_train::OnProgress {job items} {
    set status [$job status]
    if {![dict exists $status epoch]} {
        return
    }
    dict with status {
        ::skyclass::progress line [format \
            "epoch %d of %d, step %d of %d: loss %s, accuracy %s %%, %.1f samples/s, %s left" \
            $epoch $epochs $step $steps [::skyclass::progress number %.3f $loss] \
            [::skyclass::progress number %.1f $accuracy 100] $rate \
            [::skyclass::progress duration $remaining]]
    }
}
