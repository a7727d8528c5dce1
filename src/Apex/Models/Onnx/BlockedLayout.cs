using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Apex.Models.Onnx.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace Apex.Models.Onnx;

/// <summary>
/// ONNX Runtime's NCHWc layout on processors, in which convolutions run: channels in blocks, the channels of a block
/// side by side, the last block padded with zeros: <c>[ceil(C / block), H * W, block]</c>.
/// </summary>
internal static class BlockedLayout
{
    private static readonly Lazy<int> _block = new(Measure);

    /// <summary>Channels in a block on this processor, or 0 where ONNX Runtime has no such layout here.</summary>
    public static int Block => _block.Value;

    /// <summary>C with its padding.</summary>
    public static int Padded(int channels) => (channels + Block - 1) / Block * Block;

    /// <summary>Writes a channel-major tensor in blocks. Padding is left as it is.</summary>
    /// <param name="source">Shape <c>[channels, area]</c>.</param>
    /// <param name="channels">C.</param>
    /// <param name="block">Channels in a block.</param>
    /// <param name="destination">Shape <c>[ceil(channels / block), area, block]</c>.</param>
    public static void Scatter(ReadOnlySpan<float> source, int channels, int block, Span<float> destination)
    {
        int area = source.Length / channels;
        for (int first = 0; first < channels; first += block)
        {
            int present = Math.Min(block, channels - first);
            var from = source.Slice(first * area, present * area);
            var to = destination.Slice(first * area, block * area);
            int whole = Avx.IsSupported ? area / 8 * 8 : 0, eights = present / 8 * 8;
            for (int channel = 0; channel < eights; channel += 8)
            {
                // The slices are the proof that the loop below stays inside.
                ref float source0 = ref MemoryMarshal.GetReference(from.Slice(channel * area, 8 * area));
                ref float destination0 = ref MemoryMarshal.GetReference(to[channel..]);
                for (int at = 0; at < whole; at += 8)
                    Transpose(ref Unsafe.Add(ref source0, at), area, ref Unsafe.Add(ref destination0, at * block), block);
            }

            for (int channel = 0; channel < present; channel++)
            {
                for (int at = channel < eights ? whole : 0; at < area; at++)
                    to[at * block + channel] = from[channel * area + at];
            }
        }
    }

    /// <summary>Transposes 8 x 8 values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(ref float source, int sourceStride, ref float destination, int destinationStride)
    {
        var r0 = Vector256.LoadUnsafe(ref source);
        var r1 = Vector256.LoadUnsafe(ref Unsafe.Add(ref source, sourceStride));
        var r2 = Vector256.LoadUnsafe(ref Unsafe.Add(ref source, 2 * sourceStride));
        var r3 = Vector256.LoadUnsafe(ref Unsafe.Add(ref source, 3 * sourceStride));
        var r4 = Vector256.LoadUnsafe(ref Unsafe.Add(ref source, 4 * sourceStride));
        var r5 = Vector256.LoadUnsafe(ref Unsafe.Add(ref source, 5 * sourceStride));
        var r6 = Vector256.LoadUnsafe(ref Unsafe.Add(ref source, 6 * sourceStride));
        var r7 = Vector256.LoadUnsafe(ref Unsafe.Add(ref source, 7 * sourceStride));
        // Pairs, then fours, then halves; 0x44 and 0xEE take the low and the high half of each four.
        var (p0, p1, p2, p3) = (Avx.UnpackLow(r0, r1), Avx.UnpackHigh(r0, r1), Avx.UnpackLow(r2, r3), Avx.UnpackHigh(r2, r3));
        var (p4, p5, p6, p7) = (Avx.UnpackLow(r4, r5), Avx.UnpackHigh(r4, r5), Avx.UnpackLow(r6, r7), Avx.UnpackHigh(r6, r7));
        var (q0, q1, q2, q3) = (Avx.Shuffle(p0, p2, 0x44), Avx.Shuffle(p0, p2, 0xEE), Avx.Shuffle(p1, p3, 0x44), Avx.Shuffle(p1, p3, 0xEE));
        var (q4, q5, q6, q7) = (Avx.Shuffle(p4, p6, 0x44), Avx.Shuffle(p4, p6, 0xEE), Avx.Shuffle(p5, p7, 0x44), Avx.Shuffle(p5, p7, 0xEE));
        Avx.Permute2x128(q0, q4, 0x20).StoreUnsafe(ref destination);
        Avx.Permute2x128(q1, q5, 0x20).StoreUnsafe(ref Unsafe.Add(ref destination, destinationStride));
        Avx.Permute2x128(q2, q6, 0x20).StoreUnsafe(ref Unsafe.Add(ref destination, 2 * destinationStride));
        Avx.Permute2x128(q3, q7, 0x20).StoreUnsafe(ref Unsafe.Add(ref destination, 3 * destinationStride));
        Avx.Permute2x128(q0, q4, 0x31).StoreUnsafe(ref Unsafe.Add(ref destination, 4 * destinationStride));
        Avx.Permute2x128(q1, q5, 0x31).StoreUnsafe(ref Unsafe.Add(ref destination, 5 * destinationStride));
        Avx.Permute2x128(q2, q6, 0x31).StoreUnsafe(ref Unsafe.Add(ref destination, 6 * destinationStride));
        Avx.Permute2x128(q3, q7, 0x31).StoreUnsafe(ref Unsafe.Add(ref destination, 7 * destinationStride));
    }

    /// <summary>Asks ONNX Runtime to reorder numbered elements, and looks where they went.</summary>
    private static int Measure()
    {
        const int Channels = 64, Area = 2;
        var model = new ModelProto
        {
            IrVersion = 8,
            OpsetImport =
            {
                new OperatorSetIdProto { Domain = "", Version = 13 },
                new OperatorSetIdProto { Domain = OnnxOptimised.BlockedDomain, Version = 1 },
            },
            Graph = new GraphProto
            {
                Name = "reorder",
                Input = { OnnxGraphBuilder.Describe("x", OnnxElementType.Float, [1, Channels, 1, Area]) },
                Output = { OnnxGraphBuilder.Describe("y", OnnxElementType.Float, [1, Channels, 1, Area]) },
                Node = { new NodeProto { OpType = "ReorderInput", Domain = OnnxOptimised.BlockedDomain, Name = "reorder", Input = { "x" }, Output = { "y" } } },
            },
        };
        try
        {
            using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            using var session = new InferenceSession(Google.Protobuf.MessageExtensions.ToByteArray(model), options);
            using var run = new RunOptions();
            using var numbered = OrtValue.CreateTensorValueFromMemory([.. Enumerable.Range(0, Channels * Area).Select(i => (float)i)], [1, Channels, 1, Area]);
            using var results = session.Run(run, ["x"], [numbered], ["y"]);
            // Channel 0's second position comes after all channels of the first block.
            int block = results[0].GetTensorDataAsSpan<float>().IndexOf(1f);
            return block is 8 or 16 or 32 ? block : 0;
        }
        catch (OnnxRuntimeException)
        {
            return 0;
        }
    }
}
