#!/usr/bin/python3
"""Writes tests/parity/metrics_golden.h: small samples and what scikit-learn and scipy make of them.

Run from the repository's top with Debian's python3-sklearn and python3-scipy.
"""
import numpy
from scipy import stats
from sklearn import metrics

random = numpy.random.default_rng(17)


def text(values, form="%.17g"):
    return ", ".join(form % v for v in values)


def array(kind, name, values, form="%.17g"):
    return f"static const {kind} {name}[] = {{{text(values, form)}}};\n"


def main():
    n = 60
    truth = random.integers(1, 5, n)
    predicted = numpy.where(random.random(n) < 0.6, truth, random.integers(1, 5, n))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, predicted, labels=[1, 2, 3, 4])
    out = "// Made by make_metrics_golden.py.\n// clang-format off\n"
    out += array("size_t", "golden_truth", truth, "%d")
    out += array("size_t", "golden_predicted", predicted, "%d")
    out += array("size_t", "golden_confusion", metrics.confusion_matrix(truth, predicted).ravel(),
                 "%d")
    out += f"static const double golden_accuracy = {metrics.accuracy_score(truth, predicted):.17g};\n"
    out += array("double", "golden_precision", precision)
    out += array("double", "golden_recall", recall)
    out += array("double", "golden_f1", f1)
    out += array("size_t", "golden_support", support, "%d")
    binary = numpy.array([0, 1, 1, 2, 2])
    two = metrics.accuracy_score(binary[truth], binary[predicted])
    out += f"static const double golden_two_class_accuracy = {two:.17g};\n"

    positive = random.random(n) < 0.4
    # Rounded, so that scores repeat.
    scores = numpy.round(numpy.clip(0.5 * positive + 0.7 * random.random(n), 0, 1), 2)
    p, r, t = metrics.precision_recall_curve(positive, scores)
    # scikit-learn's thresholds rise and end with an artificial point; ours fall.
    out += array("double", "golden_scores", scores)
    out += array("bool", "golden_positive", positive, "%d")
    out += array("double", "golden_thresholds", t[::-1])
    out += array("double", "golden_curve_precision", p[:-1][::-1])
    out += array("double", "golden_curve_recall", r[:-1][::-1])
    out += (f"static const double golden_average_precision = "
            f"{metrics.average_precision_score(positive, scores):.17g};\n")
    out += f"static const double golden_roc_area = {metrics.roc_auc_score(positive, scores):.17g};\n"

    for name, size, tilt in (("weak", 12, 0.2), ("strong", 40, 2.0), ("smallest", 3, 1.0)):
        x = numpy.round(random.normal(size=size), 1)
        y = numpy.round(-tilt * x + random.normal(size=size), 1)
        rho, rho_p = stats.spearmanr(x, y)
        pearson, pearson_p = stats.pearsonr(x, y)
        out += array("double", f"golden_{name}_x", x)
        out += array("double", f"golden_{name}_y", y)
        out += array("double", f"golden_{name}_correlation", [rho, rho_p, pearson, pearson_p])

    values = numpy.sort(random.normal(size=11))
    q = [0.0, 0.16, 0.5, 0.84, 0.975, 1.0]
    out += array("double", "golden_sorted", values)
    out += array("double", "golden_q", q)
    out += array("double", "golden_quantiles", numpy.quantile(values, q))
    with open("tests/parity/metrics_golden.h", "w") as file:
        file.write(out)


main()
