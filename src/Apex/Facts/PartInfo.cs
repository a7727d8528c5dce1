namespace Apex.Facts;

/// <summary>One observation file and its twin of samples.</summary>
/// <param name="Name">File name in <c>samples/</c> and in <c>observations/</c>.</param>
/// <param name="Samples">Samples in it.</param>
/// <param name="FirstId">Lowest sample id.</param>
/// <param name="LastId">Highest sample id.</param>
public sealed record PartInfo(string Name, int Samples, long FirstId, long LastId);
