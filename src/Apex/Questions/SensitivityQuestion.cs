using Apex.Analysis.Regularity;
using Apex.Analysis.Sensitivity;
using Apex.Answers;

namespace Apex.Questions;

/// <summary>Which layers matter?</summary>
internal sealed class SensitivityQuestion : Question<SensitivityAnswer>
{
    /// <inheritdoc/>
    public override string Name => "sensitivity";

    /// <inheritdoc/>
    public override string Asks => "which layers matter";

    /// <inheritdoc/>
    public override string Explains => """
        Which layers matter: what noise on each site alone does to the predictions, from the most sensitive site to the least.
        Noise is in units of each site's rms, so that sites of different scale can be compared. Needs a run probed with `SingleSites`.
        Of runs with `FirstOrder` also, or alone, where the margin is steep without any noise: the share of each site.
        """;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples => ["run", "run `Out` sites.csv"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reads => [nameof(AskOptions.Seed)];

    /// <inheritdoc/>
    public override string Panel => "Which layers matter";

    internal override bool IsDrawnByScript => true;

    /// <inheritdoc/>
    public override bool IsFor(AskedRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Info.SingleSites is not null || FirstOrderDistance.IsIn(run.Info);
    }

    /// <inheritdoc/>
    public override IEnumerable<string> InShort(AskedRun run, Answer answer)
    {
        var sensitivity = (SensitivityAnswer)answer;
        if (sensitivity.FirstOrder is { Sites.Count: > 1 } steep)
        {
            var most = steep.Sites.MaxBy(s => s.Share)!;
            yield return $"To first order {Words.Share(most.Share, most.ShareInterval).Trim()} of what noise does to the margin "
                + $"comes from site {most.Index} ({most.Name}).";
        }

        SensitivityAnswer.SiteFlips[] ranked = [.. sensitivity.Ranked];
        if (ranked.Length < 2)
            yield break;
        string Interval(SensitivityAnswer.SiteFlips site) => $"{Words.Sigma(site.HalfLow)} to {Words.Sigma(site.HalfHigh ?? double.PositiveInfinity)}";
        var (first, least) = (ranked[0], ranked[^1]);
        yield return $"Noise on one site alone does most at site {first.Index} ({first.Name}), "
            + $"where half of the draws flip at {sensitivity.Half(first)} times its rms "
            + $"(95 % interval {Interval(first)}), and least at site {least.Index} ({least.Name}): {sensitivity.Half(least)} ({Interval(least)}).";
    }

    /// <inheritdoc/>
    protected override async Task<SensitivityAnswer> AnswerAsync(AskedRun run, AskOptions options, CancellationToken cancellationToken)
    {
        var info = await run.WarnedAsync(cancellationToken);
        var profile = FirstOrderDistance.IsIn(info) ? FirstOrderProfile.Of(await run.ReadAsync(cancellationToken), options.Seed) : null;
        return SensitivityAnswer.Create(info, info.SingleSites is null && profile is not null ? null
            : await FindAsync(run, options.Seed, cancellationToken), profile);
    }

    /// <summary>How sensitive each site of a run is.</summary>
    internal static Task<SingleSiteSensitivity> FindAsync(AskedRun run, ulong seed = 0, CancellationToken cancellationToken = default) =>
        SingleSiteSensitivity.FromAsync(run.Info, run.SingleSites, run.SitesAsync(cancellationToken), seed, cancellationToken: cancellationToken);
}
