namespace Apex.Training.Studies;

/// <summary>Claims of the method put to the test: <c>apex study NAME</c>.</summary>
/// <param name="Command">What made it.</param>
/// <param name="Versions">Versions of what ran.</param>
/// <param name="Quick">Whether models and samples were the smaller ones.</param>
/// <param name="Studies">What each study found.</param>
internal sealed record StudyAnswer(string Command, IReadOnlyDictionary<string, string> Versions, bool Quick, IReadOnlyList<StudyResult> Studies);
