using Apex.Analysis.Statistics;
using Apex.Sites;

namespace Apex.Analysis.Reach;

/// <summary>How much of one site's activation space perturbing the input can reach, over samples (docs/method.md, section 4).</summary>
/// <param name="Site">The site.</param>
/// <param name="SampleIds">The samples.</param>
/// <param name="Spaces">What is reached at each.</param>
internal sealed record Reachability(Site Site, IReadOnlyList<long> SampleIds, IReadOnlyList<ReachableSpace> Spaces)
{
    /// <summary>Mean rank.</summary>
    public double Rank => Spaces.Average(s => s.Rank);

    /// <summary>Smallest rank.</summary>
    public int LeastRank => Spaces.Min(s => s.Rank);

    /// <summary>Largest rank.</summary>
    public int MostRank => Spaces.Max(s => s.Rank);

    /// <summary>True where the probes bounded the rank of some sample: it is at least what is told.</summary>
    public bool IsAtLeast => Spaces.Any(s => !s.IsComplete);

    /// <summary>True where the rank of every sample is clear of rounding.</summary>
    public bool IsResolved => Spaces.All(s => s.IsResolved);

    /// <summary>Mean number of units with a derivative.</summary>
    public double Live => Spaces.Average(s => s.Live);

    /// <summary>Rank over dimension, which the share must meet in expectation.</summary>
    public double RankShare => Rank / Site.Elements;

    /// <summary>
    /// The mean share of a random direction's energy in the range of J. Its 95 % interval is Student's over the samples' means, because
    /// directions of one sample share its range; with one sample, over its directions. N counts directions over all samples.
    /// </summary>
    public Interval Share
    {
        get
        {
            double[] values = Spaces.Count > 1 ? [.. Spaces.Select(s => s.Shares.Average())] : [.. Spaces[0].Shares];
            var mean = Interval.Student(values);
            return new Interval(mean.Value, Math.Max(0, mean.Low), Math.Min(1, mean.High), Spaces.Sum(s => (long)s.Shares.Count));
        }
    }
}
