namespace Apex.Analysis.Statistics;

/// <summary>Ranks. Infinities are values like any other and tie with themselves.</summary>
internal static class Ranks
{
    /// <summary>Average ranks: equal values share the mean of the ranks that they take together.</summary>
    /// <param name="values">Shape <c>[n]</c>; no NaN.</param>
    /// <returns>Shape <c>[n]</c>, in 1..n.</returns>
    /// <exception cref="ArgumentException">A value is NaN.</exception>
    public static double[] Average(ReadOnlySpan<double> values)
    {
        var order = Order(values);
        var ranks = new double[values.Length];
        for (int start = 0; start < order.Length;)
        {
            int end = EndOfTie(values, order, start);
            // Ranks start + 1 to end.
            double rank = (start + 1 + end) / 2.0;
            for (; start < end; start++)
                ranks[order[start]] = rank;
        }

        return ranks;
    }

    /// <summary>Dense ranks: the lowest value has 0, the next higher one 1, and equal values share a number.</summary>
    /// <param name="values">Shape <c>[n]</c>; no NaN.</param>
    /// <returns>Shape <c>[n]</c>, in 0..distinct - 1, each number used.</returns>
    /// <exception cref="ArgumentException">A value is NaN.</exception>
    public static int[] Dense(ReadOnlySpan<double> values) => Dense(values, Order(values));

    /// <summary>As above, of values whose order is known.</summary>
    internal static int[] Dense(ReadOnlySpan<double> values, ReadOnlySpan<int> order)
    {
        var ranks = new int[values.Length];
        for (int start = 0, rank = 0; start < order.Length; rank++)
        {
            for (int end = EndOfTie(values, order, start); start < end; start++)
                ranks[order[start]] = rank;
        }

        return ranks;
    }

    /// <summary>Indices from the lowest value to the highest.</summary>
    /// <exception cref="ArgumentException">A value is NaN.</exception>
    internal static int[] Order(ReadOnlySpan<double> values)
    {
        var order = new int[values.Length];
        for (int i = 0; i < order.Length; i++)
        {
            if (double.IsNaN(values[i]))
                throw new ArgumentException($"value {i} is NaN, which has no rank", nameof(values));
            order[i] = i;
        }

        Array.Sort(values.ToArray(), order);
        return order;
    }

    /// <summary>Where in the order the values that equal the one at <paramref name="start"/> end.</summary>
    internal static int EndOfTie(ReadOnlySpan<double> values, ReadOnlySpan<int> order, int start)
    {
        int end = start + 1;
        while (end < order.Length && values[order[end]] == values[order[start]])
            end++;
        return end;
    }
}
