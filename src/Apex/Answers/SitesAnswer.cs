using Apex.Experiments;
using Apex.Models;
using Apex.Probing;
using Apex.Sites;

namespace Apex.Answers;

/// <summary>What of a model can be perturbed: <c>apex sites MODEL</c>.</summary>
/// <param name="Model">The model.</param>
/// <param name="Opset">Of its ONNX operators; null where it is no ONNX file.</param>
/// <param name="Input">What it reads.</param>
/// <param name="OtherInputs">Further inputs, each fed from the array of its name as it is; empty for a model of one input.</param>
/// <param name="Output">The logits tensor.</param>
/// <param name="GraphOutput">The graph output that it belongs to.</param>
/// <param name="Classes">C.</param>
/// <param name="ClassNames">Their names, in the order of the logits.</param>
/// <param name="Preprocessing">How a sample becomes its input.</param>
/// <param name="FirstSample">The first sample as its source holds it and as the network gets it; null where no data was given.</param>
/// <param name="Notes">What to know about how it was read.</param>
/// <param name="WithoutSites">Why there is no hidden site; null where there are some.</param>
/// <param name="Sites">Its hidden sites, ascending.</param>
public sealed record SitesAnswer(
    string Model, long? Opset, SitesAnswer.ModelInput Input, IReadOnlyList<SitesAnswer.ModelInput> OtherInputs, string? Output, string? GraphOutput,
    int Classes, IReadOnlyList<string> ClassNames, Preprocessing Preprocessing, SitesAnswer.Seen? FirstSample, IReadOnlyList<string> Notes,
    string? WithoutSites, IReadOnlyList<Site> Sites) : Answer
{
    private IClassifier Classifier { get; init; } = null!;

    private InputCheck? Inputs { get; init; }

    /// <summary>Describes a model and, where samples were given, what they look like to the network.</summary>
    /// <param name="model">The model.</param>
    public static SitesAnswer Of(PreparedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var (classifier, source, input) = (model.Classifier, model.Classifier.Provenance, model.Classifier.Input);
        return new(
            classifier.Name, source.Opset, new(input.Name, input.Kind, input.ElementType, input.Shape, input.Layout?.ToString(), classifier.FixedBatch),
            [.. classifier.Inputs.Skip(1).Select(i => new ModelInput(i.Name, i.Kind, i.ElementType, i.Shape, i.Layout?.ToString(), null))],
            source.Logits, source.Output, classifier.Classes, model.Classes, model.Preprocessing,
            model.Inputs is { } seen ? new(Numbers.Of(seen.FirstRaw), Numbers.Of(seen.First)) : null,
            source.Notes, classifier.WithoutSites, [.. classifier.Sites.Where(s => !s.IsInput)])
        {
            Warnings = model.Inputs?.Warnings ?? [],
            Classifier = classifier,
            Inputs = model.Inputs,
        };
    }

    /// <inheritdoc/>
    public override AnswerText ToText()
    {
        var text = new AnswerText();
        string batch = Input.FixedBatch is { } fix ? $", batches of {fix} only" : "";
        text.Line($"{Model} (opset {Opset})");
        string layout = Input.Layout ?? Input.Kind.ToString().ToLowerInvariant();
        text.Line($"  input   {Input.Name} {Input.ElementType} [{string.Join(", ", Input.Shape)}] {layout}{batch}");
        foreach (var other in OtherInputs)
        {
            string read = $"{other.Name} {other.ElementType} [{string.Join(", ", other.Shape)}] {other.Kind.ToString().ToLowerInvariant()}";
            text.Line($"  input   {read}, from the array of its name");
        }

        text.Line($"  logits  {Output}, {Classes} classes");
        text.Line($"  samples {Preprocessing.Describe(Classifier.Input)}");
        if (Inputs is { } seen)
            text.Line($"  first   {Words.Range(seen.First)} as the network gets it; {Words.Range(seen.FirstRaw)} in the data");
        foreach (var warning in Warnings)
            text.Line($"  warning {warning.Message}");
        foreach (string note in Notes)
            text.Line($"  note    {note}");
        text.Line();
        if (Sites.Count == 0)
            return text.Line($"No hidden site: {WithoutSites}; {Probe.OtherPlaces(Classifier)}.");
        return text.Table(
            AnswerColumn.Right("site", Sites, s => $"{s.Index}"),
            AnswerColumn.Left("name", Sites, s => $"{s.Name}"),
            AnswerColumn.Left("op", Sites, s => $"{s.Op}"),
            AnswerColumn.Right("elements", Sites, s => $"{s.Elements:n0}"),
            AnswerColumn.Left("shape", Sites, s => $"[{string.Join(", ", s.Shape)}]"))
            .Line($"{Sites.Count} sites, {Sites.Sum(s => (long)s.Elements):n0} elements a sample");
    }

    /// <summary>What a model reads.</summary>
    /// <param name="Name">In the model.</param>
    /// <param name="Kind">Image, vector or tokens.</param>
    /// <param name="ElementType">Of the tensor.</param>
    /// <param name="Shape">Of one sample, in the model's layout.</param>
    /// <param name="Layout">Axis order of an image, NCHW or NHWC.</param>
    /// <param name="FixedBatch">The batch that it insists on; null where it takes any.</param>
    public sealed record ModelInput(string Name, InputKind Kind, string ElementType, IReadOnlyList<int> Shape, string? Layout, int? FixedBatch);

    /// <summary>What the first sample looks like.</summary>
    /// <param name="Raw">As its source holds it.</param>
    /// <param name="Input">As the network gets it.</param>
    public sealed record Seen(Numbers Raw, Numbers Input);

    /// <summary>What some numbers look like.</summary>
    /// <param name="Min">The smallest.</param>
    /// <param name="Max">The largest.</param>
    /// <param name="Mean">Their mean.</param>
    /// <param name="Std">Their standard deviation.</param>
    public sealed record Numbers(double Min, double Max, double Mean, double Std)
    {
        internal static Numbers Of(NumberSummary numbers) => new(numbers.Min, numbers.Max, numbers.Mean, numbers.Std);
    }
}
