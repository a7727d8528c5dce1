using System.Globalization;

namespace Apex.Data;

/// <summary>Labels that are kept apart from their samples.</summary>
internal static class LabelSource
{
    private const int HeadBytes = 512;
    private const long LargestText = 1L << 30;

    public static (IReadOnlyList<int> Values, IReadOnlyList<string>? Names) Read(string spec, IReadOnlyList<string>? classNames)
    {
        var file = DatasetFile.Open(spec, HeadBytes);
        return file.Guarded<(IReadOnlyList<int>, IReadOnlyList<string>?)>(() =>
        {
            if (IdxFormat.Is(file))
                return (Checked(file, IdxFormat.Labels(file)), null);
            if (NpzFormat.Is(file))
                return (Checked(file, NpzFormat.Labels(file)), null);
            if (NpyFormat.Is(file))
            {
                using var stream = file.OpenContent();
                return (Checked(file, ReadNpy(file, stream)), null);
            }

            return Text(file, classNames);
        });
    }

    /// <summary>An NPY array of integers with one axis.</summary>
    public static int[] ReadNpy(DatasetFile file, Stream stream)
    {
        var header = NpyFormat.ReadHeader(file, stream);
        if (header.Shape.Length != 1 || !header.Type.IsInteger)
            throw file.Bad($"its array of {header.Type.Name} [{string.Join(", ", header.Shape)}] holds no labels; one integer a sample was expected");
        return [.. NpyFormat.ReadVector(file, stream, header, "labels").Select(value => checked((int)value))];
    }

    public static IReadOnlyList<int> Checked(DatasetFile file, IReadOnlyList<int> labels)
    {
        for (int i = 0; i < labels.Count; i++)
        {
            if (labels[i] < 0)
                throw file.Bad($"label {i} is {labels[i]}; labels are class indices from 0");
        }

        return labels;
    }

    /// <summary>Class indices from words: integers as they are, names by a given order or else sorted.</summary>
    public static (IReadOnlyList<int> Values, IReadOnlyList<string>? Names) FromWords(DatasetFile file, IReadOnlyList<string> words, IReadOnlyList<string>? classNames)
    {
        if (words.All(w => int.TryParse(w, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)))
            return (Checked(file, [.. words.Select(w => int.Parse(w, CultureInfo.InvariantCulture))]), null);
        IReadOnlyList<string> names = classNames ?? [.. words.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var index = names.Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i, StringComparer.Ordinal);
        string? unknown = words.FirstOrDefault(w => !index.ContainsKey(w));
        return unknown is null
            ? ([.. words.Select(w => index[w])], names)
            : throw file.Bad($"label '{unknown}' is no class; the classes are {string.Join(", ", names.Take(12))}{(names.Count > 12 ? ", ..." : "")}");
    }

    private static (IReadOnlyList<int> Values, IReadOnlyList<string>? Names) Text(DatasetFile file, IReadOnlyList<string>? classNames)
    {
        if (file.Head.Contains((byte)0) || file.Length > LargestText)
            throw file.Bad($"holds no labels (it begins with {file.DescribeHead()}); IDX, NPY, NPZ:KEY, or text with one label a line were expected");
        using var reader = new StreamReader(file.OpenContent());
        var words = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            string word = line.Trim().Trim('"');
            // A column exported with its heading.
            if (words.Count == 0 && word is ("label" or "labels" or "class" or "target" or "y"))
                continue;
            if (word.Length > 0)
                words.Add(string.Intern(word));
        }

        return words.Count > 0 ? FromWords(file, words, classNames) : throw file.Bad("holds no labels");
    }
}
