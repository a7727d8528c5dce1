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
    private static double Of(RunInfo run, SampleObservation sample)
    {
        double squares = 0;
        foreach (var (site, scale) in run.Plan.Sites.Zip(run.Plan.SiteScales))
        {
            int slot = 0;
            while (run.FirstOrderSites![slot] != site)
                slot++;
            squares += (double)scale * scale * sample.SquaredGradients![slot];
        }

        return sample.CleanMargin / Math.Sqrt(squares);
    }
}
