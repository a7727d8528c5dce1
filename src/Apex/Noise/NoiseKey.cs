namespace Apex.Noise;

/// <summary>
/// What a perturbation is drawn for. Noise is a pure function of this key and the element index, so a result does not depend on
/// batch size, thread count, order, restart or sharding.
/// </summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Sample">The sample's id in its source, 0 to 2^48 - 1.</param>
/// <param name="Draw">The draw, 0 to 2^31 - 1.</param>
/// <param name="Site">The site's index, 0 (input) to 65535.</param>
public readonly record struct NoiseKey(ulong Seed, long Sample, int Draw, int Site);
