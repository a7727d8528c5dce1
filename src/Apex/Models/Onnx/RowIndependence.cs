using Apex.Sites;

namespace Apex.Models.Onnx;

/// <summary>
/// Whether the rows of a batch leave each other alone. They do not where something is computed over the batch axis (a maximum, a mean, a softmax),
/// where a tensor is quantised by the range of the whole batch, or where the entries of a sample do not lie side by side (time-major sequences,
/// views of a sample concatenated along the batch). The noise of one draw would then reach the others.
/// </summary>
internal static class RowIndependence
{
    private const int Rows = 3;

    /// <summary>
    /// Share of the spread of a row's logits by which other rows may move it: rounding, which depends on the size of a batch, stays far below, and a
    /// quantiser that gets the range of rows many times as large goes far above.
    /// </summary>
    private const double Tolerance = 0.05;

    /// <summary>Noise beside which the row without noise has to stay where it is, taken by the other rows in turn: beyond what any grid goes to.</summary>
    private static readonly float[] Scales = [1e6f, 30];

    /// <summary>Samples that are as unlike each other as rows of noise and samples can be: the first is the one that is watched.</summary>
    /// <param name="inputs">What the model reads.</param>
    /// <param name="row">Which; 0 is the one that is watched.</param>
    public static ModelSample Unlike(IReadOnlyList<ClassifierInput> inputs, int row) => new([.. inputs.Select((input, i) => Unlike(input, i, row))]);

    private static SampleTensor Unlike(ClassifierInput input, int place, int row)
    {
        var random = new Random(row + 1 + 1000 * place);
        if (input.Kind == InputKind.Tokens)
            return new SampleTensor(input.Name, [.. Enumerable.Range(0, input.Elements).Select(i => row == 0 ? 0L : (long)random.Next(2))]);
        double size = Math.Pow(10, row);
        // Nothing negative in the watched row: its logits are to be defined behind a logarithm or a root as well.
        double Number() => input.IsByte ? random.Next(row == 0 ? 128 : 256) : row == 0 ? random.NextDouble() : size * (2 * random.NextDouble() - 1);
        return new SampleTensor(input.Name, [.. Enumerable.Range(0, input.Elements).Select(_ => (float)Number())]);
    }

    /// <summary>Whether two readings of one row's logits are the same but for rounding; also where there is nothing to compare.</summary>
    public static bool AreSame(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float low = float.PositiveInfinity, high = float.NegativeInfinity, moved = 0, size = 0;
        for (int c = 0; c < a.Length; c++)
        {
            // A class that is masked with minus infinity is so in every row.
            if (!float.IsFinite(a[c]))
                continue;
            (low, high, size) = (Math.Min(low, a[c]), Math.Max(high, a[c]), Math.Max(size, Math.Abs(a[c])));
            moved = float.IsFinite(b[c]) ? Math.Max(moved, Math.Abs(a[c] - b[c])) : float.PositiveInfinity;
        }

        return low > high || moved <= Tolerance * (high - low) + 1e-3 * size + 1e-6;
    }

    /// <summary>Whether a row without noise keeps its logits beside rows with noise, wherever in the batch it is.</summary>
    /// <param name="classifier">The network.</param>
    /// <param name="sites">What gets noise: as <see cref="OnnxClassifier.OpenPerturbed"/> takes it.</param>
    public static bool HoldsUnderNoise(OnnxClassifier classifier, IReadOnlyList<Site> sites)
    {
        int rows = classifier.FixedBatch ?? Rows;
        if (sites.Count == 0 || rows == 1)
            return true;
        try
        {
            return Holds(classifier, sites, rows);
        }
        catch (InvalidInputException)
        {
            // A graph that does not run with noise is told by whoever adds noise; its sites can still be listed.
            return true;
        }
    }

    private static bool Holds(OnnxClassifier classifier, IReadOnlyList<Site> sites, int rows)
    {
        int classes = classifier.Classes;
        using var perturbed = classifier.OpenPlain(sites, rows);
        using var pass = perturbed.CreatePass();
        var random = new Random(0);
        for (int slot = 0; slot < sites.Count; slot++)
        {
            foreach (ref float value in pass.Noise(slot, 0))
                value = 2 * random.NextSingle() - 1;
        }

        pass.SetInput(Unlike(classifier.Inputs, 0));
        var shared = new int[rows];
        float[] quiet = pass.Run(new float[sites.Count * rows], shared)[..classes].ToArray();
        foreach (int watched in (ReadOnlySpan<int>)[0, rows / 2, rows - 1])
        {
            float Scale(int row) => row == watched ? 0 : Scales[(row + rows - watched - 1) % rows % Scales.Length];
            float[] scales = [.. Enumerable.Range(0, sites.Count * rows).Select(i => Scale(i % rows))];
            if (!AreSame(quiet, pass.Run(scales, shared).Slice(watched * classes, classes)))
                return false;
        }

        return true;
    }
}
