using Apex.Facts;

namespace Apex.Analysis.Regularity;

/// <summary>
/// The first-order distance m / g of a sample (docs/method.md, section 2): the noise at which its margin m is one standard deviation of itself, to first
/// order. g^2 = sum over the perturbed sites of c_l^2 ||dm / da_l||^2.
/// </summary>
internal static class FirstOrderDistance
{
    /// <summary>As a readout, of runs that keep the gradients of their perturbed sites.</summary>
    public static Readout Readout { get; } = new()
    {
        Name = "first-order",
        What = "clean margin over the size of its gradient at the perturbed sites: no noise, one backward pass",
        Score = Readout.Each((run, s) => Of(run.Info, s)),
        Draws = _ => 0,
        NeedsGradients = true,
    };

    /// <summary>Whether a run keeps the gradients of all sites that it perturbs.</summary>
    public static bool IsIn(RunInfo run) => run.FirstOrderSites is { } kept && run.Plan.Sites.Count > 0 && run.Plan.Sites.All(kept.Contains);

    /// <summary>m / g in units of sigma; infinite where nothing moves the margin.</summary>
    /// <param name="run">A run that keeps the gradients of its perturbed sites.</param>
    /// <param name="sample">One of its samples.</param>
    public static double Of(RunInfo run, SampleObservation sample) => sample.CleanMargin / Slope(run, sample);

    /// <summary>g, the standard deviation of the margin at sigma 1 to first order.</summary>
    /// <param name="run">A run that keeps the gradients of its perturbed sites.</param>
    /// <param name="sample">One of its samples.</param>
    public static double Slope(RunInfo run, SampleObservation sample) => Math.Sqrt(Squares(run, sample).Sum());

    /// <summary>g_l^2 / g^2 of each perturbed site, ascending, summing to 1; null where nothing moves the margin.</summary>
    /// <param name="run">A run that keeps the gradients of its perturbed sites.</param>
    /// <param name="sample">One of its samples.</param>
    public static double[]? Shares(RunInfo run, SampleObservation sample)
    {
        double[] squares = Squares(run, sample);
        double sum = squares.Sum();
        return sum > 0 && double.IsFinite(sum) ? [.. squares.Select(s => s / sum)] : null;
    }

    /// <summary>g_l^2 = c_l^2 ||dm / da_l||^2 of each perturbed site.</summary>
    private static double[] Squares(RunInfo run, SampleObservation sample)
    {
        var kept = run.FirstOrderSites!.Index().ToDictionary(s => s.Item, s => s.Index);
        return [.. run.Plan.Sites.Zip(run.Plan.SiteScales, (site, scale) => (double)scale * scale * sample.SquaredGradients![kept[site]])];
    }
}
