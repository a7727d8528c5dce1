namespace Apex.Analysis.Reach;

/// <summary>
/// Y = J Omega for one site and sample: the tangents of the site's live units, one probe after another. It is kept in the order in which it
/// is read later: by probe where the probes are fewer than the units, by unit otherwise.
/// </summary>
internal sealed class TangentSketch
{
    private readonly float[] _values;

    /// <param name="probes">r, columns of Omega.</param>
    /// <param name="units">Units with a derivative, in ascending order of their index in the site.</param>
    /// <param name="buffer">Memory to use where it is large enough, which is no other sketch's then; null for none.</param>
    public TangentSketch(int probes, IReadOnlyList<int> units, float[]? buffer = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(probes, 1);
        ArgumentNullException.ThrowIfNull(units);
        (Probes, Units) = (probes, units);
        int size = checked(probes * units.Count);
        _values = buffer?.Length >= size ? buffer : new float[size];
    }

    /// <summary>The memory, for a later sketch.</summary>
    internal float[] Buffer => _values;

    /// <summary>r.</summary>
    public int Probes { get; }

    /// <summary>The units, by their index in the site.</summary>
    public IReadOnlyList<int> Units { get; }

    /// <summary>True where the units are fewer than the probes.</summary>
    internal bool ByUnit => Units.Count < Probes;

    /// <summary>Keeps one column of Y; different ones may be set by several threads.</summary>
    /// <param name="probe">Which.</param>
    /// <param name="tangent">J omega, shape <c>[elements of the site]</c>.</param>
    public void Set(int probe, ReadOnlySpan<float> tangent)
    {
        if (ByUnit)
        {
            for (int u = 0; u < Units.Count; u++)
                _values[u * Probes + probe] = tangent[Units[u]];
        }
        else
        {
            var row = _values.AsSpan(probe * Units.Count, Units.Count);
            for (int u = 0; u < row.Length; u++)
                row[u] = tangent[Units[u]];
        }
    }

    /// <summary>One column of Y.</summary>
    internal float At(int probe, int unit) => ByUnit ? _values[unit * Probes + probe] : _values[probe * Units.Count + unit];

    /// <summary>Part of a row in the order kept.</summary>
    internal void Read(int row, int from, Span<double> values)
    {
        var source = _values.AsSpan(row * (ByUnit ? Probes : Units.Count) + from, values.Length);
        for (int i = 0; i < values.Length; i++)
            values[i] = source[i];
    }
}
