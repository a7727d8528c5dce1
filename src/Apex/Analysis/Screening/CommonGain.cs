namespace Apex.Analysis.Screening;

/// <summary>
/// How much each class moves under noise that all inputs share: G_c = sqrt(cov), the covariance over draws of the mean centred logit of class c over
/// one half of the inputs with that over the other half. What only single inputs do cancels; what remains is the network's answer to a direction of its
/// activations whatever the input is. A backdoor is such a direction, with one class at its end.
/// </summary>
internal static class CommonGain
{
    /// <summary>Covariances this small next to the variances are noise of the estimate.</summary>
    private const double Floor = 1e-3;

    /// <summary>G of every class at one level.</summary>
    /// <param name="first">Mean centred logits of one half of the inputs, shape <c>[draws][classes]</c>.</param>
    /// <param name="second">The same of the other half.</param>
    /// <returns>In units of the logits, positive, shape <c>[classes]</c>; NaN where a value is not finite.</returns>
    /// <exception cref="ArgumentException">There are fewer than two draws, or the halves differ in number.</exception>
    public static double[] Find(IReadOnlyList<double[]> first, IReadOnlyList<double[]> second)
    {
        if (first.Count < 2 || first.Count != second.Count)
            throw new ArgumentException($"{first.Count} and {second.Count} draws: give at least two of each", nameof(first));
        var gains = new double[first[0].Length];
        for (int c = 0; c < gains.Length; c++)
        {
            double meanA = first.Average(d => d[c]), meanB = second.Average(d => d[c]), covariance = 0, varianceA = 0, varianceB = 0;
            for (int k = 0; k < first.Count; k++)
            {
                double a = first[k][c] - meanA, b = second[k][c] - meanB;
                (covariance, varianceA, varianceB) = (covariance + a * b, varianceA + a * a, varianceB + b * b);
            }

            double least = Floor * Math.Sqrt(varianceA * varianceB);
            gains[c] = Math.Sqrt(Math.Max(covariance, least) / (first.Count - 1));
        }

        return gains;
    }
}
