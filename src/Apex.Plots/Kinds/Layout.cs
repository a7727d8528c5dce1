using Apex.Analysis.Statistics;
using Apex.Answers;
using Apex.Facts;
using Apex.Plots.Drawing;

namespace Apex.Plots.Kinds;

/// <summary>What plots have in common: their size, their axis over sigma, and what their captions say of runs.</summary>
internal static class Layout
{
    /// <summary>Why there is nothing to draw.</summary>
    public const string NothingFinite = "no noisy draw of it is finite";

    private const int LongestName = 40;

    /// <summary>As wide as one column of a paper.</summary>
    public static PlotSize Column { get; } = new(85, 52);

    /// <summary>No value: a gap in a curve.</summary>
    public static Interval Unknown { get; } = new(double.NaN, double.NaN, double.NaN, 0);

    /// <summary>What a run among several is called.</summary>
    public static string Letter(int r) => r == 0 ? "A" : "B";

    /// <summary>For the legend; one run by itself needs no name.</summary>
    public static string NameOf(IReadOnlyList<PlottedRun> runs, int r) => runs.Count == 1
        ? ""
        : $"{Letter(r)}: {(runs[r].Name.Length > LongestName ? runs[r].Name[..LongestName] + "…" : runs[r].Name)}";

    /// <summary>One axis for the levels of all runs.</summary>
    public static void OverSigma(Figure figure, IReadOnlyList<PlottedRun> runs)
    {
        string[] units = [.. runs.Select(run => Words.Unit(run.Info.Plan)).Distinct()];
        figure.OverSigma(runs.Min(run => run.Observations.Sigmas[0]), runs.Max(run => run.Observations.Sigmas[^1]), units.Length == 1 ? units[0] : "");
    }

    /// <summary>What is shown, what sigma is measured in where the axis cannot say it, n, and what to keep in mind of runs that are not whole.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="about">What lines and bands are; empty ones are left out.</param>
    public static string Caption(IReadOnlyList<PlottedRun> runs, params string[] about)
    {
        string[] units = [.. runs.Select(run => Words.Unit(run.Info.Plan))];
        return Joined([
            .. about,
            units.Distinct().Count() == 1 ? "" : $"σ of A {units[0]}, of B {units[^1]}",
            .. runs.Select((run, r) => $"{(runs.Count > 1 ? $"{Letter(r)}: " : "")}n = {run.Summary.Samples} samples, {run.Info.Plan.Draws} draws"),
            .. runs.SelectMany((run, r) => Cautions(run).Select(c => runs.Count > 1 ? $"{Letter(r)}: {c}" : c))]);
    }

    /// <summary>Parts of a caption, without those that are empty.</summary>
    public static string Joined(params IEnumerable<string> parts) => string.Join("; ", parts.Where(p => p.Length > 0));

    private static IEnumerable<string> Cautions(PlottedRun run)
    {
        if (run.Info.Status != RunStatus.Complete)
            yield return $"{run.Info.Status.ToString().ToLowerInvariant()}, {run.Info.Samples} of {run.Info.Wanted} samples";
        if (run.Summary.CleanNonFinite > 0)
            yield return $"{run.Summary.CleanNonFinite} samples without finite clean logits";
        if (run.Summary.NonFinite > 0)
            yield return $"{run.Summary.NonFinite} draws that are not finite are left out";
        if (run.Info.Plan.Space == NoiseSpace.Parameter)
            yield return $"all samples share the draws: intervals hold for these {run.Info.Plan.Draws} networks";
    }
}
