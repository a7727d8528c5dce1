using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Apex.Noise;

internal static partial class GaussianNoise
{
    /// <summary>
    /// Counter words live in the low halves of 64-bit lanes: one multiplication then gives high and low word at once, and what is
    /// left in the upper halves does no harm, because it is never read. Four tiles go side by side: a round waits for its
    /// multiplications, and the keys are loaded once for all.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FillAvx512(in Counter counter, uint firstTile, Span<float> whole)
    {
        ref float destination = ref MemoryMarshal.GetReference(whole);
        var schedule = new Schedule(counter);
        var blocks = Vector512.Create(firstTile * (ulong)BlocksPerTile) + Vector512.Create(0UL, 1, 2, 3, 4, 5, 6, 7);
        var tile = Vector512.Create((ulong)BlocksPerTile);
        nuint at = 0;
        for (; at + 4 * Tile <= (nuint)whole.Length; at += 4 * Tile)
        {
            var a = new Words512(blocks, schedule);
            var b = new Words512(blocks + tile, schedule);
            var c = new Words512(blocks + tile + tile, schedule);
            var d = new Words512(blocks + tile + tile + tile, schedule);
            for (int round = 0; round < Schedule.Rounds; round++)
            {
                var key0 = Vector512.Create(schedule.Keys[2 * round]);
                var key1 = Vector512.Create(schedule.Keys[2 * round + 1]);
                a.Round(key0, key1);
                b.Round(key0, key1);
                c.Round(key0, key1);
                d.Round(key0, key1);
            }

            a.Store(ref destination, at);
            b.Store(ref destination, at + Tile);
            c.Store(ref destination, at + 2 * Tile);
            d.Store(ref destination, at + 3 * Tile);
            blocks += 4 * tile;
        }

        for (; at < (nuint)whole.Length; at += Tile)
        {
            var a = new Words512(blocks, schedule);
            for (int round = 0; round < Schedule.Rounds; round++)
                a.Round(Vector512.Create(schedule.Keys[2 * round]), Vector512.Create(schedule.Keys[2 * round + 1]));
            a.Store(ref destination, at);
            blocks += tile;
        }
    }

    /// <summary>The four words of eight blocks, one block in each lane.</summary>
    private struct Words512
    {
        private Vector512<ulong> _x0, _x1, _x2, _x3;

        /// <summary>The words after two rounds.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Words512(Vector512<ulong> blocks, in Schedule schedule)
        {
            var p0 = Avx512F.Multiply(blocks.AsUInt32(), Vector512.Create((ulong)Philox4x32.M0).AsUInt32());
            var x2 = (p0 >>> 32) ^ Vector512.Create(schedule.X2);
            _x1 = Avx512F.Multiply(x2.AsUInt32(), Vector512.Create((ulong)Philox4x32.M1).AsUInt32());
            _x0 = (_x1 >>> 32) ^ Vector512.Create(schedule.X0);
            _x2 = p0 ^ Vector512.Create(schedule.SecondX2);
            _x3 = Vector512.Create(schedule.SecondX3);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Round(Vector512<ulong> key0, Vector512<ulong> key1)
        {
            var p0 = Avx512F.Multiply(_x0.AsUInt32(), Vector512.Create((ulong)Philox4x32.M0).AsUInt32());
            var p1 = Avx512F.Multiply(_x2.AsUInt32(), Vector512.Create((ulong)Philox4x32.M1).AsUInt32());
            _x0 = Avx512F.TernaryLogic(p1 >>> 32, _x1, key0, 0x96);
            _x2 = Avx512F.TernaryLogic(p0 >>> 32, _x3, key1, 0x96);
            _x1 = p1;
            _x3 = p0;
        }

        /// <summary>Makes a tile of normals of the words.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Store(ref float destination, nuint at)
        {
            var lowHalf = Vector512.Create(0xFFFFFFFFUL);
            // (low & mask) | (high << 32): words 0 and 1 of a block side by side, and words 2 and 3.
            var radii = Avx512F.TernaryLogic(_x0, lowHalf, _x1 << 32, 0xEA).AsUInt32();
            var angles = Avx512F.TernaryLogic(_x2, lowHalf, _x3 << 32, 0xEA).AsUInt32();
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
