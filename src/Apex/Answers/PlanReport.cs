using System.Globalization;
using System.Text;
using Apex.Facts;
using Apex.Models;

namespace Apex.Answers;

/// <summary>What a probe is about to do, in a few lines.</summary>
public static class PlanReport
{
    /// <summary>The lines for a run that begins.</summary>
    /// <param name="info">The run.</param>
    public static string Of(RunInfo info)
    {
        var text = new StringBuilder();
        var plan = info.Plan;
        string scale = plan.Space == NoiseSpace.Parameter ? "relative to each tensor's rms, the same for all samples" : plan.Scale == NoiseScale.Relative
            ? "relative to each site's rms" : "absolute";
        string perturbed = plan.Space switch
        {
            NoiseSpace.Parameter => $"{plan.Parameters!.Sum(p => (long)p.Elements)} parameters in {plan.Parameters!.Count} tensors",
            NoiseSpace.Input => "the input",
            _ => $"{plan.Sites.Count} of {info.Model.Sites.Count(s => !s.IsInput)} sites",
        };
        string grid = plan.Pilot is { } pilot ? $"found by a pilot on {pilot.Samples} samples" : "as given";
        text.AppendLine(CultureInfo.InvariantCulture, $"Model  {info.Model.Path}: {perturbed}, {info.Model.Classes.Count} classes");
        string prepared = info.Model.Preprocessing.Describe(Input(info.Model));
        text.AppendLine(CultureInfo.InvariantCulture,
            $"Data   {info.Data.Spec}: {info.Data.Selected} of {info.Data.Count} samples ({info.Data.Format}); {prepared}");
        string levels = Levels(plan.Sigmas);
        text.AppendLine(CultureInfo.InvariantCulture, $"Noise  {levels} ({grid}), {plan.Draws} draws, {scale}, seed {plan.Seed}");
        if (info is { Job.SingleSites: { } each, SingleSites: null })
        {
            long samples = Math.Min(each.Samples, info.Data.Selected);
            text.AppendLine(CultureInfo.InvariantCulture, $"Sites  then each alone: {samples} samples, {Levels(each.Sigmas)} relative to its rms");
        }

        if (info.Shard is { } shard)
            text.AppendLine(CultureInfo.InvariantCulture, $"Shard  {shard}: {shard.Samples} samples from position {shard.First}");
        foreach (string note in info.Model.Notes)
            text.AppendLine(CultureInfo.InvariantCulture, $"Note   {note}");
        foreach (var warning in info.Warnings ?? [])
            text.AppendLine(CultureInfo.InvariantCulture, $"Warning: {warning.Message}");
        return text.ToString();
    }

    private static string Levels(IReadOnlyList<double> sigmas) =>
        string.Create(CultureInfo.InvariantCulture, $"{sigmas.Count} sigmas {sigmas[0]:g3} to {sigmas[^1]:g3}");

    /// <summary>What the model reads, as far as a run says: three axes are an image's.</summary>
    private static ClassifierInput Input(ModelInfo model) =>
        new(model.Input, model.InputShape.Count == 3 ? InputKind.Image : InputKind.Vector, "Float", [.. model.InputShape], null);
}
