using Apex.Analysis.Screening;
using Apex.Data;
using Apex.Models;
using Apex.Probing;

namespace Apex.Experiments;

/// <summary>
/// What the directed noise of the suspected class looks like and does: at the input it is a picture of the trigger (docs/method.md, section 7).
/// </summary>
internal static class TriggerProbe
{
    private const int Examples = 6;

    /// <summary>Radii of the curve, beside those that the screen rests on.</summary>
    private static readonly double[] Radii = [0.009, 0.018, .. ScreeningProbe.Radii, 0.09];

    /// <summary>Follows the suspected class and the one that comes next.</summary>
    /// <param name="model">The model, with the samples that it was measured with.</param>
    /// <param name="profile">What was measured of it.</param>
    /// <param name="screen">What that says.</param>
    /// <param name="references">The same of clean models; may be empty.</param>
    /// <param name="options">How it was measured.</param>
    /// <param name="progress">Told as it goes.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The picture; null where there is no directed noise.</returns>
    public static RecoveredTrigger? Recover(
        PreparedModel model, ScreeningProfile profile, BackdoorScreen screen, IReadOnlyList<ScreeningProfile> references, ScreeningOptions options,
        IProgress<ProbeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (screen.Shown(profile) is not { } reading || model.Box is not { } box)
            return null;
        var (_, inputs) = ScreeningProbe.Inputs(model.Classifier, model.Samples, options).First(i => i.Kind == reading.Inputs);
        var (own, others) = ScreeningProbe.Halves(inputs);
        using var search = new DirectedSearch(
            (IDifferentiableClassifier)model.Classifier, box, reading.Inputs == ScreeningInputs.Data, own, others, options.Threads);
        int[] two = [screen.Target, screen.Scores.Index().Where(s => s.Index != screen.Target).MaxBy(s => s.Item).Index];
        var curve = new List<(double Radius, DirectedDelta Target, DirectedDelta Next)>();
        foreach (var (i, radius) in Radii.Index())
        {
            var told = Phase.Start(progress, "directed noise of more radii to the two classes that stand out most", i, Radii.Length);
            var found = search.Ball(radius, options.Steps, two, told, cancellationToken);
            curve.Add((radius, found[0], found[1]));
        }

        var input = model.Classifier.Input;
        bool isImage = IsPicture(input);
        SampleInput? Noise(DirectedClass? of) => isImage && of is not null ? PixelBox.Noise(of.Delta, input) : null;
        DirectedClass? Of(ScreeningProfile measured, int c) => measured.Directed
            .FirstOrDefault(r => (r.Inputs, r.Place, r.Size) == (reading.Inputs, reading.Place, reading.Size))?.Classes.FirstOrDefault(d => d.Class == c);
        var target = reading.Classes.First(d => d.Class == screen.Target);
        var examples = new List<TriggerExample>();
        using (var clean = model.Classifier.OpenClean([]))
        {
            int Predict(ModelSample sample) => clean.Run(sample).Logits is var s ? Array.IndexOf(s, s.Max()) : 0;
            // Of other classes first: an input of the class itself shows nothing.
            foreach (var (sample, before) in others.Select(o => (Sample: o, Before: Predict(o))).OrderBy(o => o.Before == screen.Target).Take(Examples))
            {
                var after = search.Apply(sample, Delta(target, reading));
                examples.Add(new TriggerExample(
                    isImage ? box.Picture(sample.Values, input) : null, isImage ? box.Picture(after.Values, input) : null, before, Predict(after)));
            }
        }

        return new RecoveredTrigger(
            reading.Inputs, reading.Place, reading.Size, target, input.Shape, Noise(target), two[1], Noise(Of(profile, two[1])),
            [.. references.Select(r => (r.Model, Noise(Of(r, screen.Target))))],
            Radii, [.. curve.Select(c => c.Target.Share)], [.. curve.Select(c => c.Next.Share)], examples);
    }

    private static bool IsPicture(ClassifierInput input) =>
        input.Kind == InputKind.Image && (input.Layout == ImageLayout.NHWC ? input.Shape[^1] : input.Shape[0]) is 1 or 3;

    private static DirectedDelta Delta(DirectedClass of, DirectedReading reading) => new(of.Class, of.Value, of.Margin, of.Carried, of.Others, of.Delta)
    {
        Window = of is { Top: { } top, Left: { } left } ? new Window(top, left, (int)reading.Size) : null,
    };
}
