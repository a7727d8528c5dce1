namespace Apex.Training;

/// <summary>How a network is trained.</summary>
internal sealed record TrainingOptions
{
    /// <summary>Passes over the training images.</summary>
    public required int Epochs { get; init; }

    /// <summary>Keys the order of the images and their augmentation.</summary>
    public required int Seed { get; init; }

    /// <summary>No flips, shifts or weight decay, so that the network can memorise. Default: false.</summary>
    public bool Plain { get; init; }

    /// <summary>The largest learning rate of the cycle. Default: 0.2, for networks with batch norm.</summary>
    public double PeakRate { get; init; } = 0.2;

    /// <summary>
    /// Share of the training images, in (0, 1], at which training ends, looked at after each epoch in eval mode: 1 ends it as soon as all labels are
    /// learned, the corrupted ones included. The learning rate goes on as if all epochs came. Default: null, all epochs.
    /// </summary>
    public double? StopAtTrainingAccuracy { get; init; }

    /// <summary>File that holds the state after each epoch, so that training survives a kill; null keeps none.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>
    /// Where several networks train at once: the name that each line of progress begins with, of which there are then about fifteen. Default: null, a line
    /// for each epoch.
    /// </summary>
    public string? Name { get; init; }
}
