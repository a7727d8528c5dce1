using System.Globalization;
using Apex.Analysis.Transitions;
using Apex.Facts;

namespace Apex.Answers;

/// <summary>Which classes the model holds to be close: <c>apex transitions RUN</c>.</summary>
/// <param name="Classes">Class names, in the order of the logits.</param>
/// <param name="Matrix">Share of the escapes from class i that land in class j, shape <c>[classes][classes]</c>; null in a row without escapes.</param>
/// <param name="Counts">Escapes from class i to class j, shape <c>[classes][classes]</c>.</param>
/// <param name="Samples">Samples that had an escape.</param>
/// <param name="Escapes">Escapes in all.</param>
/// <param name="Taxonomy">Groups of classes; null where there are none.</param>
/// <param name="Coherence">Share of escapes that stay inside their group.</param>
/// <param name="CoherenceInterval">Its 95 % bootstrap interval over samples.</param>
/// <param name="Expected">The share if where a draw goes did not depend on where it came from.</param>
/// <param name="Excess">The share less what is expected.</param>
/// <param name="ExcessInterval">Its interval, in which both are found anew.</param>
/// <param name="PValue">One-sided, by permutation of whole samples.</param>
/// <param name="Permutations">Permutations behind it.</param>
/// <param name="ConfusionCorrelation">Spearman's correlation with the clean confusion structure; null where it is not defined.</param>
/// <param name="ConfusionCorrelationInterval">Its 95 % bootstrap interval over samples.</param>
/// <param name="ConfusionPValue">Under relabelling the classes of one matrix at random.</param>
/// <param name="Top">The transitions with the largest share, largest first.</param>
public sealed record TransitionsAnswer(
    IReadOnlyList<string> Classes, IReadOnlyList<IReadOnlyList<double?>> Matrix, IReadOnlyList<IReadOnlyList<long>> Counts, int Samples, long Escapes,
    Taxonomy? Taxonomy, double? Coherence, Ends? CoherenceInterval, double? Expected, double? Excess, Ends? ExcessInterval, double? PValue, int? Permutations,
    double? ConfusionCorrelation, Ends ConfusionCorrelationInterval, double? ConfusionPValue, IReadOnlyList<Transition> Top) : Answer
{
    /// <summary>Classes up to which the matrix finds room in text.</summary>
    private const int MostInText = 20;

    private RunInfo Info { get; init; } = null!;

    private ClassTransitions Found { get; init; } = null!;

    /// <summary>The transitions of a run as an answer.</summary>
    /// <param name="info">The run.</param>
    /// <param name="found">Its transitions.</param>
    /// <param name="top">How many to list.</param>
    internal static TransitionsAnswer Create(RunInfo info, ClassTransitions found, int top)
    {
        var (c, confusion) = (found.Coherence, found.ConfusionCorrelation);
        return new(
            found.Classes, [.. found.Matrix.Select(row => (IReadOnlyList<double?>)[.. row.Select(v => v.OrNull())])], found.Counts, found.Samples,
            found.Escapes,
            c?.Taxonomy, c?.Share.Value.OrNull(), c?.Share, c?.Expected.OrNull(), c?.Excess.Value.OrNull(), c?.Excess, c?.PValue.OrNull(), c?.Permutations,
            confusion.Value.OrNull(), confusion, found.ConfusionPValue.OrNull(), [.. found.Top.Take(top)])
        {
            Warnings = info.Warnings ?? [],
            Info = info,
            Found = found,
        };
    }

    /// <inheritdoc/>
    public override AnswerText ToText()
    {
        var text = new AnswerText().Warn(Warnings)
            .Line($"{Escapes:n0} escapes at small noise, of {Samples} of {Info.Samples} samples of {Info.Data.Spec}").Line();
        foreach (var t in Top)
            text.Line($"  {t.From} -> {t.To}: {t.Share,6:p1} [{t.Low:p1}, {t.High:p1}] of {t.Escapes:n0} escapes of {t.Samples} samples");
        text.Line();
        if (Found.Coherence is { } c)
        {
            string groups = $"{c.Taxonomy.Name}: {string.Join(", ", c.Taxonomy.Groups)}";
            text.Line($"Coherence: {c.Share.Value:p1} [{c.Share.Low:p1}, {c.Share.High:p1}] of escapes stay inside their group ({groups});");
            string p = Words.PValue(c.PValue, 1.0 / (c.Permutations + 1));
            text.Line($"{c.Expected:p1} would if targets were drawn at random ({p}, {c.Permutations:n0} permutations of whole samples)");
        }
        else
            text.Line($"No taxonomy is built in for these classes; `Taxonomy` gives one");

        var confusion = Found.ConfusionCorrelation;
        string over = $"{confusion.N} pairs of classes ({Words.PValue(Found.ConfusionPValue)})";
        text.Line($"Rank correlation with the clean confusion structure: {Words.Estimate(confusion, "f2")} over {over}").Line();
        // Wide class lists would wrap; programs read them from the JSON.
        if (Classes.Count > MostInText)
            return text;
        int[] rows = [.. Enumerable.Range(0, Classes.Count)];
        return text.Line($"Share of the escapes of a class (rows) that land in another (columns), and their number").Table([
            AnswerColumn.Left("", Classes, name => $"{name}"),
            .. rows.Select(j => AnswerColumn.Right(Classes[j], rows, i => $"{(i == j || Matrix[i][j] is not { } share ? "-" : Percent(share))}")),
            AnswerColumn.Right("escapes", Counts, row => $"{row.Sum():n0}"),
        ]);
    }

    private static string Percent(double share) => share.ToString("p0", CultureInfo.InvariantCulture);
}
