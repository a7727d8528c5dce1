namespace Apex.Facts;

/// <summary>The probed data.</summary>
/// <param name="Spec">As given.</param>
/// <param name="Labels">Separate label source as given, or null.</param>
/// <param name="Format">Detected format.</param>
/// <param name="Hash">SHA-256 over the files.</param>
/// <param name="Count">Samples in the source.</param>
/// <param name="Selected">Samples chosen for this run.</param>
/// <param name="Limit">The selection's <c>Limit</c> as given, or null.</param>
/// <param name="OnlyClass">Its <c>OnlyClass</c> as given, or null.</param>
/// <param name="Indices">Its <c>Indices</c> as given, or null.</param>
/// <param name="LabelColumn">The data set's <c>LabelColumn</c> as given, or null; runs from before it was kept do not say.</param>
/// <param name="LabelsHash">SHA-256 over ids and labels of the chosen samples; null where there are no labels.</param>
public sealed record DataInfo(
    string Spec, string? Labels, string Format, string Hash, long Count, long Selected, long? Limit, string? OnlyClass, string? Indices,
    string? LabelColumn = null, string? LabelsHash = null);
