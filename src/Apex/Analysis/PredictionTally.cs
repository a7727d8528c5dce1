using System.Globalization;
using Apex.Analysis.Statistics;
using Apex.Facts;

namespace Apex.Analysis;

/// <summary>Counts of clean predictions beside labels, and what about them looks wrong.</summary>
/// <param name="classes">Class names.</param>
internal sealed class PredictionTally(IReadOnlyList<string> classes)
{
    private const int FewestLabels = 5, FewestPredictions = 20;

    /// <summary>With fewer than <see cref="FewestPredictions"/> labels, only an accuracy that is surely below this counts as near chance.</summary>
    private const double SurelyLow = 0.5;

    /// <summary>Share of predictions on one class at which hardly anything depends on the input.</summary>
    private const double NearlyAll = 0.99;

    /// <summary>Cohen's kappa at which an accuracy is near chance: by itself, and where its interval holds chance.</summary>
    private const double NearChance = 0.05, MaybeChance = 0.1;

    /// <summary>Share of the labelled samples that one rule from labels to predictions must explain to be said.</summary>
    private const double Explained = 0.75;

    private readonly Dictionary<(int Label, int Predicted), long> _pairs = [];
    private readonly Dictionary<int, long> _predictions = [];
    private readonly Dictionary<int, long> _labels = [];
    private long _labelled, _correct, _predicted;

    /// <summary>A run with these warnings beside its own.</summary>
    /// <param name="info">The run.</param>
    public RunInfo AddTo(RunInfo info) => Warnings() is { Count: > 0 } found ? info with { Warnings = [.. info.Warnings ?? [], .. found] } : info;

    /// <summary>Counts a sample.</summary>
    /// <param name="label">Its label, or null.</param>
    /// <param name="prediction">Its clean prediction, or null where a logit is not finite.</param>
    public void Add(int? label, int? prediction)
    {
        if (prediction is not { } predicted)
            return;
        _predicted++;
        _predictions[predicted] = _predictions.GetValueOrDefault(predicted) + 1;
        if (label is not { } given)
            return;
        _labelled++;
        _correct += given == predicted ? 1 : 0;
        _labels[given] = _labels.GetValueOrDefault(given) + 1;
        _pairs[(given, predicted)] = _pairs.GetValueOrDefault((given, predicted)) + 1;
    }

    /// <summary>What looks wrong: one warning at most, the one that says most.</summary>
    public IReadOnlyList<RunWarning> Warnings() => (ClassOrder() ?? OneClass() ?? Chance() ?? MostlyOtherwise()) is { } warning ? [warning] : [];

    private double Accuracy => (double)_correct / _labelled;

    /// <summary>Labels are predicted as others, each as one of its own.</summary>
    private RunWarning? ClassOrder()
    {
        if (_labelled < FewestPredictions || _labels.Count < 2)
            return null;
        if (Moved() is { Count: >= 2 } moved && moved.Select(m => m.Predicted).Distinct().Count() == moved.Count)
        {
            long samples = moved.Sum(m => _pairs[m]);
            string each = $"each class as one of its own ({Rule(moved)})";
            return Warning(
                RunWarning.ClassOrder,
                $"{samples} samples of {moved.Count} classes are predicted as another class, {each}: labels and logits number them differently",
                "give `Classes`, or labels, in the order of the logits");
        }

        if (Accuracy >= 0.5)
            return null;
        // Too few samples a class to judge each; together they may show one rule.
        var best = _labels.Keys.Order().Select(y => (Label: y, _pairs.Where(p => p.Key.Label == y).MaxBy(p => p.Value).Key.Predicted)).ToList();
        if (best.Select(b => b.Predicted).Distinct().Count() < best.Count)
            return null;
        long explained = best.Sum(b => _pairs[(b.Label, b.Predicted)]);
        if (explained < Explained * _labelled)
            return null;
        double share = (double)explained / _labelled;
        string rule = Rule([.. best.Where(b => b.Label != b.Predicted)]);
        return Warning(
            RunWarning.ClassOrder,
            $"{share:p0} of the labels are predicted by one rule that is not their own ({rule}): labels and logits number the classes differently",
            "give `Classes`, or labels, in the order of the logits");
    }

    /// <summary>Classes of which at least <see cref="Explained"/> are predicted as one other class, with at least <see cref="FewestLabels"/> samples.</summary>
    private List<(int Label, int Predicted)> Moved() =>
    [
        .. _pairs
            .Where(p => p.Key.Label != p.Key.Predicted && _labels[p.Key.Label] >= FewestLabels && p.Value >= Explained * _labels[p.Key.Label])
            .Select(p => p.Key).Order(),
    ];

    private string Rule(IReadOnlyList<(int Label, int Predicted)> moved) =>
        string.Join(", ", moved.Take(3).Select(m => $"{Name(m.Label)} as {Name(m.Predicted)}")) + (moved.Count > 3 ? ", ..." : "");

    private RunWarning? OneClass()
    {
        if (_predicted < FewestPredictions)
            return null;
        var (top, count) = _predictions.MaxBy(p => p.Value);
        // Samples of one class alone are predicted as one class.
        if (count < NearlyAll * _predicted || _labels.GetValueOrDefault(top) >= 0.9 * Math.Max(1, _labelled))
            return null;
        string said = _labelled == 0
            ? "where the samples are not all of that class"
            : FormattableString.Invariant($"{1 - (double)_labels.GetValueOrDefault(top) / _labelled:p0} of the labels are others");
        return Warning(
            RunWarning.OneClass,
            $"{(double)count / _predicted:p1} of the {_predicted} clean predictions fall on {Name(top)}, without any noise",
            $"{said}{(_labelled == 0 ? "," : ";")} check `Preprocessing.Scale`, `Mean`, `Std` and `Layout`");
    }

    private RunWarning? Chance()
    {
        if (_labelled < FewestLabels)
            return null;
        double chance = 1.0 / classes.Count, kappa = (Accuracy - chance) / (1 - chance);
        var accuracy = Interval.Wilson(_correct, _labelled, _labelled);
        bool isNear = kappa <= NearChance || (accuracy.Low <= chance && kappa <= MaybeChance);
        if (!isNear || (_labelled < FewestPredictions && accuracy.High >= SurelyLow))
            return null;
        return Warning(
            RunWarning.Chance,
            $"clean accuracy {accuracy.Value:f3} [{accuracy.Low:f3}, {accuracy.High:f3}], n = {_labelled}, is at or near chance ({chance:g3})",
            "check `Preprocessing.Scale`, `Mean`, `Std`, `Layout` and `Resize`, and `Classes` for the order of the labels");
    }

    private RunWarning? MostlyOtherwise()
    {
        if (_labelled < FewestPredictions)
            return null;
        var accuracy = Interval.Wilson(_correct, _labelled, _labelled);
        return accuracy.High >= 0.5 ? null : Warning(
            RunWarning.MostlyOtherwise,
            $"{1 - accuracy.Value:p0} of the {_labelled} labels are predicted as another class, without any noise",
            "check `Preprocessing.Scale`, `Mean`, `Std`, `Resize` and `ResizeFilter` against how the network was trained, and the labels");
    }

    private string Name(int label) => label < classes.Count ? classes[label] : label.ToString(CultureInfo.InvariantCulture);

    private static RunWarning Warning(string kind, FormattableString what, string advice) => new(kind, $"{FormattableString.Invariant(what)}; {advice}");
}
