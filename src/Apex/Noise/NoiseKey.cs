
namespace Apex.Noise;

/// <summary>
/// What a perturbation is drawn for. Noise is a pure function of this key and the element index, so a result does not depend on
/// batch size, thread count, order, restart or sharding.
/// </summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Sample">The sample's id in its source, 0 to 2^48 - 1.</param>
/// <param name="Draw">The draw, 0 to 2^31 - 1.</param>
/// <param name="Site">The site's index, 0 (input) to 65535.</param>
public readonly record struct NoiseKey(ulong Seed, long Sample, int Draw, int Site)
{
    /// <summary>Parameters that a key can tell apart.</summary>
    public const int MostParameters = 65536;

    /// <summary>In place of a sample where all of them share the noise. No data set comes near this id, so that noise is never that of a sample.</summary>
    private const long EverySample = (1L << 48) - 1;

    /// <summary>The key of a parameter's noise, which all samples share.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="draw">The draw.</param>
    /// <param name="parameter">The parameter's index, which takes the site's place.</param>
    public static NoiseKey OfParameter(ulong seed, int draw, int parameter) => new(seed, EverySample, draw, parameter);
}
