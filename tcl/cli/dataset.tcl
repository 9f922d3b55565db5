# skyclass dataset: labelled cutouts of many fields in one file, for training and evaluation.

namespace eval ::skyclass::verb_dataset {
    variable table {
        o            {value SET.fits help {the dataset to write}}
        fields       {value LIST
            help {CSV file with the columns images, sources, name: one row a field}}
        sources      {value FILE help {one field: source list with classes}}
        image        {value FILE many 1 help {one field: images in band order, or one cube}}
        bands        {value BAND=FILE,... help {one field: images by band}}
        images-in    {value DIR help {one field: directory with the images}}
        stamps       {value LIST|DIR
            help {labelled stamps instead of fields, a picture (PNG, JPEG) or FITS cutout each: a\
                CSV file with the columns file,label, or a directory whose sub-directories\
                are the labels}}
        classes      {value NAME,...
            help {of stamps: the labels in the order of the classes, a+b for two that are one\
                class; others are left out (default: all, in alphabetical order)}}
        group        {value COLUMN,...
            help {of stamps: those with the same cells here are of one object, and are kept\
                together when training splits}}
        planes       {value N,... help {of stamps: the planes that are the bands (default: all)}}
        fit          {value HOW choices {crop resize} default crop
            help {of stamps of another size: their middle is cut out, or made larger or smaller}}
        mock         {value N help {N simulated galaxies instead of files}}
        seed         {value N default 1 help {of the first simulated galaxy; the others follow}}
        sources-each {value N default 600 help {sources aimed at in each simulated galaxy}}
        bare         {value N default 0
            help {besides, in each simulated galaxy: N single stars and N round clusters, whatever\
                LEGUS's limits}}
        system       {value NAME default starcnet help {whose bands and cutout size are wanted}}
        size         {value N help {pixels on a side; default: the system's}}
        columns      {value ROLE=COLUMN,...
            help {columns of the lists, by name or number: id= x= y= ra= dec= class=,\
                unit=degree|radian|hour, zero_based (default: told by name and content, see\
                skyclass info LIST)}}
        where        {value EXPR
            help {only sources whose columns fulfil it, as "g < 21 and flag == ''"}}
        reference    {value BAND|FILE
            help {image whose pixels x, y are (default: what the list says, else V, else the\
                system's first)}}
        class-column {value NAME help {short for --columns class=NAME}}
        centre       {value RULE choices {truncate nearest} default truncate
            help {pixel a cutout is centred on}}
        as-is        {value {}
            help {take pixels as they stand: no unit or zero point is converted, zeros are data}}
        jobs         {value N default 0 help {threads for simulating; 0 is one a core}}
    }
}

proc ::skyclass::verb_dataset::help {} {
    variable table
    return [::skyclass::options help \
        "skyclass dataset -o SET.fits --fields LIST | --sources FILE --images-in DIR | --stamps\
        LIST | --mock N" \
        "Collects the cutouts of all sources that have a class (1, 2, ...). Sources with\
        class 0 or too
near an edge are left out and counted." $table [join {
            "Examples:"
            "  skyclass dataset -o ngc1566-set.fits --sources ngc1566.tab --images-in ngc1566"
            "  skyclass dataset -o set.fits --mock 30 --seed 100"
            "  skyclass dataset -o m31.fits --stamps m31/labels.csv --system m31-resnet18\
                --group ra,dec \\"
            "      --classes cluster+extended_cluster,galaxy+not_cluster"
            ""
            "Files of a list of stamps count from its directory. Its other columns that hold\
                numbers go along;"
            "--columns file=NAME,label=NAME where they are called otherwise. A picture's bands\
                are its colours"
            "(red, green, blue, as 0 to 255), its bottom row is the first; those of a FITS file\
                its planes or HDUs."
        } \n]]
}

proc ::skyclass::verb_dataset::run {arguments} {
    variable table
    lassign [::skyclass::options parse $table $arguments] options words
    if {[dict exists $options class-column]} {
        dict append options columns \
            "[expr {[dict exists $options columns] ? "," : ""}]class=[dict get $options \
            class-column]"
    }
    if {![dict exists $options o]} {
        ::skyclass::options usage "-o SET.fits is missing"
    }
    set info [::skyclass::system info [dict get $options system]]
    set size [expr {[dict exists $options size] ? [dict get $options size]
        : [dict get $info cutout]}]
    set filters [lmap band [dict get $info bands] {lindex [dict get $band filters] 0}]
    if {[dict exists $options mock]} {
        set dataset [Mocks $size $options]
    } elseif {[dict exists $options stamps]} {
        set dataset [::skyclass::stampset read $info $size $options]
    } else {
        set dataset [::skyclass::dataset new $filters $size [llength [dict get $info classes]] \
            [dict get $info scale]]
    }
    try {
        if {![dict exists $options mock] && ![dict exists $options stamps]} {
            set fields [Fields $options]
            CheckOutput [dict get $options o] $fields $options
            foreach field $fields {
                AddField $dataset $info $field $options
            }
        }
        $dataset write [dict get $options o]
        return [Describe $dataset [dict get $options o]]
    } finally {
        $dataset destroy
    }
}

proc ::skyclass::verb_dataset::CheckOutput {output fields options} {
    ::skyclass::outputs check [list $output] [lmap field $fields {dict get $field sources}] \
        "source list"
    ::skyclass::outputs check [list $output] \
        [concat {*}[lmap field $fields {::skyclass::bandfiles files [dict get $field images]}]] \
        image {::skyclass::bandfiles is_image}
    if {[dict exists $options fields]} {
        ::skyclass::outputs check [list $output] [list [dict get $options fields]] "list of fields"
    }
}

# Galaxies with the seeds S, S+1, ...: each its own distance, background, crowding.
proc ::skyclass::verb_dataset::Mocks {size options} {
    set settings {}
    for {set i 0} {$i < [dict get $options mock]} {incr i} {
        set galaxy [::skyclass::mock settings -draw [expr {[dict get $options seed] + $i}]]
        dict set galaxy n_sources [dict get $options sources-each]
        dict set galaxy n_bare [dict get $options bare]
        dict set galaxy n_threads [dict get $options jobs]
        lappend settings $galaxy
    }
    return [::skyclass::finish [::skyclass::job dataset $settings $size \
        -command [list ::skyclass::verb_dataset::OnProgress galaxies]]]
}

proc ::skyclass::verb_dataset::OnProgress {what job items} {
    set status [$job status]
    ::skyclass::progress line "[dict get $status done] of [dict get $status total] $what"
}

# Dicts with images (an option dict), sources, name.
proc ::skyclass::verb_dataset::Fields {options} {
    if {[dict exists $options fields]} {
        set path [dict get $options fields]
        return [lmap row [::skyclass::csv read $path] {
            foreach column {images sources} {
                if {![dict exists $row $column]} {
                    return -code error -errorcode {SKYCLASS BAD_INPUT} \
                        "$path: a row has no \"$column\"; the columns are images,sources,name"
                }
            }
            dict set row images [::skyclass::bandfiles way_of [dict get $row images]]
            if {![dict exists $row name]} {
                dict set row name [file rootname [file tail [dict get $row sources]]]
            }
            set row
        }]
    }
    if {![dict exists $options sources]} {
        ::skyclass::options usage "name --fields LIST, --sources FILE with its images, --stamps\
            LIST, or --mock N"
    }
    set sources [dict get $options sources]
    return [list [dict create images [::skyclass::bandfiles way $options] sources $sources \
        name [file rootname [file tail $sources]]]]
}

proc ::skyclass::verb_dataset::AddField {dataset info field options} {
    set path [dict get $field sources]
    set sources [::skyclass::lists read dataset $path $options]
    try {
        set labels [::skyclass::lists classes $sources $path]
        set files [::skyclass::bandfiles find $info [dict get $field images]]
        set bands [::skyclass::bands open $files]
        ::skyclass::lists locate dataset $path $sources $bands $info $files $options
        set counts [::skyclass::finish [::skyclass::job append $dataset $bands $sources $labels \
            [dict get $field name] -nearest [expr {[dict get $options centre] eq "nearest"}] \
            -as-is [dict get $options as-is] -system [dict get $options system] \
            -command [list ::skyclass::verb_dataset::OnProgress sources]]]
        foreach line [::skyclass::band_messages $info \
            [::skyclass::bandfiles find $info [dict get $field images]] [$bands notes]] {
            ::skyclass::say stderr "skyclass dataset: $path: $line"
        }
        dict with counts {
            set class [dict get [$sources roles] class]
            ::skyclass::say stderr "[dict get $field name]: $added sources, $unlabelled without a\
                class, $not_classifiable too near an edge or without data; classes from column\
                [dict get $class column] ([dict get $class why])"
        }
    } finally {
        foreach object {bands sources} {
            if {[info exists $object]} {
                [set $object] destroy
            }
        }
    }
}

proc ::skyclass::verb_dataset::Describe {dataset path} {
    set info [$dataset info]
    set counts [dict get $info counts]
    set fields [llength [dict get $info fields]]
    return "$path: [dict get $info n] sources of $fields field[expr {$fields == 1 ? {} : {s}}]\
        ([join [lmap class [dict keys $counts] name [dict get $info classes] {
            return -level 0 "class $class[expr {$name eq {} ? {} : " $name"}]:\
                [dict get $counts $class]"
        }] {, }])"
}
