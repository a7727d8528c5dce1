namespace Apex.Facts;

/// <summary>How each site of a run was probed alone; what came of it is in <c>sites.parquet</c>.</summary>
/// <param name="Sites">Indices of the sites, ascending.</param>
/// <param name="Rms">c_l = rms(a_l) of each, by which sigma is multiplied.</param>
/// <param name="Rows">Batch rows of a pass, for each.</param>
/// <param name="Sigmas">Noise levels, ascending, in units of each site's rms.</param>
/// <param name="Draws">Draws for each (site, sample, sigma).</param>
/// <param name="Samples">Samples, the first of the run.</param>
/// <param name="Passes">Noisy forward passes made.</param>
/// <param name="Seconds">Seconds that they took.</param>
public sealed record SingleSiteInfo(
    IReadOnlyList<int> Sites, IReadOnlyList<float> Rms, IReadOnlyList<int> Rows, IReadOnlyList<double> Sigmas, int Draws, int Samples,
    long Passes, double Seconds);
