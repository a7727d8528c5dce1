using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Apex.Noise;

/// <summary>
/// Standard normal numbers as a pure function of (seed, sample, draw, site, element): Philox4x32-10 words through the Box-Muller
/// transform (G. Box, M. Muller, 1958). Logarithm, sine and cosine are polynomials that every code path evaluates by the same
/// sequence of correctly rounded IEEE operations, so AVX-512, AVX2 and portable code give the same bits (0 ulp apart), and so
/// does any version of the runtime.
/// </summary>
/// <remarks>
/// Elements come in tiles of 32, made from 8 counter blocks, so that the widest path can store whole vectors. Element e lies in
/// tile e / 32 at r = e mod 32; lane = r mod 16 names block lane / 2 of the tile and pair lane mod 2 of that block (words 0 and 2,
/// or words 1 and 3: radius and angle); r below 16 takes the cosine, the rest the sine. The radius uses all 32 bits of its word,
/// so |z| reaches 6.76 and tails occur at their rate.
/// </remarks>
internal static partial class GaussianNoise
{
    internal const int Tile = 32;
    internal const int BlocksPerTile = 8;
    private const long MostElements = 1L << 34;

    // -2 ln(1 + f) = f * (polynomial in f) for f in [sqrt(1/2) - 1, sqrt(2) - 1]; relative error 3.4e-8.
    internal const float L0 = -2f, L1 = 2 * 0.5f, L2 = -2 * 0.33333972f, L3 = 2 * 0.2500097f, L4 = -2 * 0.1996061f;
    internal const float L5 = 2 * 0.16587979f, L6 = -2 * 0.14950885f, L7 = 2 * 0.14197224f, L8 = -2 * 0.085068755f;
    internal const float MinusTwoLn2 = -1.3862944f;

    // sin(pi/2 s) = s * (polynomial in s^2), cos(pi/2 s) = polynomial in s^2, for s in [-1, 1]; errors 2.8e-8 relative and 1.8e-8 absolute.
    internal const float S0 = 1.5707964f, S1 = -0.6459644f, S2 = 0.079692036f, S3 = -0.0046768384f, S4 = 0.00015282568f;
    internal const float C0 = 1f, C1 = -1.2337005f, C2 = 0.25366932f, C3 = -0.02086269f, C4 = 0.00091772486f, C5 = -0.00002382492f;

    internal const float Ulp32 = 1f / 4294967296f, HalfUlp32 = 0.5f / 4294967296f, Ulp30 = 1f / 1073741824f;
    internal const int SqrtHalfBits = 0x3F3504F3;

    /// <summary>Fills a span with standard normals.</summary>
    /// <param name="key">What the noise is for.</param>
    /// <param name="destination">Shape <c>[elements]</c>; at most 2^34. Element e does not depend on the length.</param>
    /// <exception cref="ArgumentOutOfRangeException">The sample is outside [0, 2^48), the draw negative, or the site outside 0..65535.</exception>
    public static void Fill(in NoiseKey key, Span<float> destination) => Fill(key, destination, NoiseInstructionSet.Auto);

    /// <summary>Fills a span with standard normals by a chosen instruction set.</summary>
    /// <param name="key">What the noise is for.</param>
    /// <param name="destination">Shape <c>[elements]</c>.</param>
    /// <param name="instructions">The code path.</param>
    /// <exception cref="ArgumentOutOfRangeException">The key is out of range.</exception>
    /// <exception cref="PlatformNotSupportedException">The processor lacks the instruction set.</exception>
    public static void Fill(in NoiseKey key, Span<float> destination, NoiseInstructionSet instructions)
    {
        var counter = new Counter(key);
        var chosen = instructions == NoiseInstructionSet.Auto ? Best : instructions;
        if (!IsSupported(chosen))
            throw new PlatformNotSupportedException($"this processor has no {chosen}");
        int whole = destination.Length / Tile * Tile;
        Tiles(chosen, counter, 0, destination[..whole]);
        if (whole == destination.Length)
            return;
        Span<float> last = stackalloc float[Tile];
        Tiles(chosen, counter, whole / Tile, last);
        last[..(destination.Length - whole)].CopyTo(destination[whole..]);
    }

