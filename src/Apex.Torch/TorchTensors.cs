using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Apex.Torch;

/// <summary>Numbers in and out of tensors.</summary>
internal static class TorchTensors
{
    /// <summary>The values as single-precision numbers, row-major.</summary>
    public static float[] Floats(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        // Views and broadcast tensors share memory that does not lie in their order.
        return MemoryMarshal.Cast<byte, float>(tensor.detach().to(float32).cpu().contiguous().bytes).ToArray();
    }

    /// <summary>The memory of a contiguous single-precision tensor on the processor.</summary>
    public static Span<float> Memory(this Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
