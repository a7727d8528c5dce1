namespace Apex.Facts;

/// <summary>That a run was taken up again.</summary>
/// <param name="At">When, UTC.</param>
/// <param name="Samples">Samples that were there.</param>
public sealed record ResumeInfo(DateTimeOffset At, long Samples);
