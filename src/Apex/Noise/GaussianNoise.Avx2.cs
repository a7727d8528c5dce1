using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Apex.Noise;

internal static partial class GaussianNoise
{
    /// <summary>As the AVX-512 path, in half tiles: two halves of a tile go side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FillAvx2(in Counter counter, uint firstTile, Span<float> whole)
    {
        ref float destination = ref MemoryMarshal.GetReference(whole);
        var schedule = new Schedule(counter);
        var blocks = Vector256.Create(firstTile * (ulong)BlocksPerTile) + Vector256.Create(0UL, 1, 2, 3);
        var half = Vector256.Create((ulong)BlocksPerTile / 2);
        for (nuint at = 0; at < (nuint)whole.Length; at += Tile)
        {
            var a = new Words256(blocks, schedule);
            var b = new Words256(blocks + half, schedule);
            for (int round = 0; round < Schedule.Rounds; round++)
            {
                var key0 = Vector256.Create(schedule.Keys[2 * round]);
                var key1 = Vector256.Create(schedule.Keys[2 * round + 1]);
                a.Round(key0, key1);
                b.Round(key0, key1);
            }

            // The tile's cosines come first, then its sines; each half has eight of both.
            a.Store(ref destination, at);
            b.Store(ref destination, at + 8);
            blocks += half + half;
        }
    }

    /// <summary>The four words of four blocks, one block in each lane.</summary>
    private struct Words256
    {
        private Vector256<ulong> _x0, _x1, _x2, _x3;

        /// <summary>The words after two rounds.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Words256(Vector256<ulong> blocks, in Schedule schedule)
        {
            var p0 = Avx2.Multiply(blocks.AsUInt32(), Vector256.Create((ulong)Philox4x32.M0).AsUInt32());
            var x2 = (p0 >>> 32) ^ Vector256.Create(schedule.X2);
            _x1 = Avx2.Multiply(x2.AsUInt32(), Vector256.Create((ulong)Philox4x32.M1).AsUInt32());
            _x0 = (_x1 >>> 32) ^ Vector256.Create(schedule.X0);
            _x2 = p0 ^ Vector256.Create(schedule.SecondX2);
            _x3 = Vector256.Create(schedule.SecondX3);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Round(Vector256<ulong> key0, Vector256<ulong> key1)
        {
            var p0 = Avx2.Multiply(_x0.AsUInt32(), Vector256.Create((ulong)Philox4x32.M0).AsUInt32());
            var p1 = Avx2.Multiply(_x2.AsUInt32(), Vector256.Create((ulong)Philox4x32.M1).AsUInt32());
            _x0 = (p1 >>> 32) ^ _x1 ^ key0;
            _x2 = (p0 >>> 32) ^ _x3 ^ key1;
            _x1 = p1;
            _x3 = p0;
        }

        /// <summary>Makes half a tile of normals of the words.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Store(ref float destination, nuint at)
        {
            var lowHalf = Vector256.Create(0xFFFFFFFFUL);
            var radii = ((_x0 & lowHalf) | (_x1 << 32)).AsUInt32();
            var angles = ((_x2 & lowHalf) | (_x3 << 32)).AsUInt32();
            BoxMuller(radii, angles, out var cosine, out var sine);
            cosine.StoreUnsafe(ref destination, at);
            sine.StoreUnsafe(ref destination, at + 16);
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
