using Apex.Noise;

namespace Apex.Training.Studies;

/// <summary>
/// Gaussian noise on those units of one ReLU site that are off for a sample. Their derivative by the input is zero, so this noise lies outside of what a small
/// perturbation of the input can do at that site.
/// </summary>
/// <param name="off">Whether each unit is off, by sample id; shape <c>[elements]</c> each.</param>
internal sealed class OffUnits(IReadOnlyDictionary<long, bool[]> off) : IPerturbation
{
    private readonly GaussianPerturbation _all = new();

    /// <inheritdoc/>
    public string Name => "off-units";

    /// <inheritdoc/>
    public void Fill(in NoiseKey key, Span<float> direction)
    {
        _all.Fill(key, direction);
        bool[] own = off[key.Sample];
        for (int i = 0; i < direction.Length; i++)
        {
            if (!own[i])
                direction[i] = 0;
        }
    }
}
