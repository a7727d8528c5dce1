namespace Apex.Training.Studies;

/// <summary>What studies work with.</summary>
internal sealed record StudyOptions
{
    /// <summary>Where models, runs and results are kept.</summary>
    public required string Folder { get; init; }

    /// <summary>Smaller models, fewer seeds and samples, and the built-in images alone.</summary>
    public required bool Quick { get; init; }

    /// <summary>Folder with Fashion-MNIST's four gzipped IDX files; a quick study does without.</summary>
    public required string Fashion { get; init; }

    /// <summary>Folder of the zoo's models. Default: in <see cref="Folder"/>.</summary>
    public string? Zoo { get; init; }

    /// <summary>CIFAR-10's training images for the zoo. Default: null, its models of CIFAR-10 are left out.</summary>
    public string? Cifar10 { get; init; }

    /// <summary>Published scores to hold regularity against, with the data and the model that they go with. Default: null, left out.</summary>
    public (string Scores, string Data, string Model)? Published { get; init; }
}
