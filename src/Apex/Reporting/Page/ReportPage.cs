using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Apex.Analysis.LargeNoise;
using Apex.Analysis.Regularity;
using Apex.Analysis.Sensitivity;
using Apex.Experiments;
using Apex.Facts;
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
public sealed partial class ReportPage
{
    /// <summary>Bytes of counts that the page holds for the paths of samples.</summary>
    private const int MostBytes = 3_000_000;

    /// <summary>Classes up to which the transition matrix is shown.</summary>
    internal const int MostClasses = 40;

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    private readonly string _html;

    private ReportPage(string html) => _html = html;

    /// <summary>Analyses runs and makes their page.</summary>
    /// <param name="runs">One run, or two to compare.</param>
    /// <param name="scans">What <c>apex scan --json</c> printed of each run's model, null where it was not scanned; may be left out.</param>
    /// <param name="words">Puts what the library says, with its properties in backquotes, into the words of a program. Default: null, as it is.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidInputException">A run is damaged or holds nothing to analyse, or a scan is none.</exception>
    public static async Task<ReportPage> OfAsync(
        IReadOnlyList<RunReader> runs, IReadOnlyList<string?>? scans = null, Func<string, string>? words = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count is < 1 or > 2)
            throw new InvalidInputException($"a report is of one run or two, not {runs.Count}");
        var parts = new JsonArray();
        foreach (var (i, reader) in runs.Index())
            parts.Add(Run(await RunAnalyses.OfAsync(reader, cancellationToken), reader.Name, reader.Path, scans?[i], cancellationToken));
        string data = new JsonObject { ["runs"] = parts }.ToJsonString(Compact);
        string title = runs.Count == 1 ? $"APEX: {runs[0].Name}" : $"APEX: {runs[0].Name} and {runs[1].Name}";
        var values = new Dictionary<string, string>
        {
            ["title"] = WebUtility.HtmlEncode(title),
            ["question"] = WebUtility.HtmlEncode(runs.Count == 1 ? $"What does {Path.GetFileName(runs[0].Info.Model.Path)} do under noise?" : "What do these two do under noise?"),
            ["about"] = WebUtility.HtmlEncode($"APEX adds Gaussian noise to {string.Join(" and to ", runs.Select(r => About(r.Info.Plan)).Distinct())}, keeps everything else fixed, and reads what the predictions do."),
            ["style"] = Resource("page.css"),
            ["script"] = Resource("page.js").Replace("</script", "<\\/script", StringComparison.Ordinal),
            // Inside a script element nothing may look like a tag.
            ["data"] = (words?.Invoke(data) ?? data).Replace("<", "\\u003c", StringComparison.Ordinal),
        };
        // In one pass: what a value holds is never taken for a place.
        return new ReportPage(Place().Replace(Resource("page.html"), found => values[found.Groups[1].Value]));
    }

    [GeneratedRegex("{{([a-z]+)}}")]
    private static partial Regex Place();

    private static string About(PlanInfo plan) => plan.Space switch { NoiseSpace.Input => "the input", NoiseSpace.Parameter => "the parameters of a trained network", _ => "the hidden activations of a trained network" };

    /// <summary>Writes the page, as a whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It cannot be written.</exception>
    public void Write(string path)
    {
        try
        {
            WholeFile.Write(path, Encoding.UTF8.GetBytes(_html));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{path}: the page cannot be written there: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => _html;

    private static JsonObject Run(RunAnalyses analyses, string name, string path, string? scan, CancellationToken cancellationToken)
    {
        var info = analyses.Run.Info;
        var counts = Counts(analyses);
        int all = analyses.Run.Samples.Count;
        var (looks, note) = SampleLooks.Of(analyses, counts.Keys.ToHashSet(), cancellationToken);
        List<string> notes = [.. Cautions(analyses), .. analyses.Missing];
        if (counts.Count < all)
            notes.Add($"The gallery has {counts.Count} of {all} samples, so that the page stays small; everything else is of all of them.");
        if (note is not null)
            notes.Add(note);
        var transitions = analyses.Transitions is { } c ? (JsonObject)JsonNode.Parse(new TransitionsReport(info, c, 10).ToJson())! : null;
        if (info.Model.Classes.Count > MostClasses && transitions is not null)
        {
            transitions.Remove("matrix");
            transitions.Remove("counts");
            notes.Add($"The transition matrix of {info.Model.Classes.Count} classes is not drawn; apex transitions --json has it.");
        }

        return new JsonObject
        {
            ["name"] = name,
            ["flipLevel"] = EscapeNoise.DefaultFlipLevel,
            ["answers"] = Strings(Answers(analyses)),
            ["notes"] = Strings(notes),
            ["warnings"] = Strings((info.Warnings ?? []).Select(w => w.Message)),
            ["provenance"] = Pairs(Provenance(info)),
            ["commands"] = Pairs(Commands(info, path, analyses.Audit is not null)),
            ["summary"] = JsonNode.Parse(new SummaryReport(info, analyses.Summary).ToJson()),
            ["transition"] = analyses.Transition is { } t ? JsonNode.Parse(new NoiseTransitionReport(info, t).ToJson()) : null,
            ["transitions"] = transitions,
            ["sensitivity"] = analyses.Sensitivity is { } s ? JsonNode.Parse(new SensitivityReport(info, s).ToJson()) : null,
            ["scan"] = scan is null ? null : JsonNode.Parse(scan),
            ["scanHint"] = ScanReport.WithoutReferences,
            ["unit"] = Words.Unit(info.Plan),
            ["samples"] = Samples(analyses, counts, looks),
        };
    }

    private static JsonObject Samples(RunAnalyses analyses, Dictionary<long, byte[]> counts, IReadOnlyDictionary<long, SampleLook> looks)
    {
        var run = analyses.Run;
        int[] kept = [.. Enumerable.Range(0, run.Samples.Count).Where(i => counts.ContainsKey(run.Samples[i].SampleId))];
        SampleObservation[] samples = [.. kept.Select(i => run.Samples[i])];
        // Those without a score have no rank.
        var rank = new Dictionary<int, int>();
        foreach (int i in analyses.Regularity.FromLeastRegular)
            rank[i] = rank.Count;
        var audit = analyses.Audit?.Suspects.ToDictionary(s => s.SampleId);
        EscapeNoise[] escapes = [.. kept.Select(i => analyses.Regularity.EscapeFlip[i])];
        static JsonArray Numbers(IEnumerable<double> values) => [.. values.Select(v => double.IsFinite(v) ? JsonValue.Create(v) : null)];
        static JsonArray Integers(IEnumerable<long> values) => [.. values.Select(v => JsonValue.Create(v))];
        return new JsonObject
        {
            ["id"] = Integers(samples.Select(s => s.SampleId)),
            ["label"] = new JsonArray([.. samples.Select(s => s.Label is { } label ? JsonValue.Create(label) : null)]),
            ["predicted"] = Integers(samples.Select(s => (long)s.CleanPrediction!.Value)),
            ["rank"] = new JsonArray([.. kept.Select(i => rank.TryGetValue(i, out int position) ? JsonValue.Create(position) : null)]),
            ["ranked"] = rank.Count,
            ["escape"] = Numbers(escapes.Select(e => e.Value)),
            ["escapeLow"] = Numbers(escapes.Select(e => e.Low)),
            ["escapeHigh"] = Numbers(escapes.Select(e => e.High)),
            ["censoring"] = Strings(escapes.Select(e => e.Censoring.ToString().ToLowerInvariant())),
            ["suspicion"] = Numbers(samples.Select(s => audit?.TryGetValue(s.SampleId, out var found) == true ? found.Score : double.NaN)),
            ["suspect"] = new JsonArray([.. samples.Select(s => JsonValue.Create(audit?.TryGetValue(s.SampleId, out var found) == true && found.Evidence != 0))]),
            ["heldTo"] = Numbers(escapes.Select(e => Math.Min(e.HeldTo, run.Sigmas[^1]))),
            ["escapeDraws"] = Integers(escapes.Select(e => (long)e.Draws)),
            ["counts"] = Convert.ToBase64String([.. samples.SelectMany(s => counts[s.SampleId])]),
            ["firstEscape"] = new JsonArray([.. samples.Select(s => (JsonNode)new JsonArray([.. s.FirstEscapeClass.Where(c => c >= 0).CountBy(c => c).OrderByDescending(c => c.Value).ThenBy(c => c.Key)
                .Select(c => (JsonNode)new JsonArray(c.Key, c.Value))]))]),
            ["looks"] = new JsonObject(looks.Select(l => KeyValuePair.Create(l.Key.ToString(CultureInfo.InvariantCulture), (JsonNode?)(
                l.Value.Image is { } image ? new JsonObject { ["image"] = image }
                : l.Value.Line is { } line ? new JsonObject { ["line"] = Numbers(line.Select(v => double.Parse(v.ToString("g4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture))) }
                : new JsonObject { ["text"] = l.Value.Text })))),
        };
    }

    /// <summary>
    /// Counts of the samples that find room, in the order in which they earn it: for each level how many classes occurred, then each with its draws, all as
    /// numbers of seven bits a byte, the last byte of each below 128.
    /// </summary>
    private static Dictionary<long, byte[]> Counts(RunAnalyses analyses)
    {
        var byId = analyses.Run.Samples.ToDictionary(s => s.SampleId);
        var encoded = new Dictionary<long, byte[]>();
        int left = MostBytes;
        foreach (long id in SampleLooks.Wanted(analyses).Distinct())
        {
            var bytes = new List<byte>();
            void Add(int value)
            {
                for (; value > 127; value >>= 7)
                    bytes.Add((byte)(value & 127 | 128));
                bytes.Add((byte)value);
            }

            foreach (var level in byId[id].Sigmas)
            {
                (int Class, int Count)[] seen = [.. level.Counts.Index().Where(c => c.Item > 0)];
                Add(seen.Length);
                foreach (var (y, count) in seen)
                {
                    Add(y);
                    Add(count);
                }
            }

            if ((left -= bytes.Count) < 0)
                break;
            encoded[id] = [.. bytes];
        }

        return encoded;
    }

    private static IEnumerable<string> Cautions(RunAnalyses analyses)
    {
        var info = analyses.Run.Info;
        if (info.Status != RunStatus.Complete)
            yield return $"This run is {info.Status.ToString().ToLowerInvariant()}: {info.Samples} of {info.Wanted} samples.";
        if (info.Shard is { } shard)
            yield return $"This run is shard {shard}: {info.Wanted} of {info.Data.Selected} samples.";
        if (analyses.Summary.NonFinite > 0 || analyses.Summary.CleanNonFinite > 0)
            yield return $"Non-finite logits: {analyses.Summary.CleanNonFinite} clean samples and {analyses.Summary.NonFinite} noisy draws; they are left out of every share, and those samples of the gallery.";
        if (analyses.Run.SmallNoiseCaution is { } caution)
            yield return $"Small noise: {caution}.";
    }

    /// <summary>What the run says, in words.</summary>
    private static IEnumerable<string> Answers(RunAnalyses analyses)
    {
        var (summary, info) = (analyses.Summary, analyses.Run.Info);
        yield return Text($"{Path.GetFileName(info.Model.Path)} on {summary.Samples} samples of {Path.GetFileName(Path.TrimEndingDirectorySeparator(info.Data.Spec))}, {info.Plan.Draws} draws at each of {info.Plan.Sigmas.Count} noise levels, noise on {(info.Plan.Space == NoiseSpace.Activation ? "the activations of " : "")}{Words.Perturbed(info.Plan)}.");
        yield return summary.CleanAccuracy is { } accuracy
            ? Text($"Without noise it gets {accuracy.Value:p1} right (95 % interval {accuracy.Low:p1} to {accuracy.High:p1}, n = {accuracy.N}).")
            : "The data has no labels, so how often it is right is not known.";
        if (analyses.Transition is { } transition)
        {
            yield return double.IsNaN(transition.HalfDependence.Value)
                ? new NoiseTransitionReport(info, transition).Unknown() is { } why ? why + "." : "Where half of the predictions' dependence on the sample is gone cannot be told from this run."
                : Text($"Half of the predictions' dependence on the sample is gone at sigma {Words.Sigma(transition.HalfDependence.Value)} (95 % interval {Words.Sigma(transition.HalfDependence.Low)} to {Words.Sigma(transition.HalfDependence.High)}).");
        }

        int small = analyses.Run.SmallNoise;
        yield return Text($"Samples are ranked from odd to typical by noise up to sigma {Words.Sigma(info.Plan.Sigmas[small])}, where {summary.FlipRate[small].Value:p1} of draws flip (the default score of apex regularity).");
        if (analyses.Audit is { } audit)
            yield return Text($"{audit.PredictedOtherwise} of {audit.Suspects.Count} labels are predicted as another class; {audit.Irregular} more are predicted as labelled, but are among the 5 % least regular. These are the suspect ones, a list to look at.");
        if (analyses.Bias is { } bias)
            yield return Bias(bias.Levels[^1], bias.Sigmas[^1], info.Model.Classes);
        if (analyses.Sensitivity is { Sites.Count: > 1 } sensitivity)
            yield return Layers(new SensitivityReport(info, sensitivity), sensitivity.Sites[sensitivity.Order[0]], sensitivity.Sites[sensitivity.Order[^1]]);
        if (info.Plan.Space == NoiseSpace.Parameter)
            yield return Text($"All samples share each draw of the parameters: intervals hold for these {info.Plan.Draws} networks.");
    }

    private static string Layers(SensitivityReport report, SiteSensitivity most, SiteSensitivity least) =>
        Text($"Noise on one site alone does most at site {most.Site.Index} ({most.Site.Name}), where half of the draws flip at {report.Half(most)} times its rms (95 % interval {Words.Sigma(most.HalfFlip.Low)} to {Words.Sigma(most.HalfFlip.High)}), and least at site {least.Site.Index} ({least.Site.Name}): {report.Half(least)} ({Words.Sigma(least.HalfFlip.Low)} to {Words.Sigma(least.HalfFlip.High)}).");

    private static string Bias(ClassBias bias, double sigma, IReadOnlyList<string> classes) =>
        Text($"At sigma {Words.Sigma(sigma)}, {bias.MaxShare.Value:p1} of predictions fall on {Words.Class(classes, bias.TopClass)} (95 % interval {bias.MaxShare.Low:p1} to {bias.MaxShare.High:p1}). Clean networks concentrate too, so this alone is no sign of a backdoor; apex scan looks for one.");

    private static IEnumerable<(string, string)> Provenance(RunInfo info)
    {
        yield return ("model", $"{info.Model.Path} ({info.Model.Hash})");
        yield return ("data", $"{info.Data.Spec} ({info.Data.Format}, {info.Data.Selected} of {info.Data.Count} samples, {info.Data.Hash})");
        if (info.Data.Labels is { } labels)
            yield return ("labels", labels);
        yield return ("noise", Text($"{info.Plan.Space.ToString().ToLowerInvariant()} space, {info.Plan.Scale.ToString().ToLowerInvariant()}, seed {info.Plan.Seed}, on {Words.Perturbed(info.Plan)}"));
        yield return ("passes", Text($"{info.Passes:n0} noisy passes in {info.Seconds:f1} s{(info.Plan.Pilot is null ? "" : ", pilot not counted")}"));
        yield return ("made", Text($"{info.Started:yyyy-MM-dd HH:mm} UTC, {info.Machine.Os}, {info.Machine.Cores} cores, {string.Join(", ", info.Versions.Select(v => $"{v.Key} {v.Value}"))}"));
    }

    private static IEnumerable<(string, string)> Commands(RunInfo info, string path, bool labelled)
    {
        if (info.Arguments.Count > 0)
            yield return ("this run", "apex " + string.Join(' ', info.Arguments.Select(Quoted)));
        string partial = info.Status == RunStatus.Running ? " --partial" : "";
        foreach (string command in (string[])["show", "transition", "bias", "regularity", .. labelled ? (string[])["audit"] : [], "transitions", .. info.SingleSites is null ? [] : (string[])["sensitivity"], "escape"])
            yield return (command, $"apex {command} {Quoted(path)}{partial}");
        if (info.Job is null or { ModelOptions: not null })
            yield return ("backdoor?", $"apex scan {Quoted(info.Model.Path)} --reference CLEAN.onnx ...");
    }

    private static string Quoted(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsAsciiLetterOrDigit(c) || "_./:=,@%+-".Contains(c, StringComparison.Ordinal)) ? argument : $"'{argument.Replace("'", "'\''", StringComparison.Ordinal)}'";

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
