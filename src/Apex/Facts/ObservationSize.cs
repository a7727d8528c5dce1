namespace Apex.Facts;

/// <summary>How much memory observations take.</summary>
internal static class ObservationSize
{
    /// <summary>Bytes of one part of a run before it is packed; it is in memory until it is written.</summary>
    public const long PartBytes = 8 << 20;

    /// <summary>Bytes of one sample in memory, columns alone.</summary>
    public static long BytesPerSample(int sigmas, int draws, int classes) => sigmas * (32L + 8 * classes) + 4L * classes + 8L * draws + 24;
}
