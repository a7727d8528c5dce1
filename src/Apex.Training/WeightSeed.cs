using static TorchSharp.torch;

namespace Apex.Training;

/// <summary>
/// Fresh networks that depend on their seed alone: libtorch has one generator for all threads, so seeding it and drawing the weights must not be parted.
/// </summary>
internal static class WeightSeed
{
    private static readonly Lock Gate = new();

    /// <summary>Draws the weights of a network.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="create">Makes the network.</param>
    public static T Draw<T>(int seed, Func<T> create)
    {
        lock (Gate)
        {
            random.manual_seed(seed);
            return create();
        }
    }
}
