using Apex.Analysis.Regularity;
using Apex.Analysis.Sensitivity;
using Apex.Facts;

namespace Apex.Answers;

/// <summary>Which sites matter: <c>apex sensitivity RUN</c>.</summary>
/// <param name="Model">Path of the model.</param>
/// <param name="Data">Where the samples came from.</param>
/// <param name="Samples">Samples with a clean prediction.</param>
/// <param name="Draws">Draws for each site, sample and level; 0 where sites were not probed alone.</param>
/// <param name="Sigmas">Noise levels in units of each site's rms, shape <c>[sigmas]</c>; empty where sites were not probed alone.</param>
/// <param name="CommonSigma">
/// The level at which sites are compared: where the mean over sites of the flip rate is nearest to 1/2; null where sites were not probed alone.
/// </param>
/// <param name="Sites">The sites, ascending by index; empty where they were not probed alone.</param>
public sealed record SensitivityAnswer(
    string Model, string Data, int Samples, int Draws, IReadOnlyList<double> Sigmas, double? CommonSigma, IReadOnlyList<SensitivityAnswer.SiteFlips> Sites)
        : Answer
{
    /// <summary>Where the margin is steep, to first order and without noise; null where the run keeps no gradients.</summary>
    public Profile? FirstOrder { get; init; }

    private const int BarWidth = 20;

    private const string HalfFlip =
        "Half-flip sigma: the noise at which half of the draws flip, in units of the site's rms, with its 95 % bootstrap interval over samples";

    /// <summary>The most sensitive site first.</summary>
    internal IEnumerable<SiteFlips> Ranked => Sites.OrderBy(s => s.Rank);

    /// <summary>Analyses as an answer.</summary>
    /// <param name="info">The run.</param>
    /// <param name="found">Its sites, each alone; null where they were not probed.</param>
    /// <param name="profile">Its first order; null where it keeps no gradients.</param>
    internal static SensitivityAnswer Create(RunInfo info, SingleSiteSensitivity? found, FirstOrderProfile? profile) => new(
        info.Model.Path, info.Data.Spec, found?.Samples ?? profile?.Samples ?? 0, found?.Draws ?? 0, found?.Sigmas ?? [],
        found?.Sigmas[found.CommonLevel],
        found is null ? [] : [.. found.Sites.Select((s, i) => SiteFlips.Create(s, found.Order.Index().First(o => o.Item == i).Index + 1, found.CommonLevel))])
    {
        FirstOrder = profile is null ? null : Profile.Create(profile),
        Warnings = info.Warnings ?? [],
    };

    /// <inheritdoc/>
    public override AnswerText ToText()
    {
        var text = new AnswerText().Warn(Warnings);
        if (Sites.Count > 0)
            AddFlips(text);
        if (FirstOrder is { } steep)
            Add(text, steep);
        return text;
    }

    private void Add(AnswerText text, Profile profile)
    {
        text.Line($"{Model}: where the margin is steep, to first order and without noise, {profile.Samples} samples of {Data}")
            .Line($"Share: of the margin's variance that noise on the site makes, mean over samples with its 95 % bootstrap interval")
            .Table(
                AnswerColumn.Right("site", profile.Sites, s => $"{s.Index}"),
                AnswerColumn.Left("name", profile.Sites, s => $"{s.Name}"),
                AnswerColumn.Left("op", profile.Sites, s => $"{s.Op}"),
                AnswerColumn.Left("share", profile.Sites, s => $"{Words.Share(s.Share, s.ShareInterval)}"),
                AnswerColumn.Bar(profile.Sites, s => s.Share, BarWidth));
        if (profile.EscapeRatio is { } ratio)
        {
            var (low, high) = (profile.EscapeRatioQuartiles.Low, profile.EscapeRatioQuartiles.High);
            text.Line($"Measured over first-order escape noise: median {ratio:f2}, quartiles {low:f2} and {high:f2}, n = {profile.EscapeRatioSamples}")
                .Line($"(1 for an affine network; far from 1 where the network is bent on the way to another class)");
        }
    }

    private void AddFlips(AnswerText text)
    {
        SiteFlips[] ranked = [.. Ranked];
        double common = CommonSigma ?? double.NaN;
        text.Line($"{Model}: noise on one site at a time, {Samples} samples of {Data}, {Draws} draws each, most sensitive site first")
            .Line($"{HalfFlip}; absolute: the same times the rms")
            .Table(
                AnswerColumn.Right("site", ranked, s => $"{s.Index}"),
                AnswerColumn.Left("name", ranked, s => $"{s.Name}"),
                AnswerColumn.Left("op", ranked, s => $"{s.Op}"),
                AnswerColumn.Right("dim", ranked, s => $"{s.Elements}"),
                AnswerColumn.Right("rms", ranked, s => $"{s.Rms:g4}"),
                AnswerColumn.Left("half-flip sigma", ranked, s =>
                    $"{Half(s)} [{Words.Sigma(s.HalfLow)}, {Words.Sigma(s.HalfHigh ?? double.PositiveInfinity)}]"),
                AnswerColumn.Right("absolute", ranked, s => $"{(s.HalfFlipAbsolute is { } absolute ? Words.Sigma(absolute) : "-")}"),
                AnswerColumn.Left($"flips at sigma {Words.Sigma(common)}", ranked,
                    s => $"{(s.CommonFlipRate is null ? "no finite draw" : Words.Share(s.CommonFlipRate, s.CommonFlipRateInterval))}"),
                AnswerColumn.Bar(ranked, s => s.CommonFlipRate ?? double.NaN, BarWidth));
        if (ranked.Any(s => s.Censoring == Censoring.Right))
            text.Line($"above: fewer than half of the draws flip at every level; nothing is extrapolated (`SingleSiteOptions.Sigmas` gives a wider grid)");
        if (ranked.Any(s => s.Censoring == Censoring.Left))
            text.Line($"below: half of the draws flip at the first level of the grid already (`SingleSiteOptions.Sigmas` gives one that begins lower)");
        if (ranked.Sum(s => s.NonFinite) is > 0 and var lost)
            text.Line($"Non-finite logits: {lost} noisy draws; they are left out of every rate");
    }

    /// <summary>Every level of every site.</summary>
    public override TableFile ToTable()
    {
        var rows = Sites.SelectMany(s =>
            Sigmas.Select((sigma, i) => (Of: s, Sigma: sigma, Rate: s.FlipRate[i] ?? double.NaN, Ends: s.FlipRateInterval[i], N: s.N[i]))).ToList();
        return new TableFile()
            .Add("site", rows.Select(r => (long)r.Of.Index))
            .Add("name", rows.Select(r => r.Of.Name))
            .Add("elements", rows.Select(r => (long)r.Of.Elements))
            .Add("depth", rows.Select(r => r.Of.Depth))
            .Add("rms", rows.Select(r => r.Of.Rms))
            .Add("sigma", rows.Select(r => r.Sigma))
            .Add("absolute_sigma", rows.Select(r => r.Sigma * r.Of.Rms))
            .Add("flip_rate", rows.Select(r => r.Rate))
            .Add("low", rows.Select(r => r.Ends.Low))
            .Add("high", rows.Select(r => r.Ends.High))
            .Add("samples", rows.Select(r => r.N));
    }

    /// <summary>The half-flip sigma in a word: <c>1.27</c>, <c>above 64</c>, <c>below 0.125</c>.</summary>
    /// <param name="site">A site.</param>
    internal string Half(SiteFlips site) => site.Censoring switch
    {
        Censoring.Right => site.SeenTo is { } seen ? $"above {Words.Sigma(seen)}" : "unknown",
        Censoring.Left => $"below {Words.Sigma(Sigmas[0])}",
        _ => Words.Sigma(site.HalfFlipSigma ?? double.NaN),
    };

    /// <summary>Where the margin is steep, to first order.</summary>
    /// <param name="Samples">Samples whose margin moves.</param>
    /// <param name="Sites">The perturbed sites, ascending by index; their shares sum to 1.</param>
    /// <param name="EscapeRatio">
    /// Median over samples of the noise at which 16 % of the draws flip (Phi(-1)), over m / g, at which they do so to first order; null where no sample
    /// escapes on the grid.
    /// </param>
    /// <param name="EscapeRatioQuartiles">Its quartiles over samples.</param>
    /// <param name="EscapeRatioSamples">Samples that escape on the grid.</param>
    public sealed record Profile(
        int Samples, IReadOnlyList<SiteShare> Sites, double? EscapeRatio, Ends EscapeRatioQuartiles, int EscapeRatioSamples)
    {
        internal static Profile Create(FirstOrderProfile found)
        {
            double[] ratios = [.. found.Ratios.Where(double.IsFinite).Order()];
            double? At(double q) => ratios.Length == 0 ? null : MathNet.Numerics.Statistics.SortedArrayStatistics.Quantile(ratios, q);
            return new Profile(
                found.Samples,
                [.. found.Sites.Select(s => new SiteShare(s.Site.Index, s.Site.Name, s.Site.Op, s.Share.Value, s.Share))],
                At(0.5), new Ends(At(0.25) ?? double.NaN, At(0.75) ?? double.NaN), ratios.Length);
        }
    }

    /// <summary>A site's share in the variance that noise makes of the margin, to first order.</summary>
    /// <param name="Index">l, in topological order; 0 for the input.</param>
    /// <param name="Name">Unique in the model.</param>
    /// <param name="Op">The non-linearity.</param>
    /// <param name="Share">g_l^2 / g^2, the mean over samples.</param>
    /// <param name="ShareInterval">Its 95 % bootstrap interval over samples.</param>
    public sealed record SiteShare(int Index, string Name, string Op, double Share, Ends ShareInterval);

    /// <summary>What noise on one site alone does.</summary>
    /// <param name="Index">l, in topological order.</param>
    /// <param name="Name">Unique in the model.</param>
    /// <param name="Op">The non-linearity.</param>
    /// <param name="Shape">Shape of one sample's activation.</param>
    /// <param name="Elements">Its elements.</param>
    /// <param name="Depth">Index over that of the last site.</param>
    /// <param name="Rms">Root mean square of its activations, the unit of sigma.</param>
    /// <param name="Rank">1 for the most sensitive site.</param>
    /// <param name="HalfFlipSigma">The noise at which half of the draws flip; null where it is censored.</param>
    /// <param name="HalfLow">Lower end of its 95 % bootstrap interval over samples.</param>
    /// <param name="HalfHigh">Upper end; null where the grid does not bound it.</param>
    /// <param name="Censoring">Whether it lies outside the grid.</param>
    /// <param name="SeenTo">The last level with finite draws; null where there is none.</param>
    /// <param name="HalfFlipAbsolute">The half-flip sigma times the rms.</param>
    /// <param name="CommonFlipRate">Flip rate at the common level; null where no draw is finite.</param>
    /// <param name="CommonFlipRateInterval">Its 95 % interval.</param>
    /// <param name="FlipRate">Flip rate at each level.</param>
    /// <param name="FlipRateInterval">Their intervals.</param>
    /// <param name="NonFinite">Noisy draws with a logit that is not finite.</param>
    /// <param name="N">Samples behind the flip rate at each level.</param>
    public sealed record SiteFlips(
        int Index, string Name, string Op, IReadOnlyList<int> Shape, int Elements, double Depth, double Rms, int Rank, double? HalfFlipSigma, double HalfLow,
        double? HalfHigh, Censoring Censoring, double? SeenTo, double? HalfFlipAbsolute, double? CommonFlipRate, Ends CommonFlipRateInterval,
        IReadOnlyList<double?> FlipRate, IReadOnlyList<Ends> FlipRateInterval, long NonFinite, IReadOnlyList<long> N)
    {
        internal static SiteFlips Create(SiteSensitivity s, int rank, int common) => new(
            s.Site.Index, s.Site.Name, s.Site.Op, s.Site.Shape, s.Site.Elements, s.Depth, s.Rms, rank, s.HalfFlip.Value.OrNull(), s.HalfFlip.Low,
            s.HalfFlip.High.OrNull(), s.Censoring, s.SeenTo.OrNull(), (s.HalfFlip.Value * s.Rms).OrNull(), s.FlipRate[common].Value.OrNull(),
            s.FlipRate[common],
            [.. s.FlipRate.Select(q => q.Value.OrNull())], [.. s.FlipRate.Select(q => (Ends)q)], s.NonFinite, [.. s.FlipRate.Select(q => q.N)]);
    }
}