    /// <summary>One element of <see cref="Fill(in NoiseKey, Span{float})"/>.</summary>
    /// <param name="key">What the noise is for.</param>
    /// <param name="element">0 to 2^34 - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The key or the element is out of range.</exception>
    internal static float NormalAt(in NoiseKey key, long element)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(element);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(element, MostElements);
        Span<float> tile = stackalloc float[Tile];
        FillPortable(new Counter(key), (uint)(element / Tile), tile);
        return tile[(int)(element % Tile)];
    }

    /// <summary>True where the processor has an instruction set.</summary>
    public static bool IsSupported(NoiseInstructionSet instructions) => instructions switch
    {
        NoiseInstructionSet.Avx512 => Avx512F.IsSupported,
        NoiseInstructionSet.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        _ => true,
    };

    private static NoiseInstructionSet Best =>
        Avx512F.IsSupported ? NoiseInstructionSet.Avx512 : Avx2.IsSupported && Fma.IsSupported ? NoiseInstructionSet.Avx2 : NoiseInstructionSet.Portable;

    private static void Tiles(NoiseInstructionSet instructions, in Counter counter, int firstTile, Span<float> whole)
    {
        switch (instructions)
        {
            case NoiseInstructionSet.Avx512: FillAvx512(counter, (uint)firstTile, whole); break;
            case NoiseInstructionSet.Avx2: FillAvx2(counter, (uint)firstTile, whole); break;
            default: FillPortable(counter, (uint)firstTile, whole); break;
        }
    }

    private static void FillPortable(in Counter counter, uint firstTile, Span<float> whole)
    {
        for (int at = 0; at < whole.Length; at += Tile)
        {
            uint block = (firstTile + (uint)(at / Tile)) * BlocksPerTile;
            for (uint b = 0; b < BlocksPerTile; b++)
            {
                var (x0, x1, x2, x3) = Philox4x32.Block(block + b, counter.C1, counter.C2, counter.C3, counter.K0, counter.K1);
                int lane = at + 2 * (int)b;
                (whole[lane], whole[lane + 16]) = BoxMuller(x0, x2);
                (whole[lane + 1], whole[lane + 17]) = BoxMuller(x1, x3);
            }
        }
    }

    /// <summary>One pair of normals. The other paths are this, lane by lane; every change must be made in all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (float Cosine, float Sine) BoxMuller(uint radiusWord, uint angleWord)
    {
        // u in (0, 1] with all of the word's bits where u is small, which is where the tails come from.
        float u = MathF.FusedMultiplyAdd(radiusWord, Ulp32, HalfUlp32);
        int bits = BitConverter.SingleToInt32Bits(u);
        int exponent = (bits - SqrtHalfBits) >> 23;
        float f = BitConverter.Int32BitsToSingle(bits - (exponent << 23)) - 1f;
        float p = MathF.FusedMultiplyAdd(f, L8, L7);
        p = MathF.FusedMultiplyAdd(f, p, L6);
        p = MathF.FusedMultiplyAdd(f, p, L5);
        p = MathF.FusedMultiplyAdd(f, p, L4);
        p = MathF.FusedMultiplyAdd(f, p, L3);
        p = MathF.FusedMultiplyAdd(f, p, L2);
        p = MathF.FusedMultiplyAdd(f, p, L1);
        p = MathF.FusedMultiplyAdd(f, p, L0);
        float radius = MathF.Sqrt(MathF.FusedMultiplyAdd(exponent, MinusTwoLn2, f * p));

        // 31 bits of angle in half a turn; the last bit turns the pair around.
        float s = ((int)(angleWord << 1) >> 1) * Ulp30, t = s * s;
        radius = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(radius) ^ (int)(angleWord & 0x80000000));
        float sine = MathF.FusedMultiplyAdd(t, S4, S3);
        sine = MathF.FusedMultiplyAdd(t, sine, S2);
        sine = MathF.FusedMultiplyAdd(t, sine, S1);
        sine = MathF.FusedMultiplyAdd(t, sine, S0);
        float cosine = MathF.FusedMultiplyAdd(t, C5, C4);
        cosine = MathF.FusedMultiplyAdd(t, cosine, C3);
        cosine = MathF.FusedMultiplyAdd(t, cosine, C2);
        cosine = MathF.FusedMultiplyAdd(t, cosine, C1);
        cosine = MathF.FusedMultiplyAdd(t, cosine, C0);
        return (radius * cosine, radius * (s * sine));
    }

    /// <summary>The parts of Philox's counter and key that do not change within a fill.</summary>
    internal readonly struct Counter
    {
        public readonly uint C1, C2, C3, K0, K1;

        public Counter(in NoiseKey key)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(key.Sample);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(key.Sample, 1L << 48);
            ArgumentOutOfRangeException.ThrowIfNegative(key.Draw);
            ArgumentOutOfRangeException.ThrowIfNegative(key.Site);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Site, 65535);
            C1 = (uint)key.Draw;
            C2 = (uint)key.Site | (uint)(key.Sample >> 32) << 16;
            C3 = (uint)key.Sample;
            K0 = (uint)key.Seed;
            K1 = (uint)(key.Seed >> 32);
        }
    }
}
