using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Apex.Noise;

public static partial class GaussianNoise
{
    /// <summary>
    /// Counter words live in the low halves of 64-bit lanes: one multiplication then gives high and low word at once, and what is
    /// left in the upper halves does no harm, because it is never read.
    /// </summary>
    private static void FillAvx512(in Counter counter, uint firstTile, Span<float> whole)
    {
        ref float destination = ref MemoryMarshal.GetReference(whole);
        var m0 = Vector512.Create((ulong)Philox4x32.M0).AsUInt32();
        var m1 = Vector512.Create((ulong)Philox4x32.M1).AsUInt32();
        var step = Vector512.Create(0UL, 1, 2, 3, 4, 5, 6, 7);
        var lowHalf = Vector512.Create(0xFFFFFFFFUL);
        for (nuint at = 0; at < (nuint)whole.Length; at += Tile)
        {
            ulong block = (firstTile + (ulong)(at / Tile)) * BlocksPerTile;
            var x0 = Vector512.Create(block) + step;
            var x1 = Vector512.Create((ulong)counter.C1);
            var x2 = Vector512.Create((ulong)counter.C2);
            var x3 = Vector512.Create((ulong)counter.C3);
            uint k0 = counter.K0, k1 = counter.K1;
            for (int round = 0; round < Philox4x32.Rounds; round++)
            {
                var p0 = Avx512F.Multiply(x0.AsUInt32(), m0);
                var p1 = Avx512F.Multiply(x2.AsUInt32(), m1);
                x0 = Avx512F.TernaryLogic(p1 >>> 32, x1, Vector512.Create((ulong)k0), 0x96);
                x2 = Avx512F.TernaryLogic(p0 >>> 32, x3, Vector512.Create((ulong)k1), 0x96);
                x1 = p1;
                x3 = p0;
                k0 += Philox4x32.W0;
                k1 += Philox4x32.W1;
            }

            // (low & mask) | (high << 32): words 0 and 1 of a block side by side, and words 2 and 3.
            var radii = Avx512F.TernaryLogic(x0, lowHalf, x1 << 32, 0xEA).AsUInt32();
            var angles = Avx512F.TernaryLogic(x2, lowHalf, x3 << 32, 0xEA).AsUInt32();
            BoxMuller(radii, angles, out var cosine, out var sine);
            cosine.StoreUnsafe(ref destination, at);
            sine.StoreUnsafe(ref destination, at + 16);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void BoxMuller(Vector512<uint> radii, Vector512<uint> angles, out Vector512<float> cosine, out Vector512<float> sine)
    {
        static Vector512<float> Fma(Vector512<float> a, Vector512<float> b, float c) => Avx512F.FusedMultiplyAdd(a, b, Vector512.Create(c));

        var u = Avx512F.FusedMultiplyAdd(Avx512F.ConvertToVector512Single(radii), Vector512.Create(Ulp32), Vector512.Create(HalfUlp32));
        var bits = u.AsInt32();
        var exponent = Vector512.ShiftRightArithmetic(bits - Vector512.Create(SqrtHalfBits), 23);
        var f = (bits - Vector512.ShiftLeft(exponent, 23)).AsSingle() - Vector512.Create(1f);
        var p = Fma(f, Vector512.Create(L8), L7);
        p = Fma(f, p, L6);
        p = Fma(f, p, L5);
        p = Fma(f, p, L4);
        p = Fma(f, p, L3);
        p = Fma(f, p, L2);
        p = Fma(f, p, L1);
        p = Fma(f, p, L0);
        var radius = Avx512F.Sqrt(Avx512F.FusedMultiplyAdd(Avx512F.ConvertToVector512Single(exponent), Vector512.Create(MinusTwoLn2), f * p));

        var s = Avx512F.ConvertToVector512Single(Vector512.ShiftRightArithmetic(Vector512.ShiftLeft(angles, 1).AsInt32(), 1)) * Vector512.Create(Ulp30);
        var t = s * s;
        radius = (radius.AsUInt32() ^ (angles & Vector512.Create(0x80000000))).AsSingle();
        var sn = Fma(t, Vector512.Create(S4), S3);
        sn = Fma(t, sn, S2);
        sn = Fma(t, sn, S1);
        sn = Fma(t, sn, S0);
        var cs = Fma(t, Vector512.Create(C5), C4);
        cs = Fma(t, cs, C3);
        cs = Fma(t, cs, C2);
        cs = Fma(t, cs, C1);
        cs = Fma(t, cs, C0);
        cosine = radius * cs;
        sine = radius * (s * sn);
    }
}
