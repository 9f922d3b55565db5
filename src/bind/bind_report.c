#include "bind/bind_report.h"

#include <math.h>

#include "bind/bind.h"

// A number, or nothing where it is not defined.
static void put_fraction(Tcl_Obj *dict, const char *key, double value)
{
    bind_put(dict, key, isnan(value) ? Tcl_NewObj() : Tcl_NewDoubleObj(value));
}

static void append_number(Tcl_Obj *list, double value)
{
    Tcl_ListObjAppendElement(NULL, list, Tcl_NewDoubleObj(value));
}

Tcl_Obj *bind_confusion(const Confusion *confusion)
{
    Tcl_Obj *rows = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < confusion->n_classes; i++) {
        Tcl_Obj *row = Tcl_NewListObj(0, NULL);
        for (size_t k = 0; k < confusion->n_classes; k++)
            Tcl_ListObjAppendElement(NULL, row,
                                     Tcl_NewWideIntObj((Tcl_WideInt)confusion->counts[i][k]));
        Tcl_ListObjAppendElement(NULL, rows, row);
    }
    return rows;
}

static Tcl_Obj *view_dict(const ReportView *view)
{
    Tcl_Obj *dict = Tcl_NewDictObj();
    put_fraction(dict, "accuracy", view->interval.accuracy);
    put_fraction(dict, "deviation", view->interval.deviation);
    bind_put(dict, "confusion", bind_confusion(&view->confusion));
    return dict;
}

// Points {threshold precision recall ...}, flat.
static void put_curve(Tcl_Obj *dict, const Curve *curve)
{
    Tcl_Obj *points = Tcl_NewListObj(0, NULL);
    put_fraction(dict, "average_precision", curve_average_precision(curve));
    put_fraction(dict, "roc_area", curve_roc_area(curve));
    for (size_t i = 0; i < curve->n; i++) {
        append_number(points, curve->points[i].threshold);
        append_number(points, curve->points[i].precision);
        append_number(points, curve->points[i].recall);
    }
    bind_put(dict, "curve", points);
}

static Tcl_Obj *class_dict(const ReportClass *class)
{
    Tcl_Obj *dict = Tcl_NewDictObj(), *winners = Tcl_NewListObj(0, NULL);
    bind_put_count(dict, "sources", class->n_sources);
    put_fraction(dict, "precision", class->precision);
    put_fraction(dict, "recall", class->recall);
    put_fraction(dict, "f1", class->f1);
    if (class->curve != NULL)
        put_curve(dict, class->curve);
    for (size_t i = 0; i < class->n_winners; i++)
        append_number(winners, class->winners[i]);
    bind_put(dict, "winning_scores", winners);
    put_fraction(dict, "median_score", class->median_winner);
    return dict;
}

Tcl_Obj *bind_report(const Report *report)
{
    Tcl_Obj *dict = Tcl_NewDictObj(), *views = Tcl_NewDictObj();
    Tcl_Obj *classes = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < report->n_views; i++)
        bind_put(views, report->views[i].name, view_dict(&report->views[i]));
    for (size_t i = 0; i < report->n_classes; i++)
        Tcl_ListObjAppendElement(NULL, classes, class_dict(&report->classes[i]));
    bind_put(dict, "views", views);
    bind_put(dict, "classes", classes);
    return dict;
}
