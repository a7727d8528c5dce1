namespace Apex.Noise;

/// <summary>Standard Gaussian noise xi_l ~ N(0, I), independent over sites, elements, draws and samples.</summary>
public sealed class GaussianPerturbation : IPerturbation
{
    /// <inheritdoc/>
    public string Name => "gaussian";

    /// <inheritdoc/>
    public void Fill(in NoiseKey key, Span<float> direction) => GaussianNoise.Fill(key, direction);
}
