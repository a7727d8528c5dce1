using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Apex.Analysis;
using Apex.Analysis.LargeNoise;
using Apex.Observations;

namespace Apex.Reporting.Page;

/// <summary>
/// One self-contained HTML page of one run, or of two side by side: opens offline, and can be sent to a colleague.
/// <code>
/// var page = await ReportPage.OfAsync([RunReader.Open("run")]);
/// page.Write("report.html");
/// </code>
/// It computes nothing: what it shows is the JSON of the commands, which is part of it.
/// </summary>
public sealed class ReportPage
{
    private readonly string _html;

    private ReportPage(string html) => _html = html;

    /// <summary>Analyses runs and makes their page.</summary>
    /// <param name="runs">One run, or two to compare.</param>
    /// <param name="scans">What <c>apex scan --json</c> printed of each run's model, null where it was not scanned; may be left out.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidInputException">A run is damaged or holds nothing to analyse, or a scan is none.</exception>
    public static async Task<ReportPage> OfAsync(IReadOnlyList<RunReader> runs, IReadOnlyList<string?>? scans = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count is < 1 or > 2)
            throw new InvalidInputException($"a report is of one run or two, not {runs.Count}");
        var parts = new JsonArray();
        foreach (var (i, reader) in runs.Index())
            parts.Add(Run(await RunAnalyses.OfAsync(reader, cancellationToken), NameOf(reader), reader.Path, scans?[i], cancellationToken));
        string title = runs.Count == 1 ? $"APEX: {NameOf(runs[0])}" : $"APEX: {NameOf(runs[0])} and {NameOf(runs[1])}";
        string question = runs.Count == 1 ? $"What does {Path.GetFileName(runs[0].Info.Model.Path)} do when its activations shake?" : "What do these two do when their activations shake?";
        // Inside a script element nothing may look like a tag.
        string data = JsonText.Of(new JsonObject { ["title"] = title, ["runs"] = parts }).Trim().Replace("<", "\\u003c", StringComparison.Ordinal);
        return new ReportPage(Resource("page.html")
            .Replace("{{title}}", WebUtility.HtmlEncode(title), StringComparison.Ordinal)
            .Replace("{{question}}", WebUtility.HtmlEncode(question), StringComparison.Ordinal)
            .Replace("{{style}}", Resource("page.css"), StringComparison.Ordinal)
            .Replace("{{script}}", Resource("page.js").Replace("</script", "<\\/script", StringComparison.Ordinal), StringComparison.Ordinal)
            .Replace("{{data}}", data, StringComparison.Ordinal));
    }

    /// <summary>Writes the page, as a whole or not at all.</summary>
    /// <param name="path">The file.</param>
    public void Write(string path)
    {
        File.WriteAllText(path + ".part", _html);
        File.Move(path + ".part", path, overwrite: true);
    }

    /// <inheritdoc/>
    public override string ToString() => _html;

    private static string NameOf(RunReader reader) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(reader.Path)));

    private static JsonObject Run(RunAnalyses analyses, string name, string path, string? scan, CancellationToken cancellationToken)
    {
        var info = analyses.Run.Info;
        var (looks, note) = SampleLooks.Of(analyses, cancellationToken);
        return new JsonObject
        {
            ["name"] = name,
            ["model"] = info.Model.Path,
            ["data"] = info.Data.Spec,
            ["flipLevel"] = RunAnalyses.FlipLevel,
            ["answers"] = Strings(Answers(analyses)),
            ["notes"] = Strings([.. analyses.Missing, .. note is null ? (string[])[] : [note]]),
            ["provenance"] = Pairs(Provenance(info)),
            ["commands"] = Pairs(Commands(info, path)),
            ["summary"] = JsonNode.Parse(new SummaryReport(info, analyses.Summary).ToJson()),
            ["transition"] = analyses.Transition is { } t ? JsonNode.Parse(new NoiseTransitionReport(info, t).ToJson()) : null,
            ["bias"] = analyses.Bias is { } bias ? JsonNode.Parse(BiasReport.Of(info, analyses.Run.Samples.Count, bias).ToJson()) : null,
            ["transitions"] = analyses.Transitions is { } c ? JsonNode.Parse(new TransitionsReport(info, c, 10).ToJson()) : null,
            ["scan"] = scan is null ? null : JsonNode.Parse(scan),
            ["samples"] = Samples(analyses, looks),
        };
    }

    private static JsonObject Samples(RunAnalyses analyses, IReadOnlyDictionary<long, SampleLook> looks)
    {
        var run = analyses.Run;
        int n = run.Samples.Count;
        var rank = new int[n];
        foreach (var (position, i) in analyses.Regularity.Order.Reverse().Index())
            rank[i] = position;
        var audit = analyses.Audit?.Suspects.ToDictionary(s => s.SampleId);
        bool wide = run.Info.Plan.Draws > byte.MaxValue;
        byte[] counts = [.. run.Samples.SelectMany(s => s.Sigmas).SelectMany(s => s.Counts).SelectMany(c => wide ? BitConverter.GetBytes((ushort)c) : (byte[])[(byte)c])];
        var escapes = analyses.Regularity.EscapeFlip;
        static JsonArray Numbers(IEnumerable<double> values) => [.. values.Select(v => double.IsFinite(v) ? JsonValue.Create(v) : null)];
        static JsonArray Integers(IEnumerable<long> values) => [.. values.Select(v => JsonValue.Create(v))];
        return new JsonObject
        {
            ["id"] = Integers(run.Samples.Select(s => s.SampleId)),
            ["label"] = new JsonArray([.. run.Samples.Select(s => s.Label is { } label ? JsonValue.Create(label) : null)]),
            ["predicted"] = Integers(run.Samples.Select(s => (long)s.CleanPrediction!.Value)),
            ["rank"] = Integers(rank.Select(r => (long)r)),
            ["regularity"] = Numbers(analyses.Regularity.Readouts[0].Scores),
            ["escape"] = Numbers(escapes.Select(e => e.Value)),
            ["escapeLow"] = Numbers(escapes.Select(e => e.Low)),
            ["escapeHigh"] = Numbers(escapes.Select(e => e.High)),
            ["censoring"] = Strings(escapes.Select(e => e.Censoring.ToString().ToLowerInvariant())),
            ["suspicion"] = Numbers(run.Samples.Select(s => audit?.TryGetValue(s.SampleId, out var found) == true ? found.Score : double.NaN)),
            ["suspect"] = new JsonArray([.. run.Samples.Select(s => JsonValue.Create(audit?.TryGetValue(s.SampleId, out var found) == true && found.Evidence != 0))]),
            ["counts"] = Convert.ToBase64String(counts),
            ["countBytes"] = wide ? 2 : 1,
            ["firstEscape"] = new JsonArray([.. run.Samples.Select(s => (JsonNode)new JsonArray([.. s.FirstEscapeClass.Where(c => c >= 0).CountBy(c => c).OrderByDescending(c => c.Value).ThenBy(c => c.Key)
                .Select(c => (JsonNode)new JsonArray(c.Key, c.Value))]))]),
            ["looks"] = new JsonObject(looks.Select(l => KeyValuePair.Create(l.Key.ToString(CultureInfo.InvariantCulture), (JsonNode?)(
                l.Value.Image is { } image ? new JsonObject { ["image"] = image }
                : l.Value.Line is { } line ? new JsonObject { ["line"] = Numbers(line.Select(v => Math.Round((double)v, 4))) }
                : new JsonObject { ["text"] = l.Value.Text })))),
        };
    }

    /// <summary>What the run says, in words.</summary>
    private static IEnumerable<string> Answers(RunAnalyses analyses)
    {
        var (summary, info) = (analyses.Summary, analyses.Run.Info);
        yield return Text($"{Path.GetFileName(info.Model.Path)} on {summary.Samples} samples of {Path.GetFileName(Path.TrimEndingDirectorySeparator(info.Data.Spec))}, {info.Plan.Draws} draws at each of {info.Plan.Sigmas.Count} noise levels, noise on {(info.Plan.Space == Probing.NoiseSpace.Activation ? "the activations of " : "")}{Words.Perturbed(info.Plan)}.");
        yield return summary.CleanAccuracy is { } accuracy
            ? Text($"Without noise it gets {accuracy.Value:p1} right (95 % interval {accuracy.Low:p1} to {accuracy.High:p1}, n = {accuracy.N}).")
            : "The data has no labels, so how often it is right is not known.";
        if (analyses.Transition is { } transition)
        {
            yield return double.IsNaN(transition.HalfDependence.Value)
                ? "Where half of the predictions' dependence on the sample is gone cannot be told from this run."
                : Text($"Half of the predictions' dependence on the sample is gone at sigma {Words.Sigma(transition.HalfDependence.Value)} (95 % interval {Words.Sigma(transition.HalfDependence.Low)} to {Words.Sigma(transition.HalfDependence.High)}).");
        }

        int small = analyses.Run.SmallNoise;
        yield return Text($"Small noise reaches to sigma {Words.Sigma(info.Plan.Sigmas[small])}, where {summary.FlipRate[small].Value:p1} of draws flip; it ranks samples from odd to typical.");
        if (analyses.Audit is { } audit)
            yield return Text($"{audit.PredictedOtherwise} of {audit.Suspects.Count} labels are predicted as another class; {audit.Irregular} more are among the 5 % least regular: the first ones to look at.");
        if (analyses.Bias is { } bias)
            yield return Bias(bias.Levels[^1], bias.Sigmas[^1], info.Model.Classes);
        if (info.Plan.Space == Probing.NoiseSpace.Parameter)
            yield return Text($"All samples share each draw of the parameters: intervals hold for these {info.Plan.Draws} networks.");
    }

    private static string Bias(ClassBias bias, double sigma, IReadOnlyList<string> classes) =>
        Text($"At sigma {Words.Sigma(sigma)}, {bias.MaxShare.Value:p1} of predictions fall on {Words.Class(classes, bias.TopClass)} (95 % interval {bias.MaxShare.Low:p1} to {bias.MaxShare.High:p1}). Clean networks concentrate too, so this alone is no sign of a backdoor; apex scan looks for one.");

    private static IEnumerable<(string, string)> Provenance(RunInfo info)
    {
        yield return ("model", $"{info.Model.Path} ({info.Model.Hash})");
        yield return ("data", $"{info.Data.Spec} ({info.Data.Format}, {info.Data.Selected} of {info.Data.Count} samples, {info.Data.Hash})");
        if (info.Data.Labels is { } labels)
            yield return ("labels", labels);
        yield return ("noise", Text($"{info.Plan.Space.ToString().ToLowerInvariant()} space, {info.Plan.Scale.ToString().ToLowerInvariant()}, seed {info.Plan.Seed}, on {Words.Perturbed(info.Plan)}"));
        yield return ("passes", Text($"{info.Passes:n0} noisy passes in {info.Seconds:f1} s"));
        yield return ("made", Text($"{info.Started:yyyy-MM-dd HH:mm} UTC, {info.Machine.Os}, {info.Machine.Cores} cores, {string.Join(", ", info.Versions.Select(v => $"{v.Key} {v.Value}"))}"));
    }

    private static IEnumerable<(string, string)> Commands(RunInfo info, string path)
    {
        if (info.Arguments.Count > 0)
            yield return ("this run", "apex " + string.Join(' ', info.Arguments.Select(Quoted)));
        foreach (string command in (string[])["show", "transition", "bias", "regularity", "audit", "transitions"])
            yield return (command, $"apex {command} {Quoted(path)}");
        yield return ("escape", $"apex escape {Quoted(path)} --flip-level {RunAnalyses.FlipLevel.ToString(CultureInfo.InvariantCulture)}");
        yield return ("backdoor?", $"apex scan {Quoted(info.Model.Path)} --reference CLEAN.onnx ...");
    }

    private static string Quoted(string argument) => argument.Any(c => char.IsWhiteSpace(c) || "\"'$*?;&|<>()".Contains(c, StringComparison.Ordinal)) ? $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'" : argument;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static JsonArray Strings(IEnumerable<string> values) => [.. values.Select(v => (JsonNode)v)];

    private static JsonArray Pairs(IEnumerable<(string, string)> pairs) => [.. pairs.Select(p => (JsonNode)new JsonArray(p.Item1, p.Item2))];

    private static string Resource(string name)
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream($"Apex.Reporting.Page.{name}") ?? throw new InvalidOperationException($"{name} is not part of the library");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
