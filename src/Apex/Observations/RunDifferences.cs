using System.Globalization;
using System.Text;
using Apex.Facts;

namespace Apex.Observations;

/// <summary>What decides a run's observations to the bit, compared between two runs: those of different answers cannot be one.</summary>
internal static class RunDifferences
{
    private const int Shown = 48;

    /// <summary>Each with what a user calls it.</summary>
    private static readonly (string What, Func<RunInfo, string> Of)[] Deciding =
    [
        ("the model (its hash)", r => r.Model.Hash),
        ("`Output`, the logits,", r => r.Model.Output),
        ("`InputShape`", r => List(r.Model.InputShape)),
        ("the classes", r => string.Join(",", r.Model.Classes)),
        ("the preprocessing", r => (r.Model.Preprocessing with { Source = "", StandsAlone = false }).Describe()
            .Replace(" (from )", "", StringComparison.Ordinal)),
        ("the sites of the model", r => string.Join(",", r.Model.Sites.Select(s => s.Name))),
        ("`Limit`", r => Text(r.Data.Limit)),
        ("`OnlyClass`", r => r.Data.OnlyClass ?? "none"),
        ("`Indices`", r => r.Data.Indices ?? "none"),
        ("the number of samples in the data", r => Text(r.Data.Count)),
        ("the number of chosen samples", r => Text(r.Data.Selected)),
        ("the labels (their hash)", r => r.Data.LabelsHash ?? "none"),
        ("the data (its hash)", r => r.Data.Hash),
        ("`Space`", r => r.Plan.Space.ToString().ToLowerInvariant()),
        ("`Sites`", r => List(r.Plan.Sites)),
        ("`ProbeOptions.Scale`", r => r.Plan.Scale.ToString().ToLowerInvariant()),
        ("`Draws`", r => Text(r.Plan.Draws)),
        ("`FirstOrder`", r => r.FirstOrderSites is { } sites ? $"kept of sites {List(sites)}" : "not kept"),
        ("`Seed`", r => Text(r.Plan.Seed)),
        ("`Sigmas`", r => List(r.Plan.Sigmas)),
        ("`Rows`", r => Text(r.Plan.Rows)),
        ("the scale of the sites", r => List(r.Plan.SiteScales)),
        ("the parameters", r => string.Join(",", (r.Plan.Parameters ?? []).Select(p => $"{p.Index} {p.Name} {Text(p.Elements)} {Text(p.Rms)}"))),
        ("the perturbation", r => r.Plan.Perturbation),
        ("`Provider`", r => r.Machine.Provider.ToLowerInvariant()),
        ("the version of apex", r => r.Versions.GetValueOrDefault("apex", "unknown")),
        ("the version of ONNX Runtime", r => r.Versions.GetValueOrDefault("onnxruntime", "unknown")),
        ("what runs the network", r => string.Join(", ", r.Versions
            .Where(v => v.Key is not ("apex" or "onnxruntime" or "dotnet"))
            .OrderBy(v => v.Key, StringComparer.Ordinal)
            .Select(v => $"{v.Key} {v.Value}"))),
    ];

    /// <summary>What differs, in words.</summary>
    /// <param name="one">A run.</param>
    /// <param name="other">Another, or the same as it would be now.</param>
    /// <param name="here">What the first is called, e.g. <c>in the run</c>.</param>
    /// <param name="there">What the second is called.</param>
    public static IEnumerable<string> Between(RunInfo one, RunInfo other, string here, string there)
    {
        foreach (var (what, of) in Deciding)
        {
            string a = of(one), b = of(other);
            if (a != b)
                yield return $"{what} is {Around(a, b)} {here} and {Around(b, a)} {there}";
        }
    }

    private static string Text(IFormattable? value) => value?.ToString(null, CultureInfo.InvariantCulture) ?? "none";

    private static string List<T>(IEnumerable<T> values) where T : IFormattable => string.Join(",", values.Select(v => Text(v)));

    /// <summary>A text, or of a long one the place where it first differs.</summary>
    private static string Around(string text, string other)
    {
        if (text.Length <= Shown)
            return text.Length == 0 ? "none" : text;
        int at = 0;
        while (at < Math.Min(text.Length, other.Length) && text[at] == other[at])
            at++;
        int from = Math.Clamp(at - Shown / 4, 0, text.Length - Shown / 2), to = Math.Min(text.Length, from + Shown);
        return new StringBuilder(from > 0 ? "..." : "").Append(text, from, to - from).Append(to < text.Length ? "..." : "").ToString();
    }
}
