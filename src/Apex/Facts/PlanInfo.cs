
namespace Apex.Facts;

/// <summary>The plan as written down.</summary>
/// <param name="Sites">Indices of the perturbed sites; none in parameter space.</param>
/// <param name="SiteScales">c_l of each.</param>
/// <param name="Sigmas">Noise levels, ascending.</param>
/// <param name="Draws">N.</param>
/// <param name="Scale">Absolute or relative noise; parameter noise is relative.</param>
/// <param name="Seed">Keys all noise.</param>
/// <param name="Rows">Batch rows of a pass.</param>
/// <param name="Perturbation">Name of the perturbation.</param>
/// <param name="Threads">Worker threads; results do not depend on it.</param>
/// <param name="Pilot">How the grid was found, or null where it was given.</param>
/// <param name="Space">What noise is added to; runs from before there was a choice do not say, and perturb sites.</param>
/// <param name="Parameters">The perturbed parameters, or null but in parameter space.</param>
public sealed record PlanInfo(
    IReadOnlyList<int> Sites, IReadOnlyList<float> SiteScales, IReadOnlyList<double> Sigmas, int Draws, NoiseScale Scale,
    ulong Seed, int Rows, string Perturbation, int Threads, PilotReport? Pilot, NoiseSpace Space = NoiseSpace.Activation,
    IReadOnlyList<Models.Parameter>? Parameters = null);
