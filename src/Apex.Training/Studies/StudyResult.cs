namespace Apex.Training.Studies;

/// <summary>What a study found.</summary>
/// <param name="Study">Its name.</param>
/// <param name="Question">What it asked.</param>
/// <param name="Claims">Each with its verdict.</param>
/// <param name="Notes">What to know when reading the figures.</param>
internal sealed record StudyResult(string Study, string Question, IReadOnlyList<Claim> Claims, IReadOnlyList<string> Notes)
{
    /// <summary>The networks behind it.</summary>
    public IReadOnlyList<UsedModel> Models { get; init; } = [];

    /// <summary>Seed of all noise of its probes.</summary>
    public ulong NoiseSeed { get; init; }
}
