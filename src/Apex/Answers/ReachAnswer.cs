using Apex.Analysis.Reach;
using Apex.Facts;

namespace Apex.Answers;

/// <summary>How much of each site's activation space perturbing the input can reach: <c>apex reach MODEL</c>.</summary>
/// <param name="Model">Path of the model.</param>
/// <param name="Data">Where the samples came from.</param>
/// <param name="Samples">Samples at which the derivative was taken.</param>
/// <param name="Directions">Random directions for each site and sample.</param>
/// <param name="InputElements">dim(x).</param>
/// <param name="Probes">Jacobian-vector products at most.</param>
/// <param name="Seed">Keyed probes and directions.</param>
/// <param name="Sites">One for each site, ascending.</param>
public sealed record ReachAnswer(
    string Model, string Data, int Samples, int Directions, int InputElements, int Probes, ulong Seed, IReadOnlyList<ReachAnswer.SiteReach> Sites) : Answer
{
    private IReadOnlyList<Reachability> Reached { get; init; } = [];

    /// <summary>What was reached, as an answer.</summary>
    /// <param name="model">Path of the model.</param>
    /// <param name="data">Where the samples came from.</param>
    /// <param name="inputs">dim(x).</param>
    /// <param name="reached">One for each site, ascending.</param>
    /// <param name="probes">Jacobian-vector products at most.</param>
    /// <param name="seed">Keyed probes and directions.</param>
    /// <param name="warnings">What looks wrong about the data, or null.</param>
    internal static ReachAnswer Create(
        string model, string data, int inputs, IReadOnlyList<Reachability> reached, int probes, ulong seed, IReadOnlyList<RunWarning>? warnings) => new(
        model, data, reached[0].Spaces.Count, reached[0].Spaces[0].Shares.Count, inputs, probes, seed, [.. reached.Select(SiteReach.Of)])
        {
            Warnings = warnings ?? [],
            Reached = reached,
        };

    /// <inheritdoc/>
    public override AnswerText ToText()
    {
        string samples = Words.Count(Samples, "sample"), n = $"n = {Samples * Directions}: {Words.Count(Directions, "direction")} at each of {samples}";
        var text = new AnswerText().Warn(Warnings)
            .Line($"{Model}: what perturbing the input ({InputElements} elements) reaches of each site, at {samples} of {Data}")
            .Line($"Share: mean energy of a random direction inside the column space of J = d a / d x, with its 95 % interval ({n})")
            .Table(
                AnswerColumn.Right("site", Sites, s => $"{s.Index}"),
                AnswerColumn.Left("name", Sites, s => $"{s.Name}"),
                AnswerColumn.Left("op", Sites, s => $"{s.Op}"),
                AnswerColumn.Right("dim", Sites, s => $"{s.Elements}"),
                AnswerColumn.Right("live", Sites, s => $"{s.Live:0.#}"),
                AnswerColumn.Right("rank", Sites, s => $"{(s.RankAtLeast ? "≥" : "")}{s.Rank:0.#}{(s.RankResolved ? "" : "~")}"),
                AnswerColumn.Right("lowest to highest", Sites, s => $"{s.RankLow} to {s.RankHigh}"),
                AnswerColumn.Right("rank/dim", Sites, s => $"{s.RankShare:f4}"),
                AnswerColumn.Left("share", Sites, s => $"{Words.Estimate(s.Share, s.ShareInterval, "f4")}"));
        if (Sites.Any(s => s.RankAtLeast))
            text.Line($"≥: more probes could show more; rank and share are lower bounds");
        if (Sites.Any(s => !s.RankResolved))
            text.Line($"~: singular values fall smoothly into the rounding of single precision; counted are those that stand out of it");
        return text;
    }

    /// <summary>Every site of every sample.</summary>
    public override TableFile ToTable()
    {
        var rows = Reached.SelectMany(s => s.SampleIds.Zip(s.Spaces, (id, space) => (s.Site, Id: id, Space: space))).ToList();
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

    /// <summary>What the input reaches of one site.</summary>
    /// <param name="Index">l, in topological order.</param>
    /// <param name="Name">Unique in the model.</param>
    /// <param name="Op">The non-linearity.</param>
    /// <param name="Shape">Shape of one sample's activation.</param>
    /// <param name="Elements">Its elements.</param>
    /// <param name="Rank">Mean rank of J over the samples.</param>
    /// <param name="RankLow">The lowest.</param>
    /// <param name="RankHigh">The highest.</param>
    /// <param name="RankAtLeast">Whether the probes bounded the rank of some sample: it is at least what is told.</param>
    /// <param name="RankResolved">Whether the rank of every sample is clear of rounding.</param>
    /// <param name="Condition">Largest condition of J on its range.</param>
    /// <param name="Live">Mean number of units with a derivative.</param>
    /// <param name="RankShare">Rank over elements.</param>
    /// <param name="Share">Mean share of a random direction's energy in the range of J.</param>
    /// <param name="ShareInterval">Its 95 % interval.</param>
    /// <param name="N">Directions over all samples.</param>
    public sealed record SiteReach(
        int Index, string Name, string Op, IReadOnlyList<int> Shape, int Elements, double Rank, int RankLow, int RankHigh, bool RankAtLeast, bool RankResolved,
        double Condition, double Live, double RankShare, double Share, Ends ShareInterval, long N)
    {
        internal static SiteReach Of(Reachability s) => new(
            s.Site.Index, s.Site.Name, s.Site.Op, s.Site.Shape, s.Site.Elements, s.Rank, s.LeastRank, s.MostRank, s.IsAtLeast, s.IsResolved,
            s.Spaces.Max(p => p.Condition), s.Live, s.RankShare, s.Share.Value, s.Share, s.Share.N);
    }
}
