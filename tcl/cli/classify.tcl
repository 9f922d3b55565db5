# skyclass classify: the sources of one field, of many source files over the same images, or of a
# list of fields.

namespace eval ::skyclass::verb_classify {
    variable table {
        model     {value NAME|FILE,... default starcnet
            help {model file, or the name of an installed model; several, with commas, vote}}
        sources   {value FILE repeats 1
            help {source list: LEGUS .tab, "id x y", CSV/TSV, FITS, VOTable, CDS,\
                DAOFIND, DS9 regions}}
        columns   {value ROLE=COLUMN,...
            help {columns of the list, by name or number: id= x= y= ra= dec=,\
                unit=degree|radian|hour, zero_based (default: told by name and content, see\
                skyclass info LIST)}}
        where     {value EXPR
            help {only sources whose columns fulfil it, as "g < 21 and flag == ''"}}
        reference {value BAND|FILE
            help {image whose pixels x, y are (default: what the list says, else V, else the\
                model's first)}}
        out       {value FILE repeats 1
            help {output; the ending decides: .fits .csv .ecsv .vot .tab .reg, predictions.csv;\
                {name} stands for the source list's name}}
        image     {value FILE many 1 help {images in the model's band order, or one cube}}
        bands     {value BAND=FILE,... help {images by band, in any order}}
        images-in {value DIR help {directory with the images; bands are recognised by filter}}
        fields    {value LIST
            help {CSV file with the columns images, sources, outputs: one row a field}}
        part      {value I/N help {of --fields, only every N-th row from row I on, so that N\
            machines share a list; skyclass merge joins what they wrote}}
        jobs      {value N default 0 help {threads; 0 is one a core}}
        resume    {value {}
            help {skip fields whose outputs are whole and of the same list, images, model and\
                options; go on in one that was interrupted}}
        checkpoint-minutes {value M default 1
            help {how often the rows done so far are put by for --resume; 0: never}}
        centre    {value RULE choices {model truncate nearest} default model
            help {pixel a cutout is centred on: the model's rule, StarcNet's truncation, or the\
                nearest pixel}}
        as-is     {value {}
            help {take pixels as they stand, as the published programs do: no unit or zero point\
                is converted, zeros are data}}
        decision  {value RULE default {}
            help {how scores become a class, in place of the model's rule: argmax, vote,\
                "reject SCORE" (undecided below it), "threshold CLASS SCORE"}}
        view      {value NAME
            help {classes merged as a view of the model's says, as 12|34; skyclass info lists them}}
        palette   {value NAME choices {starcnet safe} default starcnet
            help {colours of .reg output; safe is for colour-blind eyes}}
        coords    {value SYSTEM choices {given image icrs fk5 fk4 galactic ecliptic} default given
            help {coordinates of .reg output, pixels or degrees: given are those of the list; DS9\
                regions keep their own}}
        score-text {value {} help {write the score as the regions' text}}
        galaxy    {value NAME default {} help {field name for predictions.csv}}
    }
}

proc ::skyclass::verb_classify::help {} {
    variable table
    return [::skyclass::options help \
        "skyclass classify --sources FILE --images-in DIR --out FILE ?--out FILE ...? ?options?\
        ?SOURCES ...?" \
        "Sorts every source into the classes of a model. One row out for each source\
        in, in order." \
        $table [join {
            "Positions are pixels (the first is 1) or RA/Dec; where a list has columns x_BAND,\
                y_BAND for every band"
            "of the model each band is cut out at its own, whatever the images' grids. An unusual\
                source is flagged,"
            "never dropped:"
            "border (too near an edge), no_data (NaN, areas of zeros, no weight), band_missing\
                (a band is all"
            "that), no_position, excluded, not_done (stopped before its turn): not\
                classified (class 0)."
            "undecided: class 0 too, but with scores; the model rejects what it is not\
                sure enough of."
            "Several models, or one with members, vote: the columns vote (the class most of them\
                choose), quality"
            "(the fraction that do) and score_sd_N stand beside score_N, which are the\
                members' means."
            "missing_filled (some pixels have no data: set to 0), resampled, other_scale (pixels of\
                another size than the model's): classified with care."
            ""
            "Examples:"
            "  skyclass classify --images-in ngc1566 --sources ngc1566.tab --out ngc1566.fits \\"
            "      --out ngc1566.reg"
            "  skyclass classify --images-in ngc1566 --out classed/{name}.reg regions/*.reg"
            "  skyclass classify --model one.fits,two.fits,three.fits --images-in ngc1566\
                --sources ngc1566.tab \\"
            "      --out votes.fits"
            "  skyclass classify --fields fields.csv --resume"
            ""
            "A row of the --fields list, several files separated by ;"
            "  images,sources,outputs"
            "  data/ngc1566,ngc1566.tab,out/ngc1566.fits;out/ngc1566.reg"
        } \n]]
}

proc ::skyclass::verb_classify::run {arguments} {
    variable table
    lassign [::skyclass::options parse $table $arguments] options words
    dict lappend options sources {*}$words
    set fields [Plan $options]
    set model_files [::skyclass::find_models [dict get $options model]]
    CheckOutputs $fields $model_files $options
    set model [::skyclass::open_models $model_files -centre [dict get $options centre] \
        -as-is [dict get $options as-is] -decision [dict get $options decision]]
    try {
        CheckView [$model info] $options
        return [RunFields $model $fields $options]
    } finally {
        $model destroy
    }
}

# Before the work rather than after it.
proc ::skyclass::verb_classify::CheckView {info options} {
    set views [dict keys [dict get $info views]]
    if {[dict exists $options view] && [dict get $options view] ni $views} {
        ::skyclass::options usage "the model has no view \"[dict get $options view]\";\
            it has [expr {
            [llength $views] ? [join $views {, }] : {none}}]"
    }
}

# The fields to do: dicts with images (an option dict), sources, outputs.
proc ::skyclass::verb_classify::Plan {options} {
    if {[dict exists $options fields]} {
        if {[dict get $options sources] ne "" || [dict get $options out] ne ""} {
            ::skyclass::options usage "--fields names sources and outputs itself; leave out\
                --sources and --out"
        }
        set fields [ReadFields [dict get $options fields]]
        if {[dict exists $options part]} {
            return [Part $fields [dict get $options part]]
        }
        return $fields
    }
    if {[dict exists $options part]} {
        ::skyclass::options usage "--part goes with --fields: it chooses rows of that list"
    }
    if {[dict get $options sources] eq ""} {
        ::skyclass::options usage "--sources FILE is missing: the list of sources to classify"
    }
    if {[dict get $options out] eq ""} {
        ::skyclass::options usage "--out FILE is missing: where the classes go"
    }
    set images [::skyclass::bandfiles way $options]
    set many [expr {[llength [dict get $options sources]] > 1}]
    set fields {}
    foreach sources [dict get $options sources] {
        set outputs [lmap output [dict get $options out] {
            string map [list \{name\} [file rootname [file tail $sources]]] $output
        }]
        if {$many && [string first \{name\} [join [dict get $options out]]] < 0} {
            ::skyclass::options usage "with several source lists\
                ([join [dict get $options sources] {, }]) every --out needs {name}, as in --out\
                classed/{name}.reg; a second output of one list is a second --out"
        }
        lappend fields [dict create images $images sources $sources outputs $outputs]
    }
    return $fields
}

# Part I of N, "I/N": the rows I, I + N, ... of the list, from 1.
proc ::skyclass::verb_classify::Part {fields part} {
    if {![regexp {^([1-9]\d{0,5})/([1-9]\d{0,5})$} $part -> number parts] || $number > $parts} {
        ::skyclass::options usage "--part takes I/N, as 2/4 for the second of four parts, not\
            \"$part\""
    }
    set chosen {}
    for {set i [expr {$number - 1}]} {$i < [llength $fields]} {incr i $parts} {
        lappend chosen [lindex $fields $i]
    }
    if {$chosen eq ""} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} "the list has [llength $fields]\
            field[expr {[llength $fields] == 1 ? "" : "s"}], so there is no part $part of it"
    }
    return $chosen
}

# Before anything is read: no output is an input of any field, or an output of another.
proc ::skyclass::verb_classify::CheckOutputs {fields model_files options} {
    set outputs [concat {*}[lmap field $fields {dict get $field outputs}]]
    ::skyclass::outputs check $outputs [lmap field $fields {dict get $field sources}] "source list"
    ::skyclass::outputs check $outputs $model_files model
    if {[dict exists $options fields]} {
        ::skyclass::outputs check $outputs [list [dict get $options fields]] "list of fields"
    }
    ::skyclass::outputs check $outputs \
        [concat {*}[lmap field $fields {::skyclass::bandfiles files [dict get $field images]}]] \
        image {::skyclass::bandfiles is_image}
}

# A list of fields: CSV with the header images,sources,outputs. Relative names count from here.
proc ::skyclass::verb_classify::ReadFields {path} {
    set rows [::skyclass::csv read $path]
    set fields {}
    set line 1
    foreach row $rows {
        incr line
        foreach column {images sources outputs} {
            if {![dict exists $row $column] || [string trim [dict get $row $column]] eq ""} {
                return -code error -errorcode {SKYCLASS BAD_INPUT} \
                    "$path, row $line: no \"$column\"; the columns are images,sources,outputs"
            }
        }
        set images [::skyclass::bandfiles way_of [dict get $row images]]
        lappend fields [dict create images $images sources [dict get $row sources] \
            outputs [lmap output [split [dict get $row outputs] \;] {::skyclass::literal $output}]]
    }
    if {$fields eq ""} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} "$path lists no field"
    }
    return $fields
}

proc ::skyclass::verb_classify::RunFields {model fields options} {
    set n_fields [llength $fields]
    set n_done 0
    set n_skipped 0
    set n_sources 0
    set failures {}
    foreach field $fields {
        set sources [dict get $field sources]
        try {
            set counts [RunField $model $field $options]
            if {$counts eq ""} {
                incr n_skipped
                continue
            }
            incr n_done
            incr n_sources [::tcl::mathop::+ {*}[dict values $counts]]
        } trap {SKYCLASS} {message details} {
            if {$n_fields == 1} {
                return -options $details $message
            }
            lappend failures $sources
            ::skyclass::say stderr "skyclass classify: field $sources: $message"
        }
    }
    set summary "[Plural $n_done field] classified, [Plural $n_sources source]"
    if {$n_skipped > 0} {
        append summary "; [Plural $n_skipped field] skipped, already done"
    }
    if {$n_fields == 1 && $n_done == 1} {
        append summary ": [Describe $counts]"
    }
    if {$failures ne ""} {
        return -code error -errorcode {SKYCLASS BAD_INPUT} \
            "$summary; [Plural [llength $failures] field] failed: [join $failures {, }]"
    }
    return $summary
}

# One field: classify and write. Returns class -> number of sources; nothing where --resume finds it
# done.
proc ::skyclass::verb_classify::RunField {model field options} {
    set files [::skyclass::bandfiles find [$model info] [dict get $field images]]
    set key [::skyclass::resume key $field $files [$model info] $options]
    if {[dict get $options resume] && [::skyclass::resume is_done $field $key]} {
        return
    }
    set sources [::skyclass::lists read classify [dict get $field sources] $options]
    set rows_file [::skyclass::resume rows_file $field]
    set journal [expr {[dict get $options resume] && $key ne ""
        ? [list -journal [list $rows_file $key]] : ""}]
    try {
        set bands [::skyclass::bands open $files]
        set pixels_of [::skyclass::lists locate classify [dict get $field sources] $sources $bands \
            [$model info] $files $options]
        set job [::skyclass::job start $model $bands $sources -jobs [dict get $options jobs] \
            {*}$journal -command [list ::skyclass::verb_classify::OnProgress \
            [dict get $field sources] $rows_file $key [dict get $options checkpoint-minutes]]]
        foreach line [::skyclass::band_messages [$model info] $files [$bands notes]] {
            ::skyclass::say stderr "skyclass classify: [dict get $field sources]: $line"
        }
        $job wait
        ::skyclass::progress clear
        set result [$job result]
        if {[dict exists $options view]} {
            $result view [dict get $options view]
        }
        ::skyclass::annotate $result [$model info] [dict get $field sources] $files \
            [$bands notes]
        $result note XYBAND $pixels_of
        foreach output [dict get $field outputs] {
            file mkdir [file dirname $output]
            $result write $output -palette [dict get $options palette] \
                -coords [dict get $options coords] -text [dict get $options score-text] \
                -galaxy [dict get $options galaxy]
        }
        if {[dict get $options resume] || [dict exists $options fields]} {
            ::skyclass::resume done $field $key
        }
        file delete $rows_file
        return [$result counts]
    } finally {
        foreach object {job bands sources} {
            if {[info exists $object]} {
                [set $object] destroy
            }
        }
    }
}

proc ::skyclass::verb_classify::OnProgress {label rows_file key minutes job rows} {
    variable put_by
    if {$rows eq ""} {
        return
    }
    ::skyclass::progress show [file tail $label] [$job status]
    set now [clock milliseconds]
    if {![info exists put_by($job)]} {
        set put_by($job) $now
    } elseif {$key ne "" && $minutes > 0 && $now - $put_by($job) >= 60000 * $minutes} {
        set put_by($job) $now
        catch {file mkdir [file dirname $rows_file]}
        # Where they cannot be put by, classifying goes on all the same.
        catch {[$job result] journal $rows_file $key}
    }
}

proc ::skyclass::verb_classify::Describe {counts} {
    set parts {}
    dict for {class n} $counts {
        if {$class > 0} {
            lappend parts "class $class: $n"
        }
    }
    if {[dict get $counts 0] > 0} {
        lappend parts "not classified: [dict get $counts 0] (see the flag column)"
    }
    return [join $parts ", "]
}

proc ::skyclass::verb_classify::Plural {n noun} {
    return "$n $noun[expr {$n == 1 ? "" : "s"}]"
}
