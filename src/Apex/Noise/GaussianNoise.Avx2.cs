using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Apex.Noise;

public static partial class GaussianNoise
{
    /// <summary>As the AVX-512 path, half a tile at a time.</summary>
    private static void FillAvx2(in Counter counter, uint firstTile, Span<float> whole)
    {
        ref float destination = ref MemoryMarshal.GetReference(whole);
        var m0 = Vector256.Create((ulong)Philox4x32.M0).AsUInt32();
        var m1 = Vector256.Create((ulong)Philox4x32.M1).AsUInt32();
        var step = Vector256.Create(0UL, 1, 2, 3);
        var lowHalf = Vector256.Create(0xFFFFFFFFUL);
        for (nuint at = 0; at < (nuint)whole.Length; at += Tile / 2)
        {
            ulong block = firstTile * (ulong)BlocksPerTile + at / 4;
            var x0 = Vector256.Create(block) + step;
            var x1 = Vector256.Create((ulong)counter.C1);
            var x2 = Vector256.Create((ulong)counter.C2);
            var x3 = Vector256.Create((ulong)counter.C3);
            uint k0 = counter.K0, k1 = counter.K1;
            for (int round = 0; round < Philox4x32.Rounds; round++)
            {
                var p0 = Avx2.Multiply(x0.AsUInt32(), m0);
                var p1 = Avx2.Multiply(x2.AsUInt32(), m1);
                x0 = (p1 >>> 32) ^ x1 ^ Vector256.Create((ulong)k0);
                x2 = (p0 >>> 32) ^ x3 ^ Vector256.Create((ulong)k1);
                x1 = p1;
                x3 = p0;
                k0 += Philox4x32.W0;
                k1 += Philox4x32.W1;
            }

            var radii = ((x0 & lowHalf) | (x1 << 32)).AsUInt32();
            var angles = ((x2 & lowHalf) | (x3 << 32)).AsUInt32();
            BoxMuller(radii, angles, out var cosine, out var sine);
            // The tile's cosines come first, then its sines; this half has eight of each.
            nuint lane = at / Tile * Tile + at % Tile / 2;
            cosine.StoreUnsafe(ref destination, lane);
            sine.StoreUnsafe(ref destination, lane + 16);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void BoxMuller(Vector256<uint> radii, Vector256<uint> angles, out Vector256<float> cosine, out Vector256<float> sine)
    {
        static Vector256<float> Fma(Vector256<float> a, Vector256<float> b, float c) =>
            System.Runtime.Intrinsics.X86.Fma.MultiplyAdd(a, b, Vector256.Create(c));

        static Vector256<float> Madd(Vector256<float> a, Vector256<float> b, Vector256<float> c) => System.Runtime.Intrinsics.X86.Fma.MultiplyAdd(a, b, c);

        // AVX2 converts signed integers only: two exact halves, joined with one rounding.
        static Vector256<float> ToSingle(Vector256<uint> x) => Madd(
            Avx.ConvertToVector256Single((x >>> 16).AsInt32()), Vector256.Create(65536f),
            Avx.ConvertToVector256Single((x & Vector256.Create(0xFFFFu)).AsInt32()));

        var u = Madd(ToSingle(radii), Vector256.Create(Ulp32), Vector256.Create(HalfUlp32));
        var bits = u.AsInt32();
        var exponent = Vector256.ShiftRightArithmetic(bits - Vector256.Create(SqrtHalfBits), 23);
        var f = (bits - Vector256.ShiftLeft(exponent, 23)).AsSingle() - Vector256.Create(1f);
        var p = Fma(f, Vector256.Create(L8), L7);
        p = Fma(f, p, L6);
        p = Fma(f, p, L5);
        p = Fma(f, p, L4);
        p = Fma(f, p, L3);
        p = Fma(f, p, L2);
        p = Fma(f, p, L1);
        p = Fma(f, p, L0);
        var radius = Avx.Sqrt(Madd(Avx.ConvertToVector256Single(exponent), Vector256.Create(MinusTwoLn2), f * p));

        var s = Avx.ConvertToVector256Single(Vector256.ShiftRightArithmetic(Vector256.ShiftLeft(angles, 1).AsInt32(), 1)) * Vector256.Create(Ulp30);
        var t = s * s;
        radius = (radius.AsUInt32() ^ (angles & Vector256.Create(0x80000000))).AsSingle();
        var sn = Fma(t, Vector256.Create(S4), S3);
        sn = Fma(t, sn, S2);
        sn = Fma(t, sn, S1);
        sn = Fma(t, sn, S0);
        var cs = Fma(t, Vector256.Create(C5), C4);
        cs = Fma(t, cs, C3);
        cs = Fma(t, cs, C2);
        cs = Fma(t, cs, C1);
        cs = Fma(t, cs, C0);
        cosine = radius * cs;
        sine = radius * (s * sn);
    }
}
