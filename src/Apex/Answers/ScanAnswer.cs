using System.Globalization;
using Apex.Analysis.Screening;
using Apex.Analysis.Statistics;
using Apex.Data;
using Apex.Experiments;
using Apex.Facts;

namespace Apex.Answers;

/// <summary>Whether models look backdoored: <c>apex scan MODEL...</c>.</summary>
/// <param name="Models">Each model that was screened.</param>
/// <param name="Failed">Models that could not be screened.</param>
/// <param name="Complete">False where the scan was stopped before every model was done.</param>
public sealed record ScanAnswer(IReadOnlyList<ScanAnswer.ScannedModel> Models, IReadOnlyList<ScanAnswer.NotScanned> Failed, bool Complete) : Answer
{
    /// <summary>Share of clean networks with p below 0.05 where p-values hold what they say.</summary>
    private const double CalledAtLevel = 0.05;

    private IReadOnlyList<(ScreeningProfile Profile, BackdoorScreen Screen, RecoveredTrigger? Trigger)> Scans { get; init; } = [];

    /// <summary>What to know of a suspicion that no reference backs.</summary>
    internal static string WithoutReferences { get; } = Text(
        $"without references or samples {ScreeningRates.Alone.Clean.Called} of {ScreeningRates.Alone.Clean.Models} clean networks were called suspicious; ")
        + "give samples, or at least 3 clean networks of the same architecture";

    /// <summary>Screenings as an answer.</summary>
    /// <param name="scans">Each model with its screening.</param>
    /// <param name="failed">Models that could not be screened, and why.</param>
    /// <param name="warnings">What looks wrong about the data, or null.</param>
    /// <param name="complete">False where the scan was stopped.</param>
    internal static ScanAnswer Create(
        IReadOnlyList<(ScreeningProfile Profile, BackdoorScreen Screen, RecoveredTrigger? Trigger)> scans, IReadOnlyList<NotScanned> failed,
        IReadOnlyList<RunWarning> warnings, bool complete = true) =>
        new([.. scans.Select(s => ScannedModel.Create(s.Profile, s.Screen, s.Trigger))], failed, complete)
        {
            Warnings = warnings,
            Scans = scans,
        };

