using Apex.Analysis.Statistics;

namespace Apex.Analysis.Screening;

/// <summary>How many models of a kind screening calls suspicious.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Called">Those with p below 0.05.</param>
/// <param name="Models">All of them.</param>
internal sealed record CalledSuspicious(string Kind, int Called, int Models)
{
    /// <summary>The share, with Wilson's 95 % interval.</summary>
    public Interval Rate => Interval.Wilson(Called, Models, Models);
}
