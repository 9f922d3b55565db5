# What the worker beside DS9 can be told and asked: by the menu, skyclass ds9, xpaset and xpaget.
namespace eval ::skyclass::viewer {
    variable questions {
        status result classes explanation model models bands settings version help
    }
    variable help {
        "classify regions|image|visible|crosshair, classify cursor X Y, classify file PATH"
        "explain selected|crosshair ?METHOD?, explain cursor X Y ?METHOD?"
        "cancel, clear, undo, redo, show N, hide N, toggle N, legend, table, plot scores|counts"
        "save PATH, bands ROLE=FILE ..., bands forget, model NAME, view NAME|all"
        "palette starcnet|safe, settings threshold|ci_min|fwhm_max|text|jobs|snap\
            VALUE, start, quit"
        "questions: status, result, classes, explanation, model, models, bands, settings,\
            version, help"
    }
}
