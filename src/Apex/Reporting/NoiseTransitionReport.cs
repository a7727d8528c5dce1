using System.Globalization;
using Apex.Analysis.LargeNoise;
using Apex.Facts;

namespace Apex.Reporting;

/// <summary>What <c>apex transition</c> says: from the sample to the model.</summary>
/// <param name="info">The run.</param>
/// <param name="transition">Its analysis.</param>
public sealed class NoiseTransitionReport(RunInfo info, NoiseTransition transition)
{
    private const int BarWidth = 20;

    /// <summary>For programs.</summary>
    public string ToJson() => JsonText.Of(new
    {
        warnings = info.Warnings ?? [],
        model = info.Model.Path,
        data = info.Data.Spec,
        sigmas = transition.Sigmas,
        sampleDependence = transition.Levels.Select(l => l.Value),
        low = transition.Levels.Select(l => l.Low),
        high = transition.Levels.Select(l => l.High),
        @null = transition.Levels.Select(l => l.Null),
        nullHigh = transition.Levels.Select(l => l.NullHigh),
        pValue = transition.Levels.Select(l => l.PValue),
        status = transition.Levels.Select(l => l.Status),
        mutualInformation = transition.Levels.Select(l => l.MutualInformation),
        entropy = transition.Levels.Select(l => l.Entropy),
        excessVariation = transition.Levels.Select(l => l.ExcessVariation.Value),
        excessVariationInterval = transition.Levels.Select(l => (double[])[l.ExcessVariation.Low, l.ExcessVariation.High]),
        accuracy = transition.Accuracy?.Select(a => a.Value),
        accuracyInterval = transition.Accuracy?.Select(a => (double[])[a.Low, a.High]),
        agreement = transition.Agreement.Select(a => a.Value),
        agreementInterval = transition.Agreement.Select(a => (double[])[a.Low, a.High]),
        topClass = transition.Bias.Select(b => b.TopClass),
        topShare = transition.Bias.Select(b => b.MaxShare.Value),
        halfDependenceSigma = transition.HalfDependence.Value,
        halfLow = transition.HalfDependence.Low,
        halfHigh = transition.HalfDependence.High,
        smallNoiseUpTo = transition.SmallNoiseUpTo,
        largeNoiseFrom = transition.LargeNoiseFrom,
        samples = transition.Levels[0].Samples,
        draws = info.Plan.Draws,
        classes = info.Model.Classes,
    });

