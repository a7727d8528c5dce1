namespace Apex.Models;

/// <summary>A classifier that tells which numbers it was made for.</summary>
internal interface IInputStatistics : IClassifier
{
    /// <summary>
    /// The constant by which the network itself multiplies its input before any layer reads it, e.g. 1/255; of one for each channel the mean; null where it
    /// does not.
    /// </summary>
    double? InputFactor { get; }

    /// <summary>
    /// How the batch norm before the first activation sees some samples, against what it was trained on: medians over channels of the mean square
    /// after it has centred and scaled, and of the variance, both 1 in training.
    /// </summary>
    /// <param name="samples">Preprocessed samples; at least one.</param>
    /// <returns>Null where there is no such layer.</returns>
    (double MeanSquare, double Variance)? FirstNormalisation(IReadOnlyList<ModelSample> samples);
}
