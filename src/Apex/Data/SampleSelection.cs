using System.Globalization;

namespace Apex.Data;

/// <summary>Which samples of a data set to use: indices and class first, then the first <see cref="Limit"/> of those.</summary>
public readonly record struct SampleSelection
{
    /// <summary>At most this many samples, at least 1. Default: all.</summary>
    public long? Limit { get; init; }

    /// <summary>Only samples labelled with this class, by name or index. Default: all classes.</summary>
    public string? OnlyClass { get; init; }

    /// <summary>Indices and ranges with a comma between, e.g. <c>0:100,250,300:400:2</c> (the end of a range is left out). Default: all.</summary>
    public string? Indices { get; init; }

    /// <summary>The ids of the chosen samples, ascending, each once.</summary>
    /// <param name="data">The source.</param>
    /// <param name="classNames">Names that <see cref="OnlyClass"/> may use.</param>
    /// <exception cref="InvalidInputException">Nothing is chosen, or something that does not exist.</exception>
    internal IReadOnlyList<long> Resolve(IDataset data, IReadOnlyList<string>? classNames = null)
    {
        if (Limit is < 1)
            throw new InvalidInputException($"`Limit` {Limit}: give at least 1");
        IEnumerable<long> ids = Indices is { } text ? Parse(text, data) : Range(data.Count);
        if (OnlyClass is { } wanted)
        {
            var labels = data.Labels ?? throw new InvalidInputException($"`OnlyClass` {wanted}: {data.Spec} has no labels; give them with `Labels`");
            int label = ClassIndex(wanted, classNames ?? data.ClassNames);
            ids = ids.Where(id => labels[checked((int)id)] == label);
        }

        long[] chosen = [.. ids.Take(Limit is { } limit ? (int)Math.Min(limit, int.MaxValue) : int.MaxValue)];
        return chosen.Length > 0 ? chosen : throw new InvalidInputException($"{data.Spec}: no sample is left after `OnlyClass`, `Indices` and `Limit`");
    }

    private static IEnumerable<long> Range(long count)
    {
        for (long i = 0; i < count; i++)
            yield return i;
    }

    private static SortedSet<long> Parse(string text, IDataset data)
    {
        var ids = new SortedSet<long>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            long[] numbers = [.. part.Split(':').Select(n => long.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
                ? value
                : throw new InvalidInputException($"`Indices` {text}: '{part}' is no index or range; give e.g. 0:100,250,300:400:2"))];
            var (from, to, step) = numbers switch
            {
                [var one] => (one, one + 1, 1L),
                [var a, var b] => (a, b, 1L),
                [var a, var b, var c] when c > 0 => (a, b, c),
                _ => throw new InvalidInputException($"`Indices` {text}: '{part}' is no index or range; give e.g. 0:100,250,300:400:2"),
            };
            if (to > data.Count || from >= to)
                throw new InvalidInputException(
                    $"`Indices` {text}: '{part}' does not lie within the {data.Count} samples of {data.Spec} (0 to {data.Count - 1})");
            for (long id = from; id < to; id += step)
                ids.Add(id);
        }

        return ids;
    }

    private static int ClassIndex(string wanted, IReadOnlyList<string>? names)
    {
        for (int c = 0; names is not null && c < names.Count; c++)
        {
            if (names[c] == wanted)
                return c;
        }

        return int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && (names is null || index < names.Count)
            ? index
            : throw new InvalidInputException(
                $"`OnlyClass` {wanted}: no such class{(names is null ? "; give its index" : $"; the classes are {string.Join(", ", names.Take(12))}")}");
    }
}
