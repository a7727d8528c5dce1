
namespace Apex.Noise;

/// <summary>The same direction for every sample and draw, one tensor for each site; sites without one are left alone.</summary>
/// <param name="directions">Site index to direction, shape <c>[elements of the site]</c>.</param>
public sealed class FixedPerturbation(IReadOnlyDictionary<int, float[]> directions) : IPerturbation
{
    /// <inheritdoc/>
    public string Name => "fixed";

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A direction does not have its site's number of elements.</exception>
    public void Fill(in NoiseKey key, Span<float> direction)
    {
        if (!directions.TryGetValue(key.Site, out var given))
        {
            direction.Clear();
            return;
        }

        if (given.Length != direction.Length)
            throw new ArgumentException($"the direction of site {key.Site} has {given.Length} elements, the site {direction.Length}");
        given.CopyTo(direction);
    }
}
