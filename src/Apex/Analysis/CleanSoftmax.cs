namespace Apex.Analysis;

/// <summary>Softmax of clean logits in double precision, on the log scale where a confident network would round to 1.</summary>
internal static class CleanSoftmax
{
    /// <param name="logits">s(x), finite, shape <c>[classes]</c>.</param>
    /// <returns>Shape <c>[classes]</c>.</returns>
    public static double[] Of(float[] logits)
    {
        double log = LogSum(logits);
        return [.. logits.Select(s => Math.Exp(s - log))];
    }

    /// <summary>
    /// A score that orders samples as log softmax does, without its rounding to 0 for confident predictions: the log odds of the class.
    /// </summary>
    /// <param name="logits">s(x), finite, shape <c>[classes]</c>.</param>
    /// <param name="y">The class.</param>
    public static double LogOdds(float[] logits, int y)
    {
        // log(p / (1 - p)) = s_y - log of the sum of the others.
        float[] others = [.. logits.Where((_, c) => c != y)];
        return logits[y] - LogSum(others);
    }

    /// <summary>The probability of those odds: the softmax of the class.</summary>
    /// <param name="logOdds">What <see cref="LogOdds"/> gave.</param>
    public static double Probability(double logOdds) => 1 / (1 + Math.Exp(-logOdds));

    /// <summary>Minus the logarithm of that probability: the cross-entropy of the class.</summary>
    /// <param name="logOdds">What <see cref="LogOdds"/> gave.</param>
    public static double CrossEntropy(double logOdds)
    {
        // log(1 + e) = log(u) e / (u - 1) with u = 1 + e as it is rounded (W. Kahan), so that a small loss keeps its digits.
        double e = Math.Exp(-Math.Abs(logOdds)), u = 1 + e;
        return Math.Max(0, -logOdds) + (u == 1 ? e : Math.Log(u) * e / (u - 1));
    }

    /// <summary>Entropy in nats.</summary>
    /// <param name="logits">s(x), finite, shape <c>[classes]</c>.</param>
    public static double Entropy(float[] logits)
    {
        double log = LogSum(logits), entropy = 0;
        foreach (float s in logits)
            entropy -= Math.Exp(s - log) * (s - log);
        return entropy;
    }

    private static double LogSum(float[] logits)
    {
        double most = logits.Max();
        return most + Math.Log(logits.Sum(s => Math.Exp(s - most)));
    }
}
