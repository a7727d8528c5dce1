using System.Globalization;

namespace Apex.Probing;

/// <summary>Noise levels by words: <c>FROM:TO:COUNT</c> (geometric), or a list <c>0.1,0.2,0.5</c>.</summary>
public static class SigmaGrid
{
    private const int MostLevels = 4096;

    /// <summary>Reads a grid.</summary>
    /// <param name="text">The words.</param>
    /// <param name="source">What a message calls it.</param>
    /// <exception cref="InvalidInputException">It is not one.</exception>
    public static IReadOnlyList<double> Parse(string text, string source = "`Sigmas`")
    {
        const string Right = "give FROM:TO:COUNT, e.g. 0.02:2:24, or a list, e.g. 0.1,0.2,0.5";
        double Number(string part) =>
            double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) && value is > 0 and <= 1e12
            ? value
            : throw new InvalidInputException($"{source} {text}: '{part}' is not a noise level (a number above 0); {Right}");
        if (text.Split(':') is [var from, var to, var levels])
        {
            if (!int.TryParse(levels, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count is < 1 or > MostLevels)
                throw new InvalidInputException($"{source} {text}: '{levels}' is not a count from 1 to {MostLevels}; {Right}");
            double low = Number(from), high = Number(to);
            if (high < low || (high > low && count == 1) || (high == low && count > 1))
                throw new InvalidInputException($"{source} {text}: the levels must rise from FROM to TO; {Right}");
            return Geometric(low, high, count);
        }

        if (text.Contains(':', StringComparison.Ordinal))
            throw new InvalidInputException($"{source} {text}: {Right}");
        return Checked([.. text.Split(',').Select(Number)]);
    }

    /// <summary>Levels with a constant ratio, both ends included.</summary>
    public static IReadOnlyList<double> Geometric(double low, double high, int count) =>
        [.. Enumerable.Range(0, count).Select(i => i == 0 ? low : i == count - 1 ? high : low * Math.Pow(high / low, (double)i / (count - 1)))];

    /// <summary>Checks that levels are positive, finite and ascending.</summary>
    /// <exception cref="InvalidInputException">They are not.</exception>
    public static IReadOnlyList<double> Checked(IReadOnlyList<double> sigmas)
    {
        if (sigmas.Count is 0 or > MostLevels)
            throw new InvalidInputException($"sigma: {sigmas.Count} noise levels; give 1 to {MostLevels}");
        for (int i = 0; i < sigmas.Count; i++)
        {
            if (!double.IsFinite(sigmas[i]) || sigmas[i] <= 0 || sigmas[i] > 1e12)
                throw new InvalidInputException($"sigma {sigmas[i]}: a noise level must lie above 0 and be finite");
            if (i > 0 && sigmas[i] <= sigmas[i - 1])
                throw new InvalidInputException($"sigma: noise levels must ascend, but {sigmas[i]} follows {sigmas[i - 1]}");
        }

        return sigmas;
    }
}
