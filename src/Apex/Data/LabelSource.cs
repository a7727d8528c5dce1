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

    /// <summary>An NPY array of whole numbers with one axis, or with further ones of one element.</summary>
    public static int[] ReadNpy(DatasetFile file, Stream stream)
    {
        var header = NpyFormat.ReadHeader(file, stream);
        if (!HoldsOneEach(header))
            throw file.Bad($"its array of {header.Type.Name} [{string.Join(", ", header.Shape)}] holds no labels; one whole number a sample was expected");
        return [.. NpyFormat.ReadVector(file, stream, header, "labels").Select((value, i) => Index(file, value, i))];
    }

    /// <summary>Whether an array has one number a sample: [samples], or [samples, 1] as data frames give it.</summary>
    public static bool HoldsOneEach(NpyHeader header) => header.Shape.Length >= 1 && header.Shape.Skip(1).All(d => d == 1);

    private static int Index(DatasetFile file, double value, int at) => value == Math.Floor(value) && Math.Abs(value) <= int.MaxValue
        ? (int)value
        : throw file.Bad(string.Create(CultureInfo.InvariantCulture, $"label {at} is {value}; labels are class indices, whole numbers from 0"));

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
    public static (IReadOnlyList<int> Values, IReadOnlyList<string>? Names) FromWords(
        DatasetFile file, IReadOnlyList<string> words, IReadOnlyList<string>? classNames)
    {
        string[] given = ClassOrder.Sorted(words.Distinct(StringComparer.Ordinal));
        // Classes may be called by numbers: then a number that is a name is one.
        bool areNames = classNames is not null && given.All(w => classNames.Contains(w, StringComparer.Ordinal));
        if (!areNames && given.All(w => Whole(w) is not null))
            return (Checked(file, [.. words.Select(w => Whole(w)!.Value)]), null);
        if (!areNames && given.All(w => double.TryParse(w, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
            throw file.Bad(
                $"label '{given.First(w => Whole(w) is null)}' is no class; " +
                "labels are class indices, whole numbers from 0, or words (another column: `LabelColumn`)");
        IReadOnlyList<string> names = classNames ?? given;
        var index = given.ToDictionary(w => w, w => ClassOrder.IndexOf(names, w), StringComparer.Ordinal);
        string? unknown = given.FirstOrDefault(w => index[w] < 0);
        return unknown is null
            ? ([.. words.Select(w => index[w])], names)
            : throw file.Bad($"label '{unknown}' is no class of the model; the labels are {ClassOrder.List(given)}, the classes {ClassOrder.List(names)}");
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

    /// <summary>A whole number as integers and data frames write it: <c>3</c>, <c>3.0</c>; null for anything else.</summary>
    private static int? Whole(string word)
    {
        if (int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value))
            return value;
        bool isWhole = double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue;
        return isWhole ? (int)number : null;
    }
}
