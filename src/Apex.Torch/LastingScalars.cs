using TorchSharp;
using static TorchSharp.torch;

namespace Apex.Torch;

/// <summary>
/// Sums and products whose numbers outlast the call. TorchSharp 0.107 makes a <see cref="Scalar"/> for the factor of every sum and for every number beside a
/// tensor, and lets the garbage collector free it while libtorch may still read it: under load a pass then fails, or adds a wrong multiple.
/// </summary>
internal static class LastingScalars
{
    private static readonly Scalar One = 1.ToScalar();

    /// <summary>a + b.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, One);
}
