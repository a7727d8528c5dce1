using System.Globalization;
using Apex.Analysis.Reach;
using Apex.Facts;

namespace Apex.Reporting;

/// <summary>What <c>apex reach</c> says: how much of each site's activation space perturbing the input can reach.</summary>
/// <param name="model">Path of the model.</param>
/// <param name="data">Where the samples came from.</param>
/// <param name="inputs">dim(x).</param>
/// <param name="sites">One for each site, ascending.</param>
/// <param name="probes">Jacobian-vector products at most.</param>
/// <param name="seed">Keyed probes and directions.</param>
/// <param name="warnings">What looks wrong about the data, or null.</param>
public sealed class ReachReport(
    string model, string data, int inputs, IReadOnlyList<Reachability> sites, int probes, ulong seed, IReadOnlyList<RunWarning>? warnings = null)
{
    /// <summary>For programs.</summary>
    public string ToJson() => JsonText.Of(new
    {
        warnings = warnings ?? [],
        model,
        data,
        samples = sites[0].Spaces.Count,
        directions = sites[0].Spaces[0].Shares.Count,
        inputElements = inputs,
        probes,
        seed,
        sites = sites.Select(s => new
        {
            index = s.Site.Index,
            name = s.Site.Name,
            op = s.Site.Op,
            shape = s.Site.Shape,
            elements = s.Site.Elements,
            rank = s.Rank,
            rankLow = s.LeastRank,
            rankHigh = s.MostRank,
            rankAtLeast = s.IsAtLeast,
            rankResolved = s.IsResolved,
            condition = s.Spaces.Max(p => p.Condition),
            live = s.Live,
            rankShare = s.RankShare,
            share = s.Share.Value,
            shareInterval = (double[])[s.Share.Low, s.Share.High],
            n = s.Share.N,
        }),
    });

    /// <summary>For people.</summary>
    public string ToText()
    {
        var text = new ReportText();
        text.Warn(warnings, "this answer");
        int samples = sites[0].Spaces.Count, directions = sites[0].Spaces[0].Shares.Count;
        text.Line($"{model}: what perturbing the input ({inputs} elements) reaches of each site, at {Count(samples, "sample")} of {data}");
        text.Line($"Share: mean energy of a random direction inside the column space of J = d a / d x, with its 95 % interval (n = {samples * directions}: {Count(directions, "direction")} at each of {Count(samples, "sample")})");
        int name = Math.Max(4, sites.Max(s => s.Site.Name.Length)), op = Math.Max(2, sites.Max(s => s.Site.Op.Length));
        text.Line($"  {"site",4}  {"name".PadRight(name)}  {"op".PadRight(op)}  {"dim",7}  {"live",7}  {"rank",8}  {"lowest to highest",17}  {"rank/dim",8}  share");
        foreach (var s in sites)
        {
            string range = string.Create(CultureInfo.InvariantCulture, $"{s.LeastRank} to {s.MostRank}"), rank = string.Create(CultureInfo.InvariantCulture, $"{(s.IsAtLeast ? "≥" : "")}{s.Rank:0.#}{(s.IsResolved ? "" : "~")}");
            text.Line($"  {s.Site.Index,4}  {s.Site.Name.PadRight(name)}  {s.Site.Op.PadRight(op)}  {s.Site.Elements,7}  {s.Live,7:0.#}  {rank,8}  {range,17}  {s.RankShare,8:f4}  {Words.Of(s.Share, "f4")}");
        }

        if (sites.Any(s => s.IsAtLeast))
            text.Line($"≥: more probes could show more; rank and share are lower bounds");
        if (sites.Any(s => !s.IsResolved))
            text.Line($"~: singular values fall smoothly into the rounding of single precision; counted are those that stand out of it");
        return text.ToString();
    }

    /// <summary>Every site of every sample.</summary>
    public TableFile ToTable()
    {
        var rows = sites.SelectMany(s => s.SampleIds.Zip(s.Spaces, (id, space) => (s.Site, Id: id, Space: space))).ToList();
        return new TableFile()
            .Add("sample_id", rows.Select(r => r.Id))
            .Add("site", rows.Select(r => (long)r.Site.Index))
            .Add("name", rows.Select(r => r.Site.Name))
            .Add("elements", rows.Select(r => (long)r.Site.Elements))
            .Add("live", rows.Select(r => (long)r.Space.Live))
            .Add("rank", rows.Select(r => (long)r.Space.Rank))
            .Add("rank_at_least", rows.Select(r => r.Space.IsComplete ? 0L : 1L))
            .Add("rank_resolved", rows.Select(r => r.Space.IsResolved ? 1L : 0L))
            .Add("condition", rows.Select(r => r.Space.Condition))
            .Add("rank_share", rows.Select(r => (double)r.Space.Rank / r.Site.Elements))
            .Add("share", rows.Select(r => r.Space.Shares.Average()));
    }

    private static string Count(int number, string noun) => string.Create(CultureInfo.InvariantCulture, $"{number} {noun}{(number == 1 ? "" : "s")}");
}
