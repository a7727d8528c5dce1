namespace Apex.Training;

/// <summary>Labels of which some were replaced.</summary>
/// <param name="Labels">What is trained on, shape <c>[samples]</c>.</param>
/// <param name="Flipped">Which were replaced, shape <c>[samples]</c>.</param>
internal sealed record LabelCorruption(long[] Labels, bool[] Flipped)
{
    private const int LabelKey = 32452843;

    /// <summary>How many were replaced.</summary>
    public int Count => Flipped.Count(f => f);

    /// <summary>Replaces a share of the labels, drawn without replacement, by another class, each of the others as likely.</summary>
    /// <param name="labels">True labels.</param>
    /// <param name="classes">C.</param>
    /// <param name="share">0 to 1.</param>
    /// <param name="seed">Keys the draw.</param>
    public static LabelCorruption Corrupt(long[] labels, int classes, double share, int seed)
    {
        var random = new Random(seed);
        int[] order = [.. Enumerable.Range(0, labels.Length)];
        random.Shuffle(order);
        long[] corrupted = [.. labels];
        var flipped = new bool[labels.Length];
        foreach (int i in order.Take((int)Math.Round(share * labels.Length)))
        {
            corrupted[i] = (labels[i] + 1 + random.Next(classes - 1)) % classes;
            flipped[i] = true;
        }

        return new LabelCorruption(corrupted, flipped);
    }

    /// <summary>Draws a share of the labels anew, each class as likely, the true one included: at a share of 1 labels say nothing of the images.</summary>
    /// <param name="labels">True labels.</param>
    /// <param name="classes">C.</param>
    /// <param name="share">0 to 1.</param>
    /// <param name="seed">Keys the draw.</param>
    public static long[] Random(long[] labels, int classes, double share, int seed)
    {
        // Not the trainer's own draws: its first epoch would see the images in the order in which their labels were drawn.
        var random = new Random(seed + LabelKey);
        int[] order = [.. Enumerable.Range(0, labels.Length)];
        random.Shuffle(order);
        long[] drawn = [.. labels];
        foreach (int i in order.Take((int)Math.Round(share * labels.Length)))
            drawn[i] = random.Next(classes);
        return drawn;
    }

    /// <summary>Writes the labels, one a line, and a table of which were flipped.</summary>
    /// <param name="given">The labels of the whole source, of which the first were trained on; the rest stay as they are.</param>
    /// <param name="labels">File for the labels, one for each sample of the source.</param>
    /// <param name="flipped">File for the table.</param>
    public void Write(long[] given, string labels, string flipped)
    {
        WholeFile.Replace(labels, string.Concat(Labels.Concat(given.Skip(Labels.Length)).Select(l => $"{l}\n")));
        WholeFile.Replace(flipped, "sample_id,flipped\n" + string.Concat(Flipped.Select((f, i) => $"{i},{(f ? 1 : 0)}\n")));
    }
}
