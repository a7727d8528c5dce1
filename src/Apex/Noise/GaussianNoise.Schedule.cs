using System.Runtime.CompilerServices;

namespace Apex.Noise;

internal static partial class GaussianNoise
{
    /// <summary>
    /// Philox's rounds for blocks that differ in their first counter word only: what the first two rounds make of the other words
    /// is the same for all of them, and the keys of the rest are laid out for loading.
    /// </summary>
    private readonly struct Schedule
    {
        /// <summary>Rounds that are left after the first two.</summary>
        public const int Rounds = Philox4x32.Rounds - 2;

        public Schedule(in Counter counter)
        {
            uint k0 = counter.K0, k1 = counter.K1;
            ulong first = (ulong)Philox4x32.M1 * counter.C2;
            uint x0 = (uint)(first >> 32) ^ counter.C1 ^ k0;
            X2 = counter.C3 ^ k1;
            k0 += Philox4x32.W0;
            k1 += Philox4x32.W1;
            ulong second = (ulong)Philox4x32.M0 * x0;
            X0 = (uint)first ^ k0;
            SecondX2 = (uint)(second >> 32) ^ k1;
            SecondX3 = (uint)second;
            for (int i = 0; i < 2 * Rounds; i += 2)
            {
                Keys[i] = k0 += Philox4x32.W0;
                Keys[i + 1] = k1 += Philox4x32.W1;
            }
        }

        /// <summary>Word 2 after one round is the high half of M0 times the block, xor this.</summary>
        public readonly ulong X2;

        /// <summary>Word 0 after two rounds is the high half of M1 times that word, xor this.</summary>
        public readonly ulong X0;

        /// <summary>Word 2 after two rounds is the low half of M0 times the block, xor this.</summary>
        public readonly ulong SecondX2;

        /// <summary>Word 3 after two rounds.</summary>
        public readonly ulong SecondX3;

        /// <summary>Both keys of each round that is left.</summary>
        public readonly RoundKeys Keys;
    }

    [InlineArray(2 * Schedule.Rounds)]
    private struct RoundKeys
    {
        private ulong _first;
    }
}
