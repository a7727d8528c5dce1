using System.Globalization;
using System.IO.Enumeration;

namespace Apex.Sites;

/// <summary>
/// Chooses sites by words: <c>all</c> (every hidden site), <c>last</c>, <c>input</c> (site 0), an index, a range <c>A..B</c>
/// (both ends included, either may be left out), or a glob on names (<c>*</c> and <c>?</c>). Several selectors combine.
/// </summary>
internal static class SiteSelector
{
    /// <summary>The sites that the selectors name, ascending by index, each once.</summary>
    /// <param name="classifierSites">Site 0 (where the input can be perturbed) and the hidden sites.</param>
    /// <param name="selectors">Words as given by the user; none means <c>all</c>.</param>
    /// <exception cref="InvalidInputException">A selector names no site.</exception>
    public static IReadOnlyList<Site> Select(IReadOnlyList<Site> classifierSites, IReadOnlyList<string> selectors)
    {
        var chosen = new SortedDictionary<int, Site>();
        foreach (string selector in selectors.Count == 0 ? ["all"] : selectors)
        {
            var matches = Match(classifierSites, selector.Trim());
            if (matches.Count == 0)
                throw new InvalidInputException(
                    $"`Sites` {selector}: no such site; this model has {Describe(classifierSites)} (see `IClassifier.Sites`)");
            foreach (var site in matches)
                chosen[site.Index] = site;
        }

        return [.. chosen.Values];
    }

    private static List<Site> Match(IReadOnlyList<Site> sites, string selector)
    {
        var hidden = sites.Where(s => !s.IsInput).ToList();
        switch (selector)
        {
            case "all": return hidden;
            case "last": return hidden.Count == 0 ? [] : [hidden[^1]];
            case "input":
                return sites.Any(s => s.IsInput)
                    ? [sites.First(s => s.IsInput)]
                    : throw new InvalidInputException("`Sites` input: integer tokens cannot carry Gaussian noise; choose hidden sites");
        }

        // An exact name wins over every other reading, so a layer called "3" can still be meant.
        if (sites.FirstOrDefault(s => s.Name == selector) is { } exact)
            return [exact];
        if (TryIndex(selector, out int index))
            return [.. sites.Where(s => s.Index == index)];
        if (selector.Split("..") is [var from, var to] && (from.Length > 0 || to.Length > 0))
        {
            int low = 1, high = int.MaxValue;
            if ((from.Length == 0 || TryIndex(from, out low)) && (to.Length == 0 || TryIndex(to, out high)))
            {
                int last = sites.Count == 0 ? 0 : sites.Max(s => s.Index);
                if (low > high || (to.Length > 0 && high > last) || low > last)
                    throw new InvalidInputException($"`Sites` {selector}: the range must rise and lie within {Describe(sites)}");
                return [.. sites.Where(s => s.Index >= low && s.Index <= high)];
            }
        }

        return [.. hidden.Where(s => FileSystemName.MatchesSimpleExpression(selector, s.Name, ignoreCase: false))];
    }

    private static bool TryIndex(string text, out int index) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index);

    private static string Describe(IReadOnlyList<Site> sites)
    {
        int last = sites.Count == 0 ? 0 : sites.Max(s => s.Index);
        string input = sites.Any(s => s.IsInput) ? ", and 0 (the input)" : "";
        return last == 0 ? $"no hidden sites{input}" : $"sites 1..{last}{input}";
    }
}
