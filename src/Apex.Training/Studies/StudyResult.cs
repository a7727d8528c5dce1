namespace Apex.Training.Studies;

/// <summary>What a study found.</summary>
/// <param name="Study">Its name.</param>
/// <param name="Question">What it asked.</param>
/// <param name="Claims">Each with its verdict.</param>
/// <param name="Notes">What to know when reading the figures.</param>
/// <param name="Models">The models behind it: name and what they are.</param>
internal sealed record StudyResult(string Study, string Question, IReadOnlyList<Claim> Claims, IReadOnlyList<string> Notes, IReadOnlyList<string> Models);
