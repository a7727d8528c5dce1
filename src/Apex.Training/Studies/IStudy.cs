namespace Apex.Training.Studies;

/// <summary>
/// Puts claims of the method to the test on models that are trained here. A new study is one file and one entry of <see cref="StudyRegistry"/>.
/// </summary>
internal interface IStudy
{
    /// <summary>What it is called on the command line.</summary>
    string Name { get; }

    /// <summary>What it asks.</summary>
    string Question { get; }

    /// <summary>Trains what is missing, probes, and judges.</summary>
    Task<StudyResult> RunAsync(StudyContext context);
}
