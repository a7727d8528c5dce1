using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;
using Apex.Facts;
using Apex.Sites;

namespace Apex.Analysis.Sensitivity;

/// <summary>
/// At which sites samples are fragile, to first order and without noise: g_l^2 / g^2, the share of a site in the variance of the margin (docs/method.md,
/// section 6).
/// </summary>
internal sealed record FirstOrderProfile
{
    /// <summary>Phi(-1): to first order a sample flips in so many draws at the noise m / g.</summary>
    private static readonly double FlipLevel = MathNet.Numerics.Distributions.Normal.CDF(0, 1, -1);

    /// <summary>The perturbed sites, ascending, each with the mean over samples of its share; the shares sum to 1.</summary>
    public required IReadOnlyList<(Site Site, Interval Share)> Sites { get; init; }

    /// <summary>Samples whose margin moves at all.</summary>
    public required int Samples { get; init; }

    /// <summary>
    /// Measured over first-order escape noise of each sample of the run, NaN where the grid does not hold it. 1 for an affine network; far from 1 where the
    /// network is bent on the way to its decision boundary.
    /// </summary>
    public required IReadOnlyList<double> Ratios { get; init; }

    /// <summary>Profiles a run.</summary>
    /// <param name="run">A run that keeps the gradients of its perturbed sites.</param>
    /// <param name="seed">Keys the bootstrap over samples.</param>
    /// <param name="replicates">Bootstrap replicates.</param>
    /// <returns>Null where fewer than two samples have a margin that moves.</returns>
    public static FirstOrderProfile? Of(RunObservations run, ulong seed = 0, int replicates = 1000)
    {
        double[][] shares = [.. run.Samples.Select(s => FirstOrderDistance.Shares(run.Info, s)).OfType<double[]>()];
        if (shares.Length < 2)
            return null;
        var sites = run.Info.Plan.Sites.Select(index => run.Info.Model.Sites.First(s => s.Index == index)).ToList();
        double[] Mean(IReadOnlyList<int> chosen) => [.. sites.Select((_, l) => chosen.Average(i => shares[i][l]))];
        var intervals = Bootstrap.Percentile(shares.Length, Mean, Mean([.. Enumerable.Range(0, shares.Length)]), seed, replicates);
        return new FirstOrderProfile
        {
            Sites = [.. sites.Zip(intervals)],
            Samples = shares.Length,
            Ratios = [.. run.Samples.Select(s => Ratio(run, s))],
        };
    }

    /// <summary>The measured noise at which Phi(-1) of a sample's draws flip, over m / g; NaN where it lies outside the grid.</summary>
    /// <param name="run">A run that keeps gradients.</param>
    /// <param name="sample">One of its samples.</param>
    public static double Ratio(RunObservations run, SampleObservation sample)
    {
        if (sample.CleanPrediction is null)
            return double.NaN;
        var escape = EscapeNoise.FlipLevel(sample, run.Sigmas, FlipLevel);
        double ratio = escape.Censoring == Censoring.None ? escape.Value / FirstOrderDistance.Of(run.Info, sample) : double.NaN;
        return double.IsFinite(ratio) ? ratio : double.NaN;
    }
}
