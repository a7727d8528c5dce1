using System.Text.Json.Nodes;
using Apex.Answers;

namespace Apex.Page;

/// <summary>What the page's script reads.</summary>
/// <param name="Runs">One run, two side by side, or none on the page of a scan alone.</param>
/// <param name="Scan">The scan that the page is of; null on that of runs.</param>
/// <param name="ScanHint">What to know of a suspicion that no reference backs.</param>
internal sealed record PageData(IReadOnlyList<PageRun> Runs, JsonNode? Scan, string ScanHint);

/// <summary>A run on the page.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="FlipLevel">tau of the escape noises.</param>
/// <param name="Answers">What the run says, in sentences.</param>
/// <param name="Notes">What to keep in mind, in sentences.</param>
/// <param name="Warnings">What looks wrong about it.</param>
/// <param name="Provenance">Where it comes from: names and values.</param>
/// <param name="Commands">How to go on: names and command lines.</param>
/// <param name="Summary">What it shows at first sight.</param>
/// <param name="Dependence">At which noise the model decides; null where the run cannot tell.</param>
/// <param name="Panels">Sections on questions, in order.</param>
/// <param name="Scan">The part of a scan that is about its model; null where it was not scanned.</param>
/// <param name="ScanHint">What to know of a suspicion that no reference backs.</param>
/// <param name="Unit">What sigma is measured in.</param>
/// <param name="Samples">Its samples, of a large run those that have a place in the gallery.</param>
internal sealed record PageRun(
    string Name, double FlipLevel, IReadOnlyList<string> Answers, IReadOnlyList<string> Notes, IReadOnlyList<string> Warnings,
    IReadOnlyList<IReadOnlyList<string>> Provenance, IReadOnlyList<IReadOnlyList<string>> Commands, ShowAnswer Summary, DependenceAnswer? Dependence,
    IReadOnlyList<PagePanel> Panels, JsonNode? Scan, string ScanHint, string Unit, PageSamples Samples);

/// <summary>A section of the page on one question.</summary>
/// <param name="Name">The question.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Answer">What the script draws it from; null where it is told in text.</param>
/// <param name="Text">Lines and tables; null where the script draws it.</param>
internal sealed record PagePanel(string Name, string Title, object? Answer, IReadOnlyList<AnswerBlock>? Text);

/// <summary>One column for each property of the samples, in the order of the run.</summary>
/// <param name="Id">Index in the source.</param>
/// <param name="Label">Given class.</param>
/// <param name="Predicted">ŷ0.</param>
/// <param name="Rank">Position from the least (0) to the most regular of all samples; null without a score.</param>
/// <param name="Ranked">Samples with a score.</param>
/// <param name="Escape">sigma_esc; null where it is censored.</param>
/// <param name="EscapeLow">Lower end of its interval.</param>
/// <param name="EscapeHigh">Upper end; null where the grid does not bound it.</param>
/// <param name="Censoring">none, left or right.</param>
/// <param name="Suspicion">1 - mean softmax that the label keeps under small noise; null without a label.</param>
/// <param name="Suspect">Whether something speaks against the label.</param>
/// <param name="HeldTo">Up to where a sample that never escaped was seen to hold.</param>
/// <param name="EscapeDraws">Draws behind the escape noise.</param>
/// <param name="Counts">
/// n_y where it is not 0: for each sample and level how many classes, then class and draws of each; seven bits a byte, the last of a number below 128; base64.
/// </param>
/// <param name="FirstEscape">First-escape classes, each with its draws, most frequent first.</param>
/// <param name="FirstOrder">m / g, the noise that flips a sample to first order; null where the run keeps no gradients.</param>
/// <param name="EscapeRatio">The measured noise at which 16 % of the draws flip, over m / g; null where the grid does not hold it.</param>
/// <param name="SteepSites">The perturbed sites as they are told; empty where the run keeps no gradients, or the page would grow too large.</param>
/// <param name="Steep">
/// Of each sample the share of each of these sites in the variance of its margin, in thousandths; empty where nothing moves the margin.
/// </param>
/// <param name="Looks">What samples look like, by id; absent where the page would grow too large.</param>
internal sealed record PageSamples(
    IReadOnlyList<long> Id, IReadOnlyList<int?> Label, IReadOnlyList<int> Predicted, IReadOnlyList<int?> Rank, int Ranked, IReadOnlyList<float?> Escape,
    IReadOnlyList<float?> EscapeLow, IReadOnlyList<float?> EscapeHigh, IReadOnlyList<string> Censoring, IReadOnlyList<float?> Suspicion,
    IReadOnlyList<bool> Suspect, IReadOnlyList<float?> HeldTo, IReadOnlyList<int> EscapeDraws, string Counts,
    IReadOnlyList<IReadOnlyList<IReadOnlyList<int>>> FirstEscape, IReadOnlyList<float?> FirstOrder, IReadOnlyList<float?> EscapeRatio,
    IReadOnlyList<string> SteepSites, IReadOnlyList<IReadOnlyList<int>> Steep, IReadOnlyDictionary<string, SampleLook> Looks);
