using System.Globalization;
using System.Text;
using Apex.Experiments;
using Apex.Models;
using Apex.Probing;

namespace Apex.Reporting;

/// <summary>What <c>apex sites</c> says of a model.</summary>
public sealed class SitesReport
{
    private readonly IClassifier _classifier;
    private readonly ModelProvenance _source;
    private readonly Preprocessing _preprocessing;
    private readonly IReadOnlyList<string> _classes;
    private readonly InputCheck? _inputs;

    private SitesReport(PreparedModel model) =>
        (_classifier, _source, _preprocessing, _classes, _inputs) = (model.Classifier, model.Classifier.Provenance, model.Preprocessing, model.Classes, model.Inputs);

    /// <summary>A report on a model and, where samples were given, on what they look like to the network.</summary>
    /// <param name="model">The model.</param>
    public static SitesReport Of(PreparedModel model) => new(model);

    /// <summary>For programs.</summary>
    public string ToJson() => JsonText.Of(new
    {
        model = _classifier.Name,
        opset = _source.Opset,
        input = new
        {
            name = _classifier.Input.Name,
            kind = _classifier.Input.Kind,
            elementType = _classifier.Input.ElementType,
            shape = _classifier.Input.Shape,
            layout = _classifier.Input.Layout?.ToString(),
            fixedBatch = _classifier.FixedBatch,
        },
        otherInputs = _classifier.Inputs.Skip(1).Select(i => new { name = i.Name, kind = i.Kind, elementType = i.ElementType, shape = i.Shape }),
        output = _source.Logits,
        graphOutput = _source.Output,
        classes = _classifier.Classes,
        classNames = _classes,
        preprocessing = _preprocessing,
        firstSample = _inputs is null ? null : new { raw = Ends(_inputs.FirstRaw), input = Ends(_inputs.First) },
        warnings = _inputs?.Warnings ?? [],
        notes = _source.Notes,
        withoutSites = _classifier.WithoutSites,
        sites = _classifier.Sites.Where(s => !s.IsInput),
    });

    /// <summary>For people.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        var input = _classifier.Input;
        string batch = _classifier.FixedBatch is { } fix ? $", batches of {fix} only" : "";
        text.AppendLine(CultureInfo.InvariantCulture, $"{_classifier.Name} (opset {_source.Opset})");
        text.AppendLine(CultureInfo.InvariantCulture, $"  input   {input.Name} {input.ElementType} [{string.Join(", ", input.Shape)}] {(input.Layout?.ToString() ?? input.Kind.ToString().ToLowerInvariant())}{batch}");
        foreach (var other in _classifier.Inputs.Skip(1))
        {
            string read = $"{other.Name} {other.ElementType} [{string.Join(", ", other.Shape)}] {other.Kind.ToString().ToLowerInvariant()}";
            text.AppendLine(CultureInfo.InvariantCulture, $"  input   {read}, from the array of its name");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"  logits  {_source.Logits}, {_classifier.Classes} classes");
        text.AppendLine(CultureInfo.InvariantCulture, $"  samples {_preprocessing.Describe(input)}");
        if (_inputs is { } seen)
            text.AppendLine(CultureInfo.InvariantCulture, $"  first   {Words.Range(seen.First)} as the network gets it; {Words.Range(seen.FirstRaw)} in the data");
        foreach (var warning in _inputs?.Warnings ?? [])
            text.AppendLine(CultureInfo.InvariantCulture, $"  warning {warning.Message}");
        foreach (string note in _source.Notes)
            text.AppendLine(CultureInfo.InvariantCulture, $"  note    {note}");
        var sites = _classifier.Sites.Where(s => !s.IsInput).ToList();
        text.AppendLine();
        if (sites.Count == 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"No hidden site: {_classifier.WithoutSites}; {Probe.OtherPlaces(_classifier)}.");
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
