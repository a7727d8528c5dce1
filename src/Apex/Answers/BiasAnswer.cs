using Apex.Analysis.LargeNoise;
using Apex.Facts;

namespace Apex.Answers;

/// <summary>What a model says when noise drowns the sample, and where in the network that lives: <c>apex bias RUN|MODEL</c>.</summary>
/// <param name="Model">Path of the model.</param>
/// <param name="Inputs">What was fed, for people.</param>
/// <param name="Classes">Class names, in the order of the logits.</param>
/// <param name="Sigma">The largest noise level, that of the shares; <c>"inf"</c> for the limit of infinite noise.</param>
/// <param name="Scale">Units of the noise.</param>
/// <param name="ClassShares">Share of each class there, shape <c>[classes]</c>.</param>
/// <param name="Low">Lower ends of their 95 % intervals.</param>
/// <param name="High">Upper ends.</param>
/// <param name="Draws">n of the intervals: draws in the limit, samples otherwise.</param>
/// <param name="TopClass">The class with the largest share.</param>
/// <param name="MaxShare">Its share.</param>
/// <param name="MaxShareInterval">Its interval.</param>
/// <param name="NormalisedEntropy">H / ln C of the shares in [0, 1], corrected for bias.</param>
/// <param name="NormalisedEntropyInterval">Its interval.</param>
/// <param name="Seed">Keyed the noise.</param>
/// <param name="Groups">One for each group of sites, the first as above; the others say where it lives.</param>
public sealed record BiasAnswer(
    string Model, string Inputs, IReadOnlyList<string> Classes, NoiseLevel Sigma, NoiseScale Scale,
    IReadOnlyList<double> ClassShares, IReadOnlyList<double> Low, IReadOnlyList<double> High, long Draws, int TopClass, double MaxShare, Ends MaxShareInterval,
    double NormalisedEntropy, Ends NormalisedEntropyInterval, ulong Seed, IReadOnlyList<BiasAnswer.SiteGroup> Groups) : Answer
{
    private const int Listed = 10;

    private IReadOnlyList<BiasCurve> Curves { get; init; } = [];

    /// <summary>Curves of bias as an answer.</summary>
    /// <param name="model">Path of the model.</param>
    /// <param name="inputs">What was fed, for people.</param>
    /// <param name="classes">Class names.</param>
    /// <param name="curves">One for each group of sites; the first is the answer, the others say where it lives.</param>
    /// <param name="scale">Units of the noise.</param>
    /// <param name="seed">Keyed the noise.</param>
    /// <param name="warnings">What looks wrong about the data, or null.</param>
    internal static BiasAnswer Create(
        string model, string inputs, IReadOnlyList<string> classes, IReadOnlyList<BiasCurve> curves, NoiseScale scale, ulong seed,
        IReadOnlyList<RunWarning>? warnings = null)
    {
        var last = curves[0].Levels[^1];
        return new(
            model, inputs, classes, new(curves[0].Sigmas[^1]), scale, [.. last.Shares.Select(s => s.Value)], [.. last.Shares.Select(s => s.Low)],
            [.. last.Shares.Select(s => s.High)], last.NormalisedEntropy.N, curves[0].TopClass, last.MaxShare.Value, last.MaxShare,
            last.NormalisedEntropy.Value, last.NormalisedEntropy, seed, [.. curves.Select(SiteGroup.Of)])
        {
            Warnings = warnings ?? [],
            Curves = curves,
        };
    }

    /// <inheritdoc/>
    public override AnswerText ToText()
    {
        var text = new AnswerText().Warn(Warnings);
        var last = Curves[0].Levels[^1];
        bool limit = double.IsPositiveInfinity(Sigma.Value);
        string unit = Scale == NoiseScale.Relative ? $" times each {(Curves[0].Sites == "parameters" ? "tensor" : "site")}'s rms" : "";
        if (limit)
            text.Line($"{Model}: predictions in the limit of infinite noise, which depend on the weights alone");
        else
            text.Line($"{Model}: predictions at sigma {Words.Sigma(Sigma.Value)}{unit}, {Inputs}");
        string n = $"n = {Draws} {(limit ? "draws" : "samples")}";
        string top = $"{Name(last.TopClass)} has {Words.Percent(last.MaxShare)}";
        text.Line($"Noise on {On(Curves[0].Sites)}: {top}; normalised entropy {Words.Estimate(last.NormalisedEntropy)} ({n})");
        int[] largest = [.. Enumerable.Range(0, Classes.Count).OrderByDescending(c => last.Shares[c].Value).Take(Listed)];
        text.Table(
            AnswerColumn.Left("", largest, c => $"{Classes[c]}"),
            AnswerColumn.Left("", largest, c => $"{Words.Share(last.Shares[c])}"),
            AnswerColumn.Bar(largest, c => last.Shares[c].Value));
        if (Classes.Count > Listed)
            text.Line($"  ({Classes.Count - Listed} more classes)");
        foreach (var curve in Curves.Where(c => c.Levels.Count > 1))
        {
            string before = curve.TakeOver == curve.Sigmas[0] ? " or before" : "";
            text.Line().Line($"Noise on {On(curve.Sites)}: {Name(curve.TopClass)} takes over at sigma {Words.Sigma(curve.TakeOver)}{before}");
            text.Table(
                AnswerColumn.Right("sigma", curve.Sigmas, s => $"{s:g4}"),
                AnswerColumn.Left("top class", curve.Levels, l => $"{Name(l.TopClass)}"),
                AnswerColumn.Left("  share  interval", curve.Levels, l => $"{Words.Share(l.MaxShare)}"),
                AnswerColumn.Left("normalised entropy", curve.Levels, l => $"{Words.Estimate(l.NormalisedEntropy)}"));
        }

        if (Curves[0].Sites == "parameters")
            text.Line($"All samples share each draw of the parameters: intervals hold for the networks that were drawn, not for others");
        if (Curves.Count == 1 || Curves[0].Levels.Count > 1)
            return text;
        return text.Line().Line($"Where it lives: noise on a part of the sites only").Table(
            AnswerColumn.Left("", Curves, c => $"{c.Sites}"),
            AnswerColumn.Right("", Curves, c => $"{c.SiteIndices.Count} sites"),
            AnswerColumn.Left("", Curves, c => $"{Name(c.TopClass)}"),
            AnswerColumn.Left("", Curves, c => $"{Words.Percent(c.Levels[^1].MaxShare)}"),
            AnswerColumn.Left("", Curves, c => $"normalised entropy {Words.Estimate(c.Levels[^1].NormalisedEntropy)}"));
    }

    private static string On(string sites) => sites switch
    {
        "all" => "all hidden sites",
        "input" or "parameters" => $"the {sites}",
        _ => $"the {sites} sites",
    };

    private string Name(int c) => Words.Class(Classes, c);

    /// <summary>How predictions concentrate as noise on a group of sites grows.</summary>
    /// <param name="Sites">Name of the group: all, chosen, early, middle, late, input, parameters.</param>
    /// <param name="SiteIndices">The sites, ascending.</param>
    /// <param name="Sigmas">Noise levels, ascending, shape <c>[sigmas]</c>.</param>
    /// <param name="ClassShares">Share of each class, shape <c>[sigmas][classes]</c>.</param>
    /// <param name="ClassShareInterval">Their intervals, shape <c>[sigmas][classes]</c>.</param>
    /// <param name="MaxShare">The largest share at each level.</param>
    /// <param name="TopClass">The class that has it.</param>
    /// <param name="NormalisedEntropy">H / ln C at each level.</param>
    /// <param name="NormalisedEntropyInterval">Its interval.</param>
    /// <param name="TakeOverClass">The class with the largest share at the largest level.</param>
    /// <param name="TakeOverSigma">The smallest level from which that class has the largest share at every level.</param>
    public sealed record SiteGroup(
        string Sites, IReadOnlyList<int> SiteIndices, IReadOnlyList<NoiseLevel> Sigmas, IReadOnlyList<IReadOnlyList<double>> ClassShares,
        IReadOnlyList<IReadOnlyList<Ends>> ClassShareInterval, IReadOnlyList<double> MaxShare, IReadOnlyList<int> TopClass,
        IReadOnlyList<double> NormalisedEntropy, IReadOnlyList<Ends> NormalisedEntropyInterval, int TakeOverClass, NoiseLevel TakeOverSigma)
    {
        internal static SiteGroup Of(BiasCurve c) => new(
            c.Sites, c.SiteIndices, [.. c.Sigmas.Select(s => new NoiseLevel(s))],
            [.. c.Levels.Select(l => (IReadOnlyList<double>)[.. l.Shares.Select(s => s.Value)])],
            [.. c.Levels.Select(l => (IReadOnlyList<Ends>)[.. l.Shares.Select(s => (Ends)s)])],
            [.. c.Levels.Select(l => l.MaxShare.Value)], [.. c.Levels.Select(l => l.TopClass)], [.. c.Levels.Select(l => l.NormalisedEntropy.Value)],
            [.. c.Levels.Select(l => (Ends)l.NormalisedEntropy)], c.TopClass, new(c.TakeOver));
    }
}
