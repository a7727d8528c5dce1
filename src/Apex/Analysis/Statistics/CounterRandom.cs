using Apex.Noise;

namespace Apex.Analysis.Statistics;

/// <summary>
/// Random numbers that are a pure function of (seed, purpose, stream): replicates can be drawn in any order by any number of threads. The words
/// are those of <see cref="Philox4x32"/>. Not safe for several threads at once.
/// </summary>
internal sealed class CounterRandom
{
    private readonly uint _key0, _key1, _purpose, _stream;
    private uint _block;
    private ulong _spare;
    private bool _hasSpare;

    /// <summary>The start of a stream.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="purpose">What the numbers are for; different purposes share none.</param>
    /// <param name="stream">Which stream of that purpose.</param>
    public CounterRandom(ulong seed, uint purpose, int stream)
    {
        // A key of its own, so that the numbers are not those of the noise of the same seed.
        (_key0, _key1, _, _) = Philox4x32.Block((uint)seed, (uint)(seed >> 32), 0, 0, 0x53544154, 0);
        (_purpose, _stream) = (purpose, (uint)stream);
    }

    /// <summary>A whole number in 0..n - 1; the bias, at most n / 2^64, cannot be seen.</summary>
    /// <param name="n">At least 1.</param>
    public int Index(int n) => (int)Math.BigMul(Word(), (ulong)n, out _);

    /// <summary>Puts values in a random order (R. Fisher and F. Yates, 1938), with one word a value, for millions of them.</summary>
    /// <param name="values">What to order.</param>
    public void Permute(Span<int> values)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int j = Index(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    private ulong Word()
    {
        if (_hasSpare)
        {
            _hasSpare = false;
            return _spare;
        }

        var (x0, x1, x2, x3) = Philox4x32.Block(_block++, 0, _stream, _purpose, _key0, _key1);
        _spare = x2 | ((ulong)x3 << 32);
        _hasSpare = true;
        return x0 | ((ulong)x1 << 32);
    }
}
