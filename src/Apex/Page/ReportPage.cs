using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Apex.Analysis;
using Apex.Analysis.Regularity;
using Apex.Answers;
using Apex.Facts;
using Apex.Questions;
using static System.FormattableString;

namespace Apex.Page;

/// <summary>
/// One self-contained HTML page of one run, or of two side by side: opens offline, and can be sent to a colleague.
/// <code>
/// var page = await ReportPage.OfAsync([AskedRun.Open("run")]);
/// page.Write("report.html");
/// </code>
/// It computes nothing: what it shows are the answers to <see cref="RunQuestions.All"/>, whose JSON is part of it.
/// </summary>
public sealed partial class ReportPage
{
    /// <summary>Classes up to which the transition matrix is shown.</summary>
    internal const int MostClasses = 40;

    private readonly string _html;

    private ReportPage(string html) => _html = html;

    /// <summary>Asks runs all questions and makes their page.</summary>
    /// <param name="runs">One run, or two to compare.</param>
    /// <param name="scans">The JSON of a <see cref="ScanAnswer"/> on each run's model, null where it was not scanned; may be left out.</param>
    /// <param name="words">
    /// What to call the properties that sentences name in backquotes, as the command line calls them by its options; null to leave them.
    /// </param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidInputException">A run is damaged or holds nothing to analyse, or a scan is none.</exception>
    public static async Task<ReportPage> OfAsync(
        IReadOnlyList<AskedRun> runs, IReadOnlyList<string?>? scans = null, Func<string, string>? words = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count is < 1 or > 2)
            throw new InvalidInputException($"a report is of one run or two, not {runs.Count}");
        var parts = new List<PageRun>();
        foreach (var (i, run) in runs.Index())
            parts.Add(await RunAsync(run, scans?.ElementAtOrDefault(i), cancellationToken));
        string title = runs.Count == 1 ? $"APEX: {runs[0].Name}" : $"APEX: {runs[0].Name} and {runs[1].Name}";
        string asked = runs.Count == 1 ? $"What does {Path.GetFileName(runs[0].Info.Model.Path)} do under noise?" : "What do these two do under noise?";
        string what = string.Join(" and to ", runs.Select(r => About(r.Info.Plan)).Distinct());
        return Create(title, asked, $"APEX adds Gaussian noise to {what}, keeps everything else fixed, and reads what the predictions do.",
            new PageData(parts, null, ScanAnswer.WithoutReferences), words);
    }

    /// <summary>Makes the page of a scan.</summary>
    /// <param name="scan">The scan.</param>
    /// <param name="words">As of a run.</param>
    public static ReportPage Create(ScanAnswer scan, Func<string, string>? words = null)
    {
        ArgumentNullException.ThrowIfNull(scan);
        string name = scan.Models.Count == 1 ? Path.GetFileName(scan.Models[0].Model) : $"{scan.Models.Count} models";
        return Create($"APEX: scan of {name}", $"Does {name} look backdoored?",
            "APEX adds noise that all inputs share, random and directed, and reads whether a class moves more than it should. A backdoor is a direction that "
            + "leads every input to one class.",
            new PageData([], JsonNode.Parse(scan.ToJson()), ScanAnswer.WithoutReferences), words);
    }

    private static ReportPage Create(string title, string question, string about, PageData content, Func<string, string>? words)
    {
        string data = JsonSerializer.Serialize(content, AnswerJson.Compact);
        var values = new Dictionary<string, string>
        {
            ["title"] = WebUtility.HtmlEncode(title),
            ["question"] = WebUtility.HtmlEncode(question),
            ["about"] = WebUtility.HtmlEncode(about),
            ["style"] = Resource("page.css"),
            ["script"] = Resource("page.js").Replace("</script", "<\\/script", StringComparison.Ordinal),
            // Inside a script element nothing may look like a tag.
            ["data"] = (words?.Invoke(data) ?? data).Replace("<", "\\u003c", StringComparison.Ordinal),
        };
        // In one pass: what a value holds is never taken for a place.
        return new ReportPage(Place().Replace(Resource("page.html"), found => values[found.Groups[1].Value]));
    }

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

    [GeneratedRegex("{{([a-z]+)}}")]
    private static partial Regex Place();

    private static string About(PlanInfo plan) => plan.Space switch
    {
        NoiseSpace.Input => "the input",
        NoiseSpace.Parameter => "the parameters of a trained network",
        _ => "the hidden activations of a trained network",
    };

    private static async Task<PageRun> RunAsync(AskedRun run, string? scan, CancellationToken cancellationToken)
    {
        var observations = await run.ReadAsync(cancellationToken);
        var (info, plan) = (observations.Info, observations.Info.Plan);
        Question[] asked = [.. RunQuestions.All.Where(q => q.IsOnPage && q.IsFor(run))];
        // Each waits for none of the others, nor the gallery for them.
        var shown = Task.Run(() => ShowAsync(run, observations, cancellationToken), cancellationToken);
        var answered = await Task.WhenAll(asked.Select(q => Task.Run(() => AskAsync(q, run, cancellationToken), cancellationToken)));
        var answers = asked.Zip(answered, (question, found) => (Question: question, found.Answer)).Where(a => a.Answer is not null)
            .ToDictionary(a => a.Question, a => a.Answer!);
        var summary = (ShowAnswer)answers[RunQuestions.Show];
        var (samples, note) = await shown;
        List<string> notes = [.. Cautions(info, summary), .. observations.SmallNoiseCaution is { } caution ? (string[])[$"Small noise: {caution}."] : [],
            .. answered.Select(a => a.Why).OfType<string>()];
        if (samples.Id.Count < observations.Samples.Count)
            notes.Add($"The gallery has {samples.Id.Count} of {observations.Samples.Count} samples, so that the page stays small; all else is of all of them.");
        if (note is not null)
            notes.Add(note);
        if (info.Model.Classes.Count > MostClasses && answers.ContainsKey(RunQuestions.Transitions))
            notes.Add($"The transition matrix of {info.Model.Classes.Count} classes is not drawn; the JSON of apex transitions has it.");
        string[] shared = plan.Space == NoiseSpace.Parameter
            ? [$"All samples share each draw of the parameters: intervals hold for these {plan.Draws} networks."] : [];
        return new PageRun(
            run.Name, EscapeNoise.DefaultFlipLevel, [.. answers.SelectMany(a => a.Key.InShort(run, a.Value)), .. shared], notes,
            [.. (info.Warnings ?? []).Select(w => w.Message)], [.. Provenance(info)], [.. Commands(run)], summary,
            (DependenceAnswer?)answers.GetValueOrDefault(RunQuestions.Dependence), [.. answers.Select(a => Panel(a.Key, a.Value)).OfType<PagePanel>()],
            Scan(scan), ScanAnswer.WithoutReferences, Words.Unit(plan), samples);
    }

    /// <summary>The samples of the gallery; and why some are shown without what they look like, or null.</summary>
    private static async Task<(PageSamples Samples, string? Note)> ShowAsync(AskedRun run, RunObservations observations, CancellationToken cancellationToken)
    {
        var audit = RunQuestions.Audit.IsFor(run) ? await AuditQuestion.FindAsync(run, cancellationToken) : null;
        var gallery = new GallerySamples(observations, await RegularityQuestion.FindAsync(run, cancellationToken), audit);
        var counts = gallery.Counts();
        var (looks, note) = SampleLooks.Of(gallery, counts.Keys.ToHashSet(), cancellationToken);
        return (gallery.Columns(counts, looks), note);
    }

    /// <exception cref="InvalidInputException">It is not JSON of a scan.</exception>
    private static JsonNode? Scan(string? text)
    {
        try
        {
            return text is null ? null : JsonNode.Parse(text) is JsonObject read && read["models"] is JsonArray ? read
                : throw new InvalidInputException("the scan has no models; give the JSON of a ScanAnswer");
        }
        catch (JsonException error)
        {
            throw new InvalidInputException($"the scan is not JSON: {error.Message}", error);
        }
    }

    /// <summary>The answer, or why there is none.</summary>
    private static async Task<(Answer? Answer, string? Why)> AskAsync(Question question, AskedRun run, CancellationToken cancellationToken)
    {
        try
        {
            return (await question.AskAsync(run, null, cancellationToken), null);
        }
        catch (InvalidInputException told)
        {
            return (null, told.Message);
        }
    }

    private static PagePanel? Panel(Question question, Answer answer)
    {
        if (question.Panel is not { } title)
            return null;
        if (!question.IsDrawnByScript)
            return new PagePanel(question.Name, title, null, (answer with { Warnings = [] }).ToText().Blocks);
        return new PagePanel(question.Name, title, answer is TransitionsAnswer { Classes.Count: > MostClasses } many ? many with { Matrix = [], Counts = [] }
            : answer, null);
    }

    private static IEnumerable<string> Cautions(RunInfo info, ShowAnswer summary)
    {
        if (info.Status != RunStatus.Complete)
            yield return $"This run is {info.Status.ToString().ToLowerInvariant()}: {info.Samples} of {info.Wanted} samples.";
        if (info.Shard is { } shard)
            yield return $"This run is shard {shard}: {info.Wanted} of {info.Data.Selected} samples.";
        if (summary.NonFinite > 0 || summary.CleanNonFinite > 0)
        {
            yield return $"Non-finite logits: {summary.CleanNonFinite} clean samples and {summary.NonFinite} noisy draws; "
                + "they are left out of every share, and those samples of the gallery.";
        }
    }

    private static IEnumerable<string[]> Provenance(RunInfo info)
    {
        yield return ["model", $"{info.Model.Path} ({info.Model.Hash})"];
        yield return ["data", $"{info.Data.Spec} ({info.Data.Format}, {info.Data.Selected} of {info.Data.Count} samples, {info.Data.Hash})"];
        if (info.Data.Labels is { } labels)
            yield return ["labels", labels];
        string space = info.Plan.Space.ToString().ToLowerInvariant(), scale = info.Plan.Scale.ToString().ToLowerInvariant();
        yield return ["noise", $"{space} space, {scale}, seed {info.Plan.Seed}, on {Words.Perturbed(info.Plan)}"];
        yield return ["passes", Invariant($"{info.Passes:n0} noisy passes in {info.Seconds:f1} s{(info.Plan.Pilot is null ? "" : ", pilot not counted")}")];
        string versions = string.Join(", ", info.Versions.Select(v => $"{v.Key} {v.Value}"));
        yield return ["made", Invariant($"{info.Started:yyyy-MM-dd HH:mm} UTC, {info.Machine.Os}, {info.Machine.Cores} cores, {versions}")];
    }

    private static IEnumerable<string[]> Commands(AskedRun run)
    {
        var info = run.Info;
        string path = Quoted(run.Path ?? run.Name), partial = info.Status == RunStatus.Running ? " `partial`" : "";
        if (info.Arguments.Count > 0)
            yield return ["this run", "apex " + string.Join(' ', info.Arguments.Select(Quoted))];
        // A question that was registered has no command.
        foreach (var question in RunQuestions.All.Where(q => q.IsFor(run) && q.GetType().Assembly == typeof(Question).Assembly))
            yield return [question.Name, $"apex {question.Name} {path}{partial}"];
        if (info.Job is null or { ModelOptions: not null })
            yield return ["backdoor?", $"apex scan {Quoted(info.Model.Path)} `references` CLEAN.onnx ..."];
    }

    private static string Quoted(string argument)
    {
        bool plain = argument.Length > 0 && argument.All(c => char.IsAsciiLetterOrDigit(c) || "_./:=,@%+-".Contains(c, StringComparison.Ordinal));
        return plain ? argument : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    private static string Resource(string name)
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream($"Apex.Page.{name}")
            ?? throw new InvalidOperationException($"{name} is not part of the library");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
