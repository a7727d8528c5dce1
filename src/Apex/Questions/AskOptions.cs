using Apex.Analysis.Regularity;

namespace Apex.Questions;

/// <summary>How a question is asked. Each question reads some of these, see <see cref="Question.Reads"/>, and refuses the others.</summary>
public sealed record AskOptions
{
    /// <summary>How many to list; null for what the question lists by itself.</summary>
    public int? Top { get; init; }

    /// <summary>Keys bootstrap and permutations.</summary>
    public ulong Seed { get; init; }

    /// <summary>tau of the flip-level reading of escape noise, in (0, 1); null for 0.5.</summary>
    public double? FlipLevel { get; init; }

    /// <summary>Read escape noise by the mode rather than by the flip level.</summary>
    public bool Mode { get; init; }

    /// <summary>Scores to compare with, one a sample: <c>NPZ:KEY</c>, <c>NPY</c>, <c>CSV:COLUMN</c> or <c>Parquet:COLUMN</c>.</summary>
    public string? Against { get; init; }

    /// <summary>A run of the same samples with noise on the input alone.</summary>
    public string? InputRun { get; init; }

    /// <summary>1 for each sample whose label is known to be wrong, 0 for the others; a file as in <see cref="Against"/>.</summary>
    public string? Truth { get; init; }

    /// <summary>Groups of classes, as a JSON file <c>{"group": ["class", ...], ...}</c>; null for the one built in.</summary>
    public string? Taxonomy { get; init; }

    /// <summary>tau, checked.</summary>
    /// <exception cref="InvalidInputException">It is not between 0 and 1.</exception>
    internal double CheckedFlipLevel => EscapeNoise.CheckedFlipLevel(FlipLevel ?? EscapeNoise.DefaultFlipLevel);

    /// <summary>Names of the options that say something.</summary>
    internal IEnumerable<string> Given()
    {
        var standard = new AskOptions();
        return typeof(AskOptions).GetProperties().Where(p => !Equals(p.GetValue(this), p.GetValue(standard))).Select(p => p.Name);
    }
}