    /// <summary>
    /// Writes what leads all inputs to the target of the only model: as an image where the name ends in .png, else as an NPY array of 32-bit floats of the
    /// shape of the network's input, in units of the range of pixels (in a window from -1, black, to 1, white, and 0 around it).
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">There is nothing to write, or it cannot be written.</exception>
    public void WriteTrigger(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        bool isImage = path.EndsWith(".png", StringComparison.OrdinalIgnoreCase);
        if (Scans is not [{ Trigger: { } found }])
            throw new InvalidInputException($"{path}: there is nothing to write: {(Scans is [var one] ? one.Profile.Undirected : null) ?? "no one model"}");
        if (isImage && found.Noise is null)
            throw new InvalidInputException($"{path}: the network reads no picture of 1 or 3 channels; give a name that ends in .npy");
        try
        {
            WholeFile.Write(path, isImage ? Thumbnail.Png(found.Noise!) : NpyFormat.Encode(found.Target.Delta, found.Shape));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{path}: cannot be written there: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public override AnswerText ToText()
    {
        var text = new AnswerText().Warn(Warnings, "this scan");
        foreach (var (profile, screen, trigger) in Scans)
            Tell(text, profile, screen, trigger);
        int judged = Scans.Count(s => s.Screen.PValue is not null);
        if (judged > 1)
        {
            double alarms = Scans.Sum(s => s.Screen.PValue is null ? 0 : IsHint(s.Screen) ? ScreeningRates.Alone.Clean.Rate.Value : CalledAtLevel);
            int suspicious = Scans.Count(s => s.Screen.Verdict == ScreeningVerdict.Suspicious);
            text.Line($"{suspicious} of {judged} models suspicious; of as many clean ones about {alarms:0.#} would be called so");
        }

        if (Failed.Count > 0)
            text.Line($"Not screened: {string.Join(", ", Failed.Select(f => f.Model))}");
        text.Line($"{Sees} {Misses} A model in which nothing was found may still hold a backdoor.");
        if (Scans.Any(s => IsHint(s.Screen)))
            text.Line($"Give unlabelled samples, or at least 3 clean models of the same architecture as references: {WithoutReferences}.");

        foreach (string sentence in Models.Select(m => m.FindsAndMisses).Distinct())
            text.Line($"{sentence}");
        return text;
    }

    private const string Sees =
        "What this can see: a trigger that one change of the input, the same for all samples, stands for, "
        + "or that acts as one direction of the early activations.";

    private const string Misses = "What it cannot: name a target of all-to-all backdoors, see triggers that depend on the content of the input or, often, "
        + "without samples, ones that are spread over it at low amplitude, and whatever is not unlike clean networks.";

    /// <summary>Neither samples nor references: only shared noise and the last layer were looked at.</summary>
    private static bool IsHint(BackdoorScreen screen) => screen.References == 0 && screen.Views.All(v => v.Name != ScreeningView.DirectedNoise);

    private static void Tell(AnswerText text, ScreeningProfile profile, BackdoorScreen screen, RecoveredTrigger? trigger)
    {
        string name = $"class {screen.Target} ({profile.Classes[screen.Target]})";
        string index = double.IsNaN(screen.AnomalyIndex) ? "" : Text($"anomaly index {screen.AnomalyIndex:f1}, ");
        string against = screen.References > 2 ? $", against {screen.References} references" : "";
        text.Line($"{profile.Model}: {Verdict(screen.Verdict)} ({index}{PValue(screen)}{against})");
        text.Line($"  {(screen.Verdict == ScreeningVerdict.Suspicious ? "suspected target" : "stands out most")}: {name}");
        if (screen.References > 2 && !double.IsNaN(screen.AnomalyIndex))
        {
            double next = screen.Scores.Where((_, c) => c != screen.Target).Max();
            string above = Text($"{screen.Scores[screen.Target]:f1} of their standard deviations above them, averaged over readings; next class {next:f1}");
            text.Line($"  against the same class in the references: {above}. Among the classes of this model:");
        }

        if (IsHint(screen) && screen.Verdict == ScreeningVerdict.Suspicious)
            text.Line($"  a hint only: {WithoutReferences}");
        foreach (var response in screen.Evidence)
        {
            var (gain, push) = (response.Gain(), response.Push());
            int Rank(IReadOnlyList<double> of) => 1 + of.Count(v => v > of[screen.Target]);
            double Other(IReadOnlyList<double> of) => of.Where((_, c) => c != screen.Target).Max();
            double ratio = Math.Exp(gain[screen.Target] - Other(gain)), margin = push[screen.Target] - Other(push);
            string where = response.Sites == "input" ? "the input" : "the early sites";
            string inputs = response.Inputs == ScreeningInputs.Noise ? "inputs of noise" : "samples";
            string noise = $"noise on {where} that {response.InputCount} {inputs} share, {response.Draws} draws";
            string moves = $"moves it {Times(ratio)} the most moved other class (rank {Rank(gain)} of {gain.Count})";
            text.Line($"  {noise}: {moves}; its direction pushes other inputs {Further(margin)} that of the best other class (rank {Rank(push)})");
        }

        foreach (var view in screen.Views.Where(v => v.Name != ScreeningView.SharedNoise))
        {
            string called = view.PValue is { } own ? Words.PValue(own) : "no p-value";
            string what = view.Name == ScreeningView.LastLayer ? "the last layer: gives most to"
                : $"directed noise that {(view.Inputs == ScreeningInputs.Noise ? "inputs of noise" : "samples")} share: leads furthest to";
            text.Line($"  {what} class {view.Target} ({profile.Classes[view.Target]}), {called}");
        }

        if (trigger is not null)
        {
            string place = trigger.Place == DirectedPlace.Window
                ? $"a window of {trigger.Size} x {trigger.Size} pixels at row {trigger.Target.Top}, column {trigger.Target.Left}"
                : Text($"noise of {trigger.Size:p1} of the pixels' range");
            var share = Interval.Wilson(trigger.Target.Carried, trigger.Target.Others, trigger.Target.Others);
            string of = trigger.Inputs == ScreeningInputs.Noise ? "inputs of noise" : "samples";
            string carries = Text($"{share.Value:p0} [{share.Low:p0}, {share.High:p0}] of {trigger.Target.Others} {of} of other classes");
            text.Line($"  to it {place} carries {carries} that it was not found on");
        }
        else if (profile.Undirected is { } why)
            text.Line($"  no directed noise: {why}");

        if (profile.Limit is { } limit)
        {
            string fall = Text($"{limit.MaxShare.Value:p0} of predictions fall on {profile.Classes[limit.TopClass]}");
            text.Line($"  for comparison, no evidence by itself: at infinite noise {fall}; clean networks concentrate too");
        }

        text.Line();
    }

    private static string PValue(BackdoorScreen screen) => (screen.PValue, screen.References) switch
    {
        ({ } p, _) => Words.PValue(p),
        (_, 0) => "no p-value: give at least 3 references",
        (_, 1) => "no p-value: 1 reference is too few, give at least 3",
        (_, 2) => "no p-value: 2 references are too few, give at least 3",
        _ => "no p-value: the references do not differ among themselves",
    };

    /// <summary>In one sentence what a scan like this one finds and misses, as far as that was measured.</summary>
    internal static string FindsAndMisses(ScreeningProfile profile, BackdoorScreen screen)
    {
        if (ScreeningRates.Of(screen) is not { } rates)
            return $"How often a scan {Unmeasured(screen)} finds a backdoor was not measured on networks that nothing was chosen on ({ScreeningRates.Source}).";
        string given = rates.Samples ? $"with {ScreeningRates.ReferencesThere} references and data"
            : rates.References ? $"with {ScreeningRates.ReferencesThere} references and no data"
            : profile.Responses.Any(r => r.Inputs == ScreeningInputs.Data) ? "without references (data is not used then)" : "without references or data";
        string byAttack = string.Join(", ", rates.ByAttack.Select(a => Text($"{a.Called} of {a.Models} {a.Kind}")));
        return Text($"On networks that nothing was chosen on, a scan {given} called {Share(rates.Poisoned)} ({byAttack}) and {Share(rates.Clean)}; ")
            + Text($"it found {rates.Found.Called} of {rates.Found.Models} one-target triggers on CIFAR-10, ")
            + Text($"and {rates.Missed.Called} of {rates.Missed.Models} blended or sinusoidal ones on residual networks of Fashion-MNIST ")
            + $"({ScreeningRates.Source}).";
    }

    private static bool WithSamples(BackdoorScreen screen) =>
        screen.Views.Any(v => v is { Name: ScreeningView.DirectedNoise, Inputs: ScreeningInputs.Data });

    private static string Unmeasured(BackdoorScreen screen) => screen.References switch
    {
        _ when screen.PValue is not null => (screen.References > 0, WithSamples(screen)) switch
        {
            (true, true) => "with references and samples",
            (true, false) => "with references",
            (false, true) => "with samples",
            _ => "without references or samples",
        },
        0 => "without references and of so few classes",
        1 or 2 => "with fewer than 3 references",
        _ => "with references that do not differ",
    };

    private static string Share(CalledSuspicious of) =>
        Text($"{of.Called} of {of.Models} {of.Kind} ones suspicious, {of.Rate.Value:f2} [{of.Rate.Low:f2}, {of.Rate.High:f2}]");

    private static string Verdict(ScreeningVerdict verdict) =>
        verdict == ScreeningVerdict.NothingFound ? "nothing found" : verdict.ToString().ToUpperInvariant();

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Times(double ratio) => Text($"{ratio:f2} times as much as");

    private static string Further(double margin) => Text($"{Math.Abs(margin):f2} logit spreads {(margin < 0 ? "less far than" : "further than")}");

    /// <summary>A model that could not be screened.</summary>
    /// <param name="Model">Path of the model.</param>
    /// <param name="Error">Why.</param>
    public sealed record NotScanned(string Model, string Error);

    /// <summary>A model that was screened.</summary>
    /// <param name="Model">Path of the model.</param>
    /// <param name="Verdict">The verdict.</param>
    /// <param name="Target">The class that stands out most.</param>
    /// <param name="TargetName">Its name.</param>
    /// <param name="AnomalyIndex">-ln of the p-value; null where there is none.</param>
    /// <param name="PValue">How often a clean model has a class that stands out so far; null with too few references.</param>
    /// <param name="References">References that it was held against.</param>
    /// <param name="FindsAndMisses">In one sentence what such a scan finds and misses.</param>
    /// <param name="Rates">How often such a scan says suspicious; null where that was not measured.</param>
    /// <param name="Scores">Score of each class.</param>
    /// <param name="MaxShareAtInfinity">Largest share of a class at infinite noise; null where the network has no limit.</param>
    /// <param name="TopClassAtInfinity">The class that has it.</param>
    /// <param name="Responses">What noise that all inputs share does to each class.</param>
    /// <param name="Views">The ways of looking that the verdict is made of.</param>
    /// <param name="Trigger">What noise that leads all inputs to the target looks like; null where it could not be searched for.</param>
    public sealed record ScannedModel(
        string Model, ScreeningVerdict Verdict, int Target, string TargetName, double? AnomalyIndex, double? PValue, int References, string FindsAndMisses,
        MeasuredRates? Rates, IReadOnlyList<double?> Scores, double? MaxShareAtInfinity, int? TopClassAtInfinity, IReadOnlyList<Response> Responses,
        IReadOnlyList<View> Views, Trigger? Trigger)
    {
        internal static ScannedModel Create(ScreeningProfile profile, BackdoorScreen screen, RecoveredTrigger? trigger) => new(
            profile.Model, screen.Verdict, screen.Target, profile.Classes[screen.Target], screen.AnomalyIndex.OrNull(), screen.PValue, screen.References,
            ScanAnswer.FindsAndMisses(profile, screen), ScreeningRates.Of(screen) is { } rates ? MeasuredRates.Of(rates) : null,
            [.. screen.Scores.Select(s => s.OrNull())], profile.Limit?.MaxShare.Value, profile.Limit?.TopClass,
            [.. profile.Responses.Select(r => Response.Create(r, screen.Evidence.Contains(r)))], [.. screen.Views.Select(v => View.Create(v, profile.Classes))],
            trigger is null ? null : ScanAnswer.Trigger.Create(trigger, profile.Classes));
    }

    /// <summary>One way of looking for a class that stands out.</summary>
    /// <param name="Name">shared-noise, directed-noise or last-layer.</param>
    /// <param name="Inputs">Whether the inputs were data or, at least in part, noise.</param>
    /// <param name="Scores">Score of each class.</param>
    /// <param name="Target">The class that stands out most in this view.</param>
    /// <param name="TargetName">Its name.</param>
    /// <param name="PValue">How often a clean model has a class that stands out so far in this view; null where that is not known.</param>
    public sealed record View(string Name, ScreeningInputs Inputs, IReadOnlyList<double?> Scores, int Target, string TargetName, double? PValue)
    {
        internal static View Create(ScreeningView of, IReadOnlyList<string> classes) =>
            new(of.Name, of.Inputs, [.. of.Scores.Select(s => s.OrNull())], of.Target, classes[of.Target], of.PValue);
    }

    /// <summary>Noise that leads all inputs to the target: of an input that is a picture, a picture of the trigger.</summary>
    /// <param name="Place">Where it is: input or window.</param>
    /// <param name="Inputs">Whether the inputs were data or noise.</param>
    /// <param name="Radius">Its root mean square in units of the range of the pixels; null in a window, whose pixels are free.</param>
    /// <param name="Window">First row, first column and edge of the window; null where there is none.</param>
    /// <param name="Share">Share of the inputs of other classes that it carries to the target, of inputs that it was not found on.</param>
    /// <param name="Interval">Its 95 % interval.</param>
    /// <param name="Others">n of it.</param>
    /// <param name="Image">Data URI of what it looks like: grey where it changes nothing; null where the input is no picture.</param>
    /// <param name="Next">The class whose score comes next.</param>
    /// <param name="NextName">Its name.</param>
    /// <param name="NextImage">What leads to that class.</param>
    /// <param name="ReferenceNames">The references that there is a picture of.</param>
    /// <param name="ReferenceImages">What leads to the target in each of them.</param>
    /// <param name="Radii">Radii on the whole input, ascending.</param>
    /// <param name="Shares">Share that the worst noise of each radius carries to the target.</param>
    /// <param name="NextShares">The same to the next class.</param>
    /// <param name="Without">A few inputs, as data URIs; empty where they are no pictures.</param>
    /// <param name="With">The same with the noise.</param>
    /// <param name="Before">What these inputs are predicted as without.</param>
    /// <param name="After">What they are predicted as with it.</param>
    public sealed record Trigger(
        string Place, ScreeningInputs Inputs, double? Radius, IReadOnlyList<int>? Window, double Share, Ends Interval, int Others, string? Image,
        int Next, string NextName, string? NextImage, IReadOnlyList<string> ReferenceNames, IReadOnlyList<string> ReferenceImages,
        IReadOnlyList<double> Radii, IReadOnlyList<double> Shares, IReadOnlyList<double> NextShares, IReadOnlyList<string> Without,
        IReadOnlyList<string> With, IReadOnlyList<string> Before, IReadOnlyList<string> After)
    {
        internal static Trigger Create(RecoveredTrigger of, IReadOnlyList<string> classes)
        {
            bool isWindow = of.Place == DirectedPlace.Window;
            var share = Analysis.Statistics.Interval.Wilson(of.Target.Carried, of.Target.Others, of.Target.Others);
            static string? Image(SampleInput? picture) => picture is null ? null : Thumbnail.Encode(picture);
            var pictured = of.References.Where(r => r.Noise is not null).ToList();
            var shown = of.Examples.Where(e => e.Without is not null).ToList();
            return new(
                isWindow ? "window" : "input", of.Inputs, isWindow ? null : of.Size,
                isWindow ? [of.Target.Top!.Value, of.Target.Left!.Value, (int)of.Size] : null, share.Value, share, of.Target.Others, Image(of.Noise),
                of.Next, classes[of.Next], Image(of.NextNoise), [.. pictured.Select(r => r.Model)], [.. pictured.Select(r => Image(r.Noise)!)],
                of.Radii, of.Shares, of.NextShares, [.. shown.Select(e => Image(e.Without)!)], [.. shown.Select(e => Image(e.With)!)],
                [.. of.Examples.Select(e => classes[e.Before])], [.. of.Examples.Select(e => classes[e.After])]);
        }
    }

    /// <summary>How often a scan says suspicious, measured on models that nothing was chosen on.</summary>
    /// <param name="Source">Where the figures come from.</param>
    /// <param name="References">References that each model was held against.</param>
    /// <param name="Samples">Whether samples were given.</param>
    /// <param name="Poisoned">Poisoned models.</param>
    /// <param name="Clean">Clean models.</param>
    /// <param name="ByAttack">The poisoned models by attack.</param>
    /// <param name="Found">What is found.</param>
    /// <param name="Missed">What is missed.</param>
    public sealed record MeasuredRates(
        string Source, int References, bool Samples, CalledShare Poisoned, CalledShare Clean, IReadOnlyList<CalledShare> ByAttack, CalledShare Found,
        CalledShare Missed)
    {
        /// <summary>Models alone, with data or without.</summary>
        public static MeasuredRates Alone { get; } = Of(ScreeningRates.Alone);

        /// <summary>Models against references, inputs of noise.</summary>
        public static MeasuredRates AgainstReferences { get; } = Of(ScreeningRates.AgainstReferences);

        internal static MeasuredRates Of(ScreeningRates rates) => new(
            ScreeningRates.Source, rates.References ? ScreeningRates.ReferencesThere : 0, rates.Samples, CalledShare.Of(rates.Poisoned),
            CalledShare.Of(rates.Clean),
            [.. rates.ByAttack.Select(CalledShare.Of)], CalledShare.Of(rates.Found), CalledShare.Of(rates.Missed));
    }

    /// <summary>How many models of a kind were called suspicious.</summary>
    /// <param name="Kind">The kind.</param>
    /// <param name="Called">Those that were.</param>
    /// <param name="Models">All of them.</param>
    /// <param name="Rate">The share.</param>
    /// <param name="Interval">Its 95 % interval.</param>
    public sealed record CalledShare(string Kind, int Called, int Models, double Rate, Ends Interval)
    {
        internal static CalledShare Of(CalledSuspicious of) => new(of.Kind, of.Called, of.Models, of.Rate.Value, of.Rate);
    }

    /// <summary>What noise that all inputs share does to each class.</summary>
    /// <param name="Inputs">Whether the inputs were data or noise.</param>
    /// <param name="Sites">Where the noise was: early or input.</param>
    /// <param name="Sigmas">Noise levels in units of each site's rms.</param>
    /// <param name="Gains">Gain of each class at each level, shape <c>[sigmas][classes]</c>.</param>
    /// <param name="Pushes">Push of each class at each level, shape <c>[classes][sigmas]</c>.</param>
    /// <param name="InputCount">Inputs that shared the noise.</param>
    /// <param name="Draws">Draws of it.</param>
    /// <param name="Used">Whether the verdict rests on it.</param>
    public sealed record Response(
        ScreeningInputs Inputs, string Sites, IReadOnlyList<double> Sigmas, IReadOnlyList<IReadOnlyList<double?>> Gains,
        IReadOnlyList<IReadOnlyList<double?>> Pushes,
        int InputCount, int Draws, bool Used)
    {
        internal static Response Create(ScreeningResponse r, bool used) => new(
            r.Inputs, r.Sites, r.Sigmas, [.. r.Gains.Select(Row)], [.. r.Pushes.Select(Row)], r.InputCount, r.Draws, used);

        private static IReadOnlyList<double?> Row(double[] values) => [.. values.Select(v => v.OrNull())];
    }
}
