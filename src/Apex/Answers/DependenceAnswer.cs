using System.Globalization;
using Apex.Analysis.LargeNoise;
using Apex.Facts;

namespace Apex.Answers;

/// <summary>At which noise the model decides rather than the sample: <c>apex dependence RUN</c>.</summary>
/// <param name="Model">Path of the model.</param>
/// <param name="Data">Where the samples came from.</param>
/// <param name="Sigmas">Noise levels, ascending, shape <c>[sigmas]</c>, as all lists here but the classes.</param>
/// <param name="SampleDependence">S = I(X; Y) / H(Y) in [0, 1], corrected for bias; null where it is undefined.</param>
/// <param name="Low">Lower ends of the 95 % bootstrap intervals over samples.</param>
/// <param name="High">Upper ends.</param>
/// <param name="Null">What S comes to by chance, on average.</param>
/// <param name="NullHigh">95th percentile there.</param>
/// <param name="PValue">Of "predictions do not depend on the sample", by permutation.</param>
/// <param name="Status">Whether to believe it.</param>
/// <param name="MutualInformation">I(X; Y) in nats, corrected for bias.</param>
/// <param name="Entropy">H(Y) in nats, corrected for bias.</param>
/// <param name="ExcessVariation">Mean total variation between a sample's predictions and the marginal, beyond chance.</param>
/// <param name="ExcessVariationInterval">Its intervals.</param>
/// <param name="Accuracy">Share of draws that equal the label; null without labels.</param>
/// <param name="AccuracyInterval">Its intervals.</param>
/// <param name="Agreement">Share of draws that equal the clean prediction.</param>
/// <param name="AgreementInterval">Its intervals.</param>
/// <param name="TopClass">The class with the largest share.</param>
/// <param name="TopShare">Its share.</param>
/// <param name="HalfDependenceSigma">The level at which half of S is gone; null where that is not within the believable levels.</param>
/// <param name="HalfLow">Lower end of its 95 % interval.</param>
/// <param name="HalfHigh">Upper end; null where the grid does not bound it.</param>
/// <param name="SmallNoiseUpTo">Small noise reaches up to here; null where that is not seen.</param>
/// <param name="LargeNoiseFrom">Large noise begins here; null where that is not reached.</param>
/// <param name="Samples">Samples with a finite draw at the first level.</param>
/// <param name="Draws">Draws of each sample at each level.</param>
/// <param name="Classes">Class names, in the order of the logits.</param>
public sealed record DependenceAnswer(
    string Model, string Data, IReadOnlyList<double> Sigmas, IReadOnlyList<double?> SampleDependence, IReadOnlyList<double?> Low, IReadOnlyList<double?> High,
    IReadOnlyList<double?> Null, IReadOnlyList<double?> NullHigh, IReadOnlyList<double?> PValue, IReadOnlyList<DependenceStatus> Status,
    IReadOnlyList<double?> MutualInformation, IReadOnlyList<double?> Entropy, IReadOnlyList<double?> ExcessVariation,
    IReadOnlyList<Ends> ExcessVariationInterval,
    IReadOnlyList<double>? Accuracy, IReadOnlyList<Ends>? AccuracyInterval, IReadOnlyList<double> Agreement, IReadOnlyList<Ends> AgreementInterval,
    IReadOnlyList<int> TopClass, IReadOnlyList<double> TopShare, double? HalfDependenceSigma, double? HalfLow, double? HalfHigh,
    double? SmallNoiseUpTo, double? LargeNoiseFrom, int Samples, int Draws, IReadOnlyList<string> Classes) : Answer
{
    private const int BarWidth = 20;

    private const string Variation = "TV: mean total variation to the marginal beyond chance";

    private NoiseTransition Transition { get; init; } = null!;

    private bool IsOfParameters { get; init; }

    /// <summary>The analysis of a run as an answer.</summary>
    /// <param name="info">The run.</param>
    /// <param name="t">Its analysis.</param>
    internal static DependenceAnswer Create(RunInfo info, NoiseTransition t)
    {
        IReadOnlyList<double?> Each(Func<SampleDependence, double> of) => [.. t.Levels.Select(l => of(l).OrNull())];
        return new(
            info.Model.Path, info.Data.Spec, t.Sigmas, Each(l => l.Value), Each(l => l.Low), Each(l => l.High), Each(l => l.Null), Each(l => l.NullHigh),
            Each(l => l.PValue), [.. t.Levels.Select(l => l.Status)], Each(l => l.MutualInformation), Each(l => l.Entropy), Each(l => l.ExcessVariation.Value),
            [.. t.Levels.Select(l => (Ends)l.ExcessVariation)], t.Accuracy is null ? null : [.. t.Accuracy.Select(a => a.Value)],
            t.Accuracy is null ? null : [.. t.Accuracy.Select(a => (Ends)a)], [.. t.Agreement.Select(a => a.Value)], [.. t.Agreement.Select(a => (Ends)a)],
            [.. t.Bias.Select(b => b.TopClass)], [.. t.Bias.Select(b => b.MaxShare.Value)],
            t.HalfDependence.Value.OrNull(), t.HalfDependence.Low.OrNull(), t.HalfDependence.High.OrNull(), t.SmallNoiseUpTo.OrNull(),
            t.LargeNoiseFrom.OrNull(),
            t.Levels[0].Samples, info.Plan.Draws, info.Model.Classes)
        {
            Warnings = info.Warnings ?? [],
            Transition = t,
            IsOfParameters = info.Plan.Space == NoiseSpace.Parameter,
        };
    }

    /// <inheritdoc/>
    public override AnswerText ToText()
    {
        var text = new AnswerText().Warn(Warnings);
        string n = $"n = {Samples} samples, {Draws} draws each";
        if (HalfDependenceSigma is { } half)
            text.Line($"Half of the sample dependence is gone at sigma {half:g3} (95 % interval {HalfInterval()}, {n})");
        else
            text.Line($"{Unknown() ?? $"The sample dependence does not pass 1/2 on this grid ({n}): {Range()}"}");
        text.Line($"{Regimes()}").Line();
        text.Line($"S: sample dependence I(X;Y) / H(Y), corrected for bias, with its 95 % bootstrap interval; null: what S comes to by chance; {Variation}");
        int[] levels = [.. Enumerable.Range(0, Sigmas.Count)];
        text.Table(
            AnswerColumn.Right("sigma", levels, s => $"{Sigmas[s]:g4}"),
            AnswerColumn.Right("S", levels, s => $"{(IsKnown(s) ? SampleDependence[s]!.Value.ToString("f3", CultureInfo.InvariantCulture) : "-")}"),
            AnswerColumn.Left("interval", levels, Interval),
            AnswerColumn.Right("null", levels, s => $"{(Null[s] is { } chance ? chance.ToString("f3", CultureInfo.InvariantCulture) : "-")}"),
            AnswerColumn.Right("TV", levels, s => $"{Math.Max(0, ExcessVariation[s] ?? double.NaN):f3}"),
            AnswerColumn.Right(Accuracy is null ? "agreement" : "accuracy", levels, s => $"{(Accuracy ?? Agreement)[s]:p1}"),
            AnswerColumn.Left("top class", levels, s => $"{Words.Class(Classes, TopClass[s])}"),
            AnswerColumn.Right("share", levels, s => $"{TopShare[s]:p1}"),
            AnswerColumn.Bar(levels, s => IsKnown(s) ? SampleDependence[s]!.Value : double.NaN, BarWidth));
        if (IsOfParameters)
            text.Line($"All samples share each draw of the parameters: intervals and null hold for these {Draws} networks");
        if (Status.Contains(DependenceStatus.Undefined))
            text.Line($"undefined: at least 99 % of the predictions fall on the top class, so that I and H are both near 0");
        if (Status.Contains(DependenceStatus.Unreliable))
            text.Line($"unreliable: {Draws} draws are too few for the classes that predictions spread over; the number, in the JSON, may be off by 0.02 nats");
        return text;
    }

    /// <summary>The interval of the half dependence in words.</summary>
    internal string HalfInterval() => $"{Words.Sigma(Transition.HalfDependence.Low)} to {Words.Sigma(Transition.HalfDependence.High)}";

    /// <summary>What stands between the levels that can be believed and where S is 1/2; null where nothing does.</summary>
    internal string? Unknown()
    {
        int first = Status.TakeWhile(s => s != DependenceStatus.Reliable).Count();
        int[] dark = [.. Enumerable.Range(0, Sigmas.Count).Where(s => s > first && !IsKnown(s))];
        if (first == Sigmas.Count || dark.Length == 0 || SampleDependence[first] < 0.5)
            return null;
        string why = Status[dark[0]] == DependenceStatus.Unreliable
            ? $"unreliable; more than {Draws} draws are needed"
            : "undefined, because nearly all predictions fall on one class";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Where half of the sample dependence is gone cannot be told: it is still {SampleDependence[dark[0] - 1]:f3} at sigma {Sigmas[dark[0] - 1]:g4}, "
            + $"and from sigma {Sigmas[dark[0]]:g4} on it is {why}");
    }

    private bool IsKnown(int level) => Status[level] == DependenceStatus.Reliable;

    private FormattableString Interval(int level) => Status[level] switch
    {
        DependenceStatus.Undefined => $"undefined",
        DependenceStatus.Unreliable => $"unreliable",
        _ => $"[{Low[level],6:f3}, {High[level],5:f3}]",
    };

    private string Regimes()
    {
        if (Status.Count(s => s == DependenceStatus.Reliable) < NoiseTransition.FewestLevels)
            return $"Where small noise ends and large noise begins is not told: that takes {NoiseTransition.FewestLevels} levels that can be believed";
        string small = SmallNoiseUpTo is { } upTo ? $"up to sigma {Words.Sigma(upTo)}" : "not seen on this grid; begin it lower";
        string large = LargeNoiseFrom is { } from ? $"from sigma {Words.Sigma(from)}" : Unknown() is null ? "not reached on this grid"
            : "not to be told from these levels";
        return $"Small noise, where the sample decides: {small}; large noise, where the model does: {large} (breaks of the curve, by least squares)";
    }

    private string Range()
    {
        double[] seen = [.. Enumerable.Range(0, Sigmas.Count).Where(IsKnown).Select(s => SampleDependence[s]!.Value)];
        return seen.Length == 0 ? "at no level can it be told"
            : string.Create(CultureInfo.InvariantCulture, $"it lies between {seen.Min():f3} and {seen.Max():f3}");
    }
}