    /// <summary>For people.</summary>
    public string ToText()
    {
        var text = new ReportText();
        text.Warn(info.Warnings, "this answer");
        var half = transition.HalfDependence;
        string n = $"n = {transition.Levels[0].Samples} samples, {info.Plan.Draws} draws each";
        if (double.IsNaN(half.Value))
            text.Line($"{Unknown() ?? $"The sample dependence does not pass 1/2 on this grid ({n}): {Range()}"}");
        else
            text.Line($"Half of the sample dependence is gone at sigma {half.Value:g3} (95 % interval {Words.Sigma(half.Low)} to {Words.Sigma(half.High)}, {n})");
        if (transition.Levels.Count(l => l.Status == DependenceStatus.Reliable) < NoiseTransition.FewestLevels)
            text.Line($"Where small noise ends and large noise begins is not told: that takes {NoiseTransition.FewestLevels} levels that can be believed");
        else
            text.Line($"Small noise, where the sample decides: {(double.IsNaN(transition.SmallNoiseUpTo) ? "not seen on this grid; begin it lower" : $"up to sigma {Words.Sigma(transition.SmallNoiseUpTo)}")}; large noise, where the model does: {(double.IsNaN(transition.LargeNoiseFrom) ? Unknown() is null ? "not reached on this grid" : "not to be told from these levels" : $"from sigma {Words.Sigma(transition.LargeNoiseFrom)}")} (breaks of the curve, by least squares)");
        text.Line();
        text.Line($"S: sample dependence I(X;Y) / H(Y), corrected for bias, with its 95 % bootstrap interval; null: what S comes to by chance; TV: mean total variation to the marginal beyond chance");
        text.Line($"  {"sigma",9}  {"S",6}  {"interval",-16} {"null",6}  {"TV",5}  {(transition.Accuracy is null ? "agreement" : "accuracy"),9}  top class");
        int width = transition.Bias.Max(b => Words.Class(info.Model.Classes, b.TopClass).Length);
        for (int s = 0; s < transition.Sigmas.Count; s++)
        {
            var level = transition.Levels[s];
            var bias = transition.Bias[s];
            var left = (transition.Accuracy ?? transition.Agreement)[s];
            string top = $"{Words.Class(info.Model.Classes, bias.TopClass).PadRight(width)} {bias.MaxShare.Value.ToString("p1", CultureInfo.InvariantCulture)}";
            string told = level.Status switch
            {
                DependenceStatus.Undefined => $"{"-",6}  {"undefined",-16}",
                DependenceStatus.Unreliable => $"{"-",6}  {"unreliable",-16}",
                _ => string.Create(CultureInfo.InvariantCulture, $"{level.Value,6:f3}  [{level.Low,6:f3}, {level.High,5:f3}]"),
            };
            text.Line($"  {transition.Sigmas[s],9:g4}  {told} {(double.IsNaN(level.Null) ? "-" : level.Null.ToString("f3", CultureInfo.InvariantCulture)),6}  {Math.Max(0, level.ExcessVariation.Value),5:f3}  {left.Value,9:p1}  {top}  {(level.Status == DependenceStatus.Reliable ? Bar(level.Value) : "")}");
        }

        if (info.Plan.Space == NoiseSpace.Parameter)
            text.Line($"All samples share each draw of the parameters: intervals and null hold for these {info.Plan.Draws} networks");
        if (transition.Levels.Any(l => l.Status == DependenceStatus.Undefined))
            text.Line($"undefined: at least 99 % of the predictions fall on the top class, so that I and H are both near 0");
        if (transition.Levels.Any(l => l.Status == DependenceStatus.Unreliable))
            text.Line($"unreliable: {info.Plan.Draws} draws are too few for the classes that predictions spread over at that level; --json has the number, whose bias may pass 0.02 nats");
        return text.ToString();
    }

    /// <summary>What stands between the levels that can be believed and where S is 1/2; null where nothing does.</summary>
    internal string? Unknown()
    {
        int first = transition.Levels.TakeWhile(l => l.Status != DependenceStatus.Reliable).Count();
        int[] dark = [.. Enumerable.Range(0, transition.Levels.Count).Where(s => s > first && transition.Levels[s].Status != DependenceStatus.Reliable)];
        if (first == transition.Levels.Count || dark.Length == 0 || transition.Levels[first].Value < 0.5)
            return null;
        bool unreliable = transition.Levels[dark[0]].Status == DependenceStatus.Unreliable;
        return FormattableString.Invariant(
            $"Where half of the sample dependence is gone cannot be told: it is still {transition.Levels[dark[0] - 1].Value:f3} at sigma {transition.Sigmas[dark[0] - 1]:g4}, and from sigma {transition.Sigmas[dark[0]]:g4} on it is {(unreliable ? $"unreliable; more than {info.Plan.Draws} draws are needed" : "undefined, because nearly all predictions fall on one class")}");
    }

    private string Range()
    {
        var seen = transition.Levels.Where(l => l.Status == DependenceStatus.Reliable).Select(l => l.Value).ToList();
        return seen.Count == 0 ? "at no level can it be told" : string.Create(CultureInfo.InvariantCulture, $"it lies between {seen.Min():f3} and {seen.Max():f3}");
    }

    private static string Bar(double share) => new('█', (int)Math.Round(Math.Clamp(share, 0, 1) * BarWidth));
}
