using Apex.Data;
using Apex.Facts;
using Apex.Models;

namespace Apex.Experiments;

/// <summary>
/// The first samples as their source holds them and as the network gets them, and what about them cannot be right. It looks at numbers alone; whether
/// predictions fit is seen after a run (<see cref="Analysis.PredictionTally"/>).
/// </summary>
internal sealed record InputCheck
{
    /// <summary>Samples looked at.</summary>
    private const int Samples = 32;

    /// <summary>A factor as small as this is made for pixels: 1/255, 1/256, 1/127.5, 1/128.</summary>
    private const double PixelScale = 1.0 / 64;

    /// <summary>The same inside a graph, which divides by the standard deviation of pixels, about 60, where it normalises.</summary>
    private const double InGraphScale = 1.0 / 16;

    /// <summary>Numbers as small as this are no pixels of 0 to 255: scaled or standardised data stays below it.</summary>
    private const double SmallNumbers = 16;

    /// <summary>Standard deviations by which inputs may lie beside what the preprocessing or the first layer was made for.</summary>
    private const double Far = 10;

    /// <summary>Standard deviation of the inputs below which what divides them is that of larger numbers.</summary>
    private const double Flat = 0.02;

    /// <summary>Fewer samples may be alike by chance.</summary>
    private const int FewestForSpread = 8;

    private InputCheck() { }

    /// <summary>The first sample as its source holds it: pixels 0 to 255, or any numbers.</summary>
    public required NumberSummary FirstRaw { get; init; }

    /// <summary>The first sample as the network gets it.</summary>
    public required NumberSummary First { get; init; }

    /// <summary>What looks wrong, or nothing.</summary>
    public required IReadOnlyList<RunWarning> Warnings { get; init; }

    /// <summary>Looks at the first of some samples.</summary>
    /// <param name="classifier">The network.</param>
    /// <param name="preprocessing">What is done to samples.</param>
    /// <param name="preprocessor">What does it.</param>
    /// <param name="data">The source.</param>
    /// <param name="ids">The chosen samples.</param>
    /// <param name="isNamed">Whether names of the classes were given, by which folders and words are numbered.</param>
    /// <returns>Null for tokens, which have no range.</returns>
    /// <exception cref="InvalidInputException">A sample cannot be read or does not fit the network.</exception>
    internal static InputCheck? Check(
        IClassifier classifier, Preprocessing preprocessing, Preprocessor preprocessor, IDataset data, IReadOnlyList<long> ids, bool isNamed)
    {
        if (classifier.Input.Kind == InputKind.Tokens)
            return null;
        var raw = new List<SampleInput>();
        var inputs = new List<ModelSample>();
        try
        {
            foreach (var sample in data.Read([.. ids.Take(Samples)]))
            {
                inputs.Add(preprocessor.Apply(sample, data.Spec));
                raw.Add(sample.Kind == SampleKind.Tokens ? sample with { Values = [.. sample.Tokens.Select(t => (float)t)] } : sample);
            }
        }
        catch (InvalidInputException) when (raw.Count > 0)
        {
            // A bad sample is told when its turn comes, and those before it are kept.
        }

        var (before, after) = (NumberSummary.Of(raw.Select(s => s.Values)), NumberSummary.Of(inputs.Select(s => s.Values)));
        double scale = preprocessor.ScaleFor(raw[0].Kind);
        RunWarning?[] found =
        [
            OfScale(preprocessing, data, raw[0].Kind, scale, before) ?? OfRescaling(classifier, data, after)
                ?? OfNormalisation(preprocessing, data, before, scale, after) ?? OfFirstLayer(classifier, data, inputs, after),
            OfFolders(data, isNamed, classifier.Classes),
        ];
        return new InputCheck
        {
            FirstRaw = NumberSummary.Of([raw[0].Values]),
            First = NumberSummary.Of([inputs[0].Values]),
            Warnings = [.. found.OfType<RunWarning>()],
        };
    }

    private static RunWarning? OfScale(Preprocessing preprocessing, IDataset data, SampleKind kind, double scale, NumberSummary raw)
    {
        bool small = kind == SampleKind.Image ? raw.Max is > 0 and <= 1 : raw.Largest is > 0 and <= SmallNumbers && (!raw.AreWhole || raw.Largest <= 1);
        if (Math.Abs(scale) > PixelScale || !small)
            return null;
        string source = preprocessing.Scale is null ? "the default for pixels" : $"from {preprocessing.Source}";
        return Warning(
            RunWarning.PixelScale,
            $"{data.Spec}: its numbers lie between {raw.Min:g4} and {raw.Max:g4}, and the scale {scale:g4} ({source}) is made for pixels of 0 to 255",
            $"if they are scaled already, give `Preprocessing.Scale` 1");
    }

