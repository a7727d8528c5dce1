using System.Globalization;
using System.Text;
using Apex.Models;
using Apex.Models.Onnx;
using Apex.Models.Onnx.Reading;
using Apex.Probing;

namespace Apex.Reporting;

/// <summary>What <c>apex sites</c> says of a model.</summary>
public sealed class SitesReport
{
    private readonly OnnxModel _model;
    private readonly OnnxClassifier _classifier;
    private readonly Preprocessing _preprocessing;
    private readonly IReadOnlyList<string> _classes;

    private readonly InputCheck? _inputs;

    private SitesReport(OnnxModel model, OnnxClassifier classifier, Preprocessing preprocessing, IReadOnlyList<string> classes, InputCheck? inputs) =>
        (_model, _classifier, _preprocessing, _classes, _inputs) = (model, classifier, preprocessing, classes, inputs);

    /// <summary>A report on a model.</summary>
    /// <param name="model">The graph.</param>
    /// <param name="classifier">The same, bound.</param>
    /// <param name="preprocessing">What will be done to samples.</param>
    /// <param name="classes">Class names.</param>
    /// <param name="inputs">What samples look like to the network, or null where no data was given.</param>
    public static SitesReport Of(OnnxModel model, OnnxClassifier classifier, Preprocessing preprocessing, IReadOnlyList<string> classes, InputCheck? inputs = null) =>
        new(model, classifier, preprocessing, classes, inputs);

    /// <summary>For programs.</summary>
    public string ToJson() => JsonText.Of(new
    {
        model = _model.Path,
        opset = _model.Opset,
        input = new
        {
            name = _classifier.Input.Name,
            kind = _classifier.Input.Kind,
            elementType = _classifier.Input.ElementType,
            shape = _classifier.Input.Shape,
            layout = _classifier.Input.Layout?.ToString(),
            fixedBatch = _classifier.FixedBatch,
        },
        output = _model.Logits,
        graphOutput = _model.GraphOutput,
        classes = _classifier.Classes,
        classNames = _classes,
        preprocessing = _preprocessing,
        firstSample = _inputs is null ? null : new { raw = Ends(_inputs.FirstRaw), input = Ends(_inputs.First) },
        warnings = _inputs?.Warnings ?? [],
        notes = _model.Notes,
        withoutSites = _model.WithoutSites,
        sites = _classifier.Sites.Where(s => !s.IsInput),
    });

    /// <summary>For people.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        var input = _classifier.Input;
        string batch = _classifier.FixedBatch is { } fix ? $", batches of {fix} only" : "";
        text.AppendLine(CultureInfo.InvariantCulture, $"{_model.Path} (opset {_model.Opset})");
        text.AppendLine(CultureInfo.InvariantCulture, $"  input   {input.Name} {input.ElementType} [{string.Join(", ", input.Shape)}] {(input.Layout?.ToString() ?? input.Kind.ToString().ToLowerInvariant())}{batch}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  logits  {_model.Logits}, {_classifier.Classes} classes");
        text.AppendLine(CultureInfo.InvariantCulture, $"  samples {_preprocessing.Describe(input)}");
        if (_inputs is { } seen)
            text.AppendLine(CultureInfo.InvariantCulture, $"  first   {Words.Range(seen.First)} as the network gets it; {Words.Range(seen.FirstRaw)} in the data");
        foreach (var warning in _inputs?.Warnings ?? [])
            text.AppendLine(CultureInfo.InvariantCulture, $"  warning {warning.Message}");
        foreach (string note in _model.Notes)
            text.AppendLine(CultureInfo.InvariantCulture, $"  note    {note}");
        var sites = _classifier.Sites.Where(s => !s.IsInput).ToList();
        text.AppendLine();
        if (sites.Count == 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"No hidden site: {_model.WithoutSites}; {Probe.OtherPlaces(_classifier)}.");
            return text.ToString();
        }

        int name = Math.Max(4, sites.Max(s => s.Name.Length)), op = Math.Max(2, sites.Max(s => s.Op.Length));
        text.AppendLine(CultureInfo.InvariantCulture, $"{"site",4}  {"name".PadRight(name)}  {"op".PadRight(op)}  {"elements",10}  shape");
        foreach (var site in sites)
            text.AppendLine(CultureInfo.InvariantCulture, $"{site.Index,4}  {site.Name.PadRight(name)}  {site.Op.PadRight(op)}  {site.Elements,10:n0}  [{string.Join(", ", site.Shape)}]");
        text.AppendLine(CultureInfo.InvariantCulture, $"{sites.Count} sites, {sites.Sum(s => (long)s.Elements):n0} elements a sample");
        return text.ToString();
    }

    private static object Ends(NumberSummary numbers) => new { min = numbers.Min, max = numbers.Max, mean = numbers.Mean, std = numbers.Std };
}
