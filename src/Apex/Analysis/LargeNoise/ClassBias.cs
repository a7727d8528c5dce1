using Apex.Analysis.Statistics;

namespace Apex.Analysis.LargeNoise;

/// <summary>What a model says when noise has drowned its input: how its predictions spread over the classes.</summary>
internal sealed record ClassBias
{
    /// <summary>Share of each class, shape <c>[classes]</c>, with 95 % intervals.</summary>
    public required IReadOnlyList<Interval> Shares { get; init; }

    /// <summary>The class with the largest share; the lowest index on ties.</summary>
    public required int TopClass { get; init; }

    /// <summary>Its share.</summary>
    public Interval MaxShare => Shares[TopClass];

    /// <summary>
    /// H / ln C in [0, 1], H the entropy of the shares: 0 where one class has all, 1 where all have the same. Bias-corrected by (K - 1) / 2n for K
    /// classes that occurred (G. Miller, 1955), with the interval of the delta method.
    /// </summary>
    public required Interval NormalisedEntropy { get; init; }

    /// <summary>From independent draws of the model alone, as the limit of infinite noise gives them.</summary>
    /// <param name="counts">Draws that fell on each class, shape <c>[classes]</c>.</param>
    /// <exception cref="ArgumentException">There are fewer than two classes, or no draws.</exception>
    public static ClassBias Of(IReadOnlyList<long> counts)
    {
        long draws = counts.Sum();
        if (counts.Count < 2 || draws < 1)
            throw new ArgumentException("at least two classes and one draw", nameof(counts));
        return FromShares([.. counts.Select(c => Interval.Wilson(c, draws, draws))], draws);
    }

    /// <summary>From samples that were each drawn several times: the marginal response, mean over samples of each sample's shares.</summary>
    /// <param name="sums">Sum over samples of each sample's share of a class, shape <c>[classes]</c>.</param>
    /// <param name="squares">Sums of their squares, shape <c>[classes]</c>.</param>
    /// <param name="samples">Number of samples, at least 1.</param>
    /// <param name="draws">Draws of each sample.</param>
    public static ClassBias FromSums(IReadOnlyList<double> sums, IReadOnlyList<double> squares, long samples, double draws)
    {
        // Draws of one sample resemble each other: what they are worth for the entropy, as Interval.Clustered has it for one share.
        double spread = 0, between = 0;
        for (int c = 0; c < sums.Count; c++)
        {
            double p = sums[c] / samples;
            spread += p * (1 - p);
            between += samples > 1 ? Math.Max(0, (squares[c] - samples * p * p) / (samples - 1)) / samples : p * (1 - p);
        }

        double most = samples * Math.Max(1, draws), effective = spread == 0 ? samples : between == 0 ? most : Math.Clamp(spread / between, samples, most);
        var bias = FromShares([.. sums.Select((sum, c) => Interval.Clustered(sum, squares[c], samples, draws))], effective);
        return bias with { NormalisedEntropy = bias.NormalisedEntropy with { N = samples } };
    }

    private static ClassBias FromShares(IReadOnlyList<Interval> shares, double draws)
    {
        double entropy = 0, squares = 0;
        int seen = 0, top = 0;
        for (int c = 0; c < shares.Count; c++)
        {
            double p = shares[c].Value;
            if (p > shares[top].Value)
                top = c;
            if (!(p > 0))
                continue;
            seen++;
            entropy -= p * Math.Log(p);
            squares += p * Math.Log(p) * Math.Log(p);
        }

        double scale = Math.Log(shares.Count), half = Interval.Z95 * Math.Sqrt(Math.Max(0, squares - entropy * entropy) / draws);
        double corrected = entropy + (seen - 1) / (2 * draws);
        double Scaled(double h) => Math.Clamp(h / scale, 0, 1);
        // One class alone has no spread to tell how rare the others are: what could have been missed is three draws in n, all on one class.
        double most = seen == 1 ? Binary(Math.Min(0.5, 3 / draws)) : corrected + half;
        var normalised = new Interval(Scaled(corrected), Scaled(Math.Min(corrected, scale) - half), Scaled(most), (long)draws);
        return new ClassBias { Shares = shares, TopClass = top, NormalisedEntropy = normalised };
    }

    private static double Binary(double p) => -p * Math.Log(p) - (1 - p) * Math.Log(1 - p);
}
