namespace Apex.Noise;

/// <summary>
/// The direction that is added to a site: the engine adds <c>sigma * c_l * direction</c> to a_l. Standard Gaussian noise is one
/// (<c>GaussianPerturbation</c>); a fixed tensor per site is another.
/// </summary>
public interface IPerturbation
{
    /// <summary>A stable name that a run's provenance records.</summary>
    string Name { get; }

    /// <summary>
    /// Writes the direction for one (sample, draw, site). It must be a pure function of <paramref name="key"/> and be safe to
    /// call from several threads at once.
    /// </summary>
    /// <param name="key">What the direction is for.</param>
    /// <param name="direction">Destination, shape <c>[elements of the site]</c>, row-major; every element must be written.</param>
    void Fill(in NoiseKey key, Span<float> direction);
}
