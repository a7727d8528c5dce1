namespace Apex.Data;

/// <summary>Opens data sets. The content decides what a file is, never its name.</summary>
internal static class Dataset
{
    private const int HeadBytes = 512;

    /// <summary>The formats, in the order they are tried. A new one is a file of its own and a line here.</summary>
    private static readonly (Func<DatasetFile, bool> Is, Func<DatasetFile, DatasetOptions, IDataset> Open)[] Formats =
    [
        (IdxFormat.Is, IdxFormat.Open),
        (NpyFormat.Is, NpyFormat.Open),
        (NpzFormat.Is, NpzFormat.Open),
        (CifarFormat.Is, CifarFormat.Open),
        (CsvDataset.Is, CsvDataset.Open),
    ];

    /// <summary>Opens a data set.</summary>
    /// <param name="spec">A file, an image folder CLASS/FILE, or <c>FILE:KEY</c> for an array inside an NPZ.</param>
    /// <param name="options">What to use where the content leaves a choice.</param>
    /// <exception cref="InvalidInputException">It is missing, damaged, or of no known format.</exception>
    public static IDataset Open(string spec, DatasetOptions options = default)
    {
        if (Directory.Exists(spec))
            return Labelled(ImageFolderDataset.Open(spec), options);
        var file = DatasetFile.Open(spec, HeadBytes);
        foreach (var (isFormat, open) in Formats)
        {
            if (isFormat(file))
                return Labelled(file.Guarded(() => open(file, options)), options);
        }

        throw new InvalidInputException(
            $"{spec}: no known data format (it begins with {file.DescribeHead()}); supported: CIFAR-10/100 binary, IDX (gzipped or not), NPY, NPZ, " +
            "CSV of numbers, an image folder CLASS/FILE with PNG or JPEG");
    }

    private static IDataset Labelled(IDataset data, DatasetOptions options)
    {
        if (options.Inputs is { Count: > 1 } inputs && data is not NamedArraysDataset)
        {
            throw new InvalidInputException(
                $"{data.Spec}: gives one tensor a sample, but the model reads {inputs.Count} inputs ({string.Join(", ", inputs)}); " +
                "give an NPZ with an array of each name");
        }

        if (options.Labels is null)
            return InOrderOf(options.ClassNames, data);
        var labels = LabelSource.Read(options.Labels, options.ClassNames ?? data.ClassNames);
        if (labels.Values.Count != data.Count)
            throw new InvalidInputException($"{options.Labels}: {labels.Values.Count} labels for the {data.Count} samples of {data.Spec}");
        return new RelabelledDataset(data, labels, options.Labels);
    }

    /// <summary>The data with each class numbered as the model numbers it, by its name.</summary>
    private static IDataset InOrderOf(IReadOnlyList<string>? names, IDataset data)
    {
        if (names is null || data is not { Labels: { } labels, ClassNames: { } own })
            return data;
        if (ClassOrder.Find(names, own) is { } index)
        {
            bool same = Enumerable.Range(0, index.Length).All(i => index[i] == i);
            return same ? data : new RelabelledDataset(data, ([.. labels.Select(y => index[y])], names), null);
        }

        // A list beside the data (CIFAR's batches.meta.txt) may use other words for the same order; folders are all that there is.
        string what = data.Format == "folder" ? "class folder" : "class";
        if (data.Format != "folder" && !own.Where((n, i) => ClassOrder.IndexOf(names, n) is >= 0 and var at && at != i).Any())
            return data;
        string unknown = own.First(n => ClassOrder.IndexOf(names, n) < 0);
        throw new InvalidInputException(
            $"{data.Spec}: {what} '{unknown}' is no class of the model; the data has {ClassOrder.List(own)}, the model {ClassOrder.List(names)}");
    }
}
