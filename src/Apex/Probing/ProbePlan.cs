using Apex.Facts;
using Apex.Models;
using Apex.Sites;

namespace Apex.Probing;

/// <summary>
/// A probe with every choice resolved. Together with the model and the data it determines the results, however they are
/// split over threads, shards or restarts.
/// </summary>
public sealed record ProbePlan
{
    /// <summary>What noise is added to; <see cref="NoiseSpace.Input"/> also where site 0 alone was chosen by name.</summary>
    public NoiseSpace Space { get; init; } = NoiseSpace.Activation;

    /// <summary>The perturbed parameters; none but in parameter space.</summary>
    public IReadOnlyList<Parameter> Parameters { get; init; } = [];

    /// <summary>The perturbed sites, ascending; none in parameter space.</summary>
    public required IReadOnlyList<Site> Sites { get; init; }

    /// <summary>c_l for each of <see cref="Sites"/>.</summary>
    public required IReadOnlyList<float> SiteScales { get; init; }

    /// <summary>Noise levels, positive and ascending.</summary>
    public required IReadOnlyList<double> Sigmas { get; init; }

    /// <summary>Draws for each (sample, sigma).</summary>
    public required int Draws { get; init; }

    /// <summary>Whether <see cref="SiteScales"/> are 1 or measured; relative in parameter space.</summary>
    public required NoiseScale Scale { get; init; }

    /// <summary>Keys all noise.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Batch rows of a pass: draws of the same sample, padded with further draws where they do not fill it; in parameter space samples.</summary>
    public required int Rows { get; init; }

    /// <summary>What found the grid, or null where it was given.</summary>
    public PilotReport? Pilot { get; init; }
}
