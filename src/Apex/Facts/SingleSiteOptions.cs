namespace Apex.Facts;

/// <summary>How each site is probed alone.</summary>
public readonly record struct SingleSiteOptions
{
    /// <summary>The first 100 samples, at most 16 draws, 19 levels.</summary>
    public SingleSiteOptions() { }

    /// <summary>
    /// 1/8 to 64 times a site's rms by factors of √2: from where the noise is a hundredth of the activations' energy and less to where nothing is left of
    /// them, even where pooling behind the site averages noise away.
    /// </summary>
    public static IReadOnlyList<double> StandardSigmas { get; } = [.. Enumerable.Range(-6, 19).Select(half => Math.Pow(2, half / 2.0))];

    /// <summary>Samples, the first of the run, at least 2. Default: 100.</summary>
    public int Samples { get; init; } = 100;

    /// <summary>Noise draws for each (site, sample, sigma), 1 to 65536. Default: null, those of the run but at most 16.</summary>
    public int? Draws { get; init; }

    /// <summary>Noise levels in units of each site's rms, positive and ascending. Default: <see cref="StandardSigmas"/>.</summary>
    public IReadOnlyList<double> Sigmas { get; init; } = StandardSigmas;
}