    private static RunWarning? OfRescaling(IClassifier classifier, IDataset data, NumberSummary input)
    {
        bool small = input.Largest is > 0 and <= SmallNumbers && (!input.AreWhole || input.Largest <= 1);
        if ((classifier as IInputStatistics)?.InputFactor is not { } factor || Math.Abs(factor) > InGraphScale || !small)
            return null;
        string given = FormattableString.Invariant($"{data.Spec}: the network gets numbers between {input.Min:g4} and {input.Max:g4}");
        return Warning(
            RunWarning.PixelScale,
            $"{given}, and itself multiplies them by {factor:g4} as if they were pixels of 0 to 255",
            $"give `Preprocessing.Scale` 1 for pixels, `Preprocessing.Scale` 255 for numbers of 0 to 1");
    }

    private static RunWarning? OfNormalisation(Preprocessing preprocessing, IDataset data, NumberSummary raw, double scale, NumberSummary input)
    {
        if (preprocessing.Mean is null && preprocessing.Std is null)
            return null;
        // Normalised by its own mean and standard deviation data has 0 and 1; with no divisor its own spread is the unit.
        bool divides = preprocessing.Std?.Any(s => s != 1) == true;
        double unit = divides ? 1 : Math.Max(raw.Std * Math.Abs(scale), 1e-3 * raw.Largest * Math.Abs(scale));
        bool isFlat = divides && raw.Std > 0 && input.Std < Flat;
        if (Math.Abs(input.Mean) <= Far * unit && input.Std <= Far * unit && !isFlat)
            return null;
        if (preprocessing.Scale is null && scale == 1 && raw is { Min: >= 0, Max: > SmallNumbers and <= 255 })
        {
            string numbers = FormattableString.Invariant($"{data.Spec}: its numbers lie between {raw.Min:g4} and {raw.Max:g4}");
            return Warning(
                RunWarning.Normalisation,
                $"{numbers} and are not scaled before mean and std ({preprocessing.Source}), since only 8-bit pixels are by themselves",
                $"give `Preprocessing.Scale` 1/255 if they are pixels");
        }

        string given = FormattableString.Invariant($"{data.Spec}: the network gets numbers of mean {input.Mean:g4} and standard deviation {input.Std:g4}");
        return Warning(
            RunWarning.Normalisation,
            $"{given}, so mean and std ({preprocessing.Source}) are those of other numbers",
            $"check `Preprocessing.Scale`, `Mean` and `Std`");
    }

    private static RunWarning? OfFirstLayer(IClassifier classifier, IDataset data, IReadOnlyList<ModelSample> inputs, NumberSummary input)
    {
        double square, variance;
        try
        {
            if ((classifier as IInputStatistics)?.FirstNormalisation(inputs) is not { } seen)
                return null;
            (square, variance) = seen;
        }
        catch (InvalidInputException)
        {
            // What ONNX Runtime does not take is told when its turn comes.
            return null;
        }

        bool large = square > Far * Far, flat = inputs.Count >= FewestForSpread && variance < 1 / (Far * Far);
        if (!large && !flat)
            return null;
        string how = FormattableString.Invariant($"{Math.Sqrt(large ? square : variance):g2} times as {(large ? "large" : "spread")} as");
        return Warning(
            RunWarning.FirstLayer,
            $"{data.Spec}: the network gets numbers between {input.Min:g4} and {input.Max:g4}, and its first batch norm sees them {how} in training",
            $"check `Preprocessing.Scale`, `Mean` and `Std`");
    }

    private static RunWarning? OfFolders(IDataset data, bool isNamed, int classes)
    {
        bool areWords = data is not RelabelledDataset { AreWords: false };
        if (isNamed || !areWords || data.Labels is null || data.ClassNames is not { } names || names.Count >= classes)
            return null;
        string numbered = string.Join(", ", names.Take(4).Select((n, i) => $"{n} = {i}")) + (names.Count > 4 ? ", ..." : "");
        string given = data.Format == "folder" ? "class folders" : "labels";
        return Warning(
            RunWarning.ClassFolders,
            $"{data.Spec}: {names.Count} {given} for {classes} classes, numbered from 0 in their order ({numbered})",
            $"give `Classes` with the names of all classes in the order of the logits");
    }

    private static RunWarning Warning(string kind, FormattableString what, FormattableString advice) =>
        new(kind, $"{FormattableString.Invariant(what)}; {FormattableString.Invariant(advice)}");
}
