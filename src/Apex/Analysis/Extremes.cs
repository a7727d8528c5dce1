namespace Apex.Analysis;

/// <summary>The first few of a stream in some order, in memory that does not grow with the stream.</summary>
/// <typeparam name="T">What is ordered.</typeparam>
/// <param name="count">How many to keep.</param>
/// <param name="order">The order; what it calls equal counts as the same.</param>
internal sealed class Extremes<T>(int count, IComparer<T> order)
{
    private readonly SortedSet<T> _kept = new(order);

    public void Add(T item)
    {
        _kept.Add(item);
        if (_kept.Count > count)
            _kept.Remove(_kept.Max!);
    }

    /// <summary>In order.</summary>
    public IReadOnlyList<T> ToList() => [.. _kept];
}
