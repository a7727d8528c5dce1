using System.Buffers;
using Apex.Facts;
using Parquet;
using Parquet.Schema;

namespace Apex.Observations;

/// <summary>The samples and observations of one part, column by column, as they lie in its two files. Memory is little more than their bytes.</summary>
/// <param name="sigmas">Noise levels.</param>
/// <param name="classes">C.</param>
/// <param name="draws">N.</param>
/// <param name="samples">Samples to make room for, at least 1; more find room too.</param>
/// <param name="gradients">Sites whose squared gradients are kept; 0 for none.</param>
internal sealed class PartColumns(IReadOnlyList<double> sigmas, int classes, int draws, int samples, int gradients)
{
    private const int PooledBytes = 1 << 24;
    private const string Gradients = "squared_gradients";

    private readonly ParquetSchema _sampleSchema = new(
    [
        new DataField<long>("sample_id"), new DataField<int?>("label"), new DataField<int?>("clean_prediction"), new DataField<float>("clean_margin"),
        List<float>("clean_logits"), List<int>("first_escape_class"), List<int>("first_escape_sigma"),
        .. gradients > 0 ? (Field[])[List<float>(Gradients)] : [],
    ]);

    private static readonly ParquetSchema _observationSchema = new(
        new DataField<long>("sample_id"), new DataField<int>("sigma_index"), new DataField<double>("sigma"), List<int>("counts"), List<float>("mean_softmax"),
        new DataField<float>("margin_mean"), new DataField<float>("margin_variance"), new DataField<int>("non_finite"));

    /// <summary>What every Parquet reader since 2020 reads; packing takes no longer than the library's default and saves a quarter of the space.</summary>
    private static readonly ParquetOptions _packing = Packing();

    private readonly ArrayBufferWriter<long> _ids = new(samples);
    private readonly ArrayBufferWriter<int?> _labels = new(samples), _predictions = new(samples);
    private readonly ArrayBufferWriter<float> _margins = new(samples), _logits = new(samples * classes), _gradients = new(Math.Max(1, samples * gradients));
    private readonly ArrayBufferWriter<int> _escapeClasses = new(samples * draws), _escapeSigmas = new(samples * draws);
    private readonly ArrayBufferWriter<int> _counts = new(samples * sigmas.Count * classes), _nonFinite = new(samples * sigmas.Count);
    private readonly ArrayBufferWriter<float> _softmax = new(samples * sigmas.Count * classes);
    private readonly ArrayBufferWriter<float> _means = new(samples * sigmas.Count), _variances = new(samples * sigmas.Count);

    /// <summary>Room for a part of a run.</summary>
    public static PartColumns Of(RunInfo info) => new(
        info.Plan.Sigmas, info.Model.Classes.Count, info.Plan.Draws,
        (int)Math.Clamp(Math.Min(info.PartSamples, info.Wanted), 1, RunLayout.PartSamplesFor(info.Plan, info.Model.Classes.Count)),
        info.FirstOrderSites?.Count ?? 0);

    /// <summary>Samples held.</summary>
    public int Count => _ids.WrittenCount;

    /// <summary>Adds a sample.</summary>
    /// <exception cref="ArgumentException">It has other numbers of classes, sigmas or draws.</exception>
    public void Add(SampleObservation sample)
    {
        bool fits = sample.CleanLogits.Length == classes && sample.FirstEscapeClass.Length == draws && sample.FirstEscapeSigma.Length == draws
            && sample.Sigmas.Length == sigmas.Count && (sample.SquaredGradients?.Length ?? 0) == gradients
            && sample.Sigmas.All(s => s.Counts.Length == classes && s.MeanSoftmax.Length == classes);
        if (!fits)
            throw new ArgumentException(
                $"sample {sample.SampleId} is not one of {classes} classes, {sigmas.Count} sigmas, {draws} draws and {gradients} gradients");
        _ids.Write([sample.SampleId]);
        _labels.Write([sample.Label]);
        _predictions.Write([sample.CleanPrediction]);
        _margins.Write([sample.CleanMargin]);
        _logits.Write(sample.CleanLogits);
        _gradients.Write(sample.SquaredGradients ?? []);
        _escapeClasses.Write(sample.FirstEscapeClass);
        _escapeSigmas.Write(sample.FirstEscapeSigma);
        foreach (var at in sample.Sigmas)
        {
            _counts.Write(at.Counts);
            _softmax.Write(at.MeanSoftmax);
            _means.Write([at.MarginMean]);
            _variances.Write([at.MarginVariance]);
            _nonFinite.Write([at.NonFinite]);
        }
    }

    /// <summary>One of the samples held.</summary>
    public SampleObservation this[int sample] => new()
    {
        SampleId = _ids.WrittenSpan[sample],
        Label = _labels.WrittenSpan[sample],
        CleanPrediction = _predictions.WrittenSpan[sample],
        CleanMargin = _margins.WrittenSpan[sample],
        CleanLogits = [.. _logits.WrittenSpan.Slice(sample * classes, classes)],
        SquaredGradients = gradients > 0 ? [.. _gradients.WrittenSpan.Slice(sample * gradients, gradients)] : null,
        FirstEscapeClass = [.. _escapeClasses.WrittenSpan.Slice(sample * draws, draws)],
        FirstEscapeSigma = [.. _escapeSigmas.WrittenSpan.Slice(sample * draws, draws)],
        Sigmas = [.. Enumerable.Range(sample * sigmas.Count, sigmas.Count).Select(row => new SigmaObservation
        {
            Counts = [.. _counts.WrittenSpan.Slice(row * classes, classes)],
            MeanSoftmax = [.. _softmax.WrittenSpan.Slice(row * classes, classes)],
            MarginMean = _means.WrittenSpan[row],
            MarginVariance = _variances.WrittenSpan[row],
            NonFinite = _nonFinite.WrittenSpan[row],
        })],
    };

    /// <summary>Forgets all samples, and keeps the memory for others.</summary>
    public void Clear()
    {
        _ids.ResetWrittenCount();
        _labels.ResetWrittenCount();
        _predictions.ResetWrittenCount();
        foreach (var column in (ArrayBufferWriter<float>[])[_margins, _logits, _gradients, _softmax, _means, _variances])
            column.ResetWrittenCount();
        foreach (var column in (ArrayBufferWriter<int>[])[_escapeClasses, _escapeSigmas, _counts, _nonFinite])
            column.ResetWrittenCount();
    }

    /// <summary>Writes <c>samples/part-*.parquet</c>.</summary>
    public async Task WriteSamplesAsync(Stream stream)
    {
        await using var writer = await ParquetWriter.CreateAsync(_sampleSchema, stream, _packing);
        using var rows = writer.CreateRowGroup();
        var fields = _sampleSchema.GetDataFields();
        await rows.WriteAsync(fields[0], _ids.WrittenMemory);
        await rows.WriteAsync(fields[1], _labels.WrittenMemory);
        await rows.WriteAsync(fields[2], _predictions.WrittenMemory);
        await rows.WriteAsync(fields[3], _margins.WrittenMemory);
        await WriteListsAsync(rows, fields[4], _logits.WrittenMemory, classes);
        await WriteListsAsync(rows, fields[5], _escapeClasses.WrittenMemory, draws);
        await WriteListsAsync(rows, fields[6], _escapeSigmas.WrittenMemory, draws);
        if (gradients > 0)
            await WriteListsAsync(rows, fields[7], _gradients.WrittenMemory, gradients);
    }

    /// <summary>Writes <c>observations/part-*.parquet</c>.</summary>
    public async Task WriteObservationsAsync(Stream stream)
    {
        await using var writer = await ParquetWriter.CreateAsync(_observationSchema, stream, _packing);
        using var rows = writer.CreateRowGroup();
        var fields = _observationSchema.GetDataFields();
        int count = Count * sigmas.Count;
        await rows.WriteAsync<long>(fields[0], Each(count, row => _ids.WrittenSpan[row / sigmas.Count]));
        await rows.WriteAsync<int>(fields[1], Each(count, row => row % sigmas.Count));
        await rows.WriteAsync<double>(fields[2], Each(count, row => sigmas[row % sigmas.Count]));
        await WriteListsAsync(rows, fields[3], _counts.WrittenMemory, classes);
        await WriteListsAsync(rows, fields[4], _softmax.WrittenMemory, classes);
        await rows.WriteAsync(fields[5], _means.WrittenMemory);
        await rows.WriteAsync(fields[6], _variances.WrittenMemory);
        await rows.WriteAsync(fields[7], _nonFinite.WrittenMemory);
    }

    /// <summary>Reads <c>samples/part-*.parquet</c> in place of what is held.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="count">Samples of it that count.</param>
    /// <param name="mayHoldMore">Whether there may be more in it.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidDataException">It does not hold so many samples.</exception>
    public async Task ReadSamplesAsync(Stream stream, int count, bool mayHoldMore, CancellationToken cancellationToken)
    {
        Clear();
        await using var reader = await ParquetReader.CreateAsync(stream, _packing, cancellationToken: cancellationToken);
        var table = new Table(reader, count, mayHoldMore, cancellationToken);
        await table.ReadAsync("sample_id", _ids);
        await table.ReadNullableAsync("label", _labels);
        await table.ReadNullableAsync("clean_prediction", _predictions);
        await table.ReadAsync("clean_margin", _margins);
        await table.ReadListsAsync("clean_logits", _logits, classes);
        await table.ReadListsAsync("first_escape_class", _escapeClasses, draws);
        await table.ReadListsAsync("first_escape_sigma", _escapeSigmas, draws);
        if (gradients > 0)
            await table.ReadListsAsync(Gradients, _gradients, gradients);
    }

    /// <summary>Reads <c>observations/part-*.parquet</c> of the samples that were just read.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="mayHoldMore">Whether there may be more in it.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidDataException">It does not hold the observations of those samples.</exception>
    public async Task ReadObservationsAsync(Stream stream, bool mayHoldMore, CancellationToken cancellationToken)
    {
        await using var reader = await ParquetReader.CreateAsync(stream, _packing, cancellationToken: cancellationToken);
        var table = new Table(reader, Count * sigmas.Count, mayHoldMore, cancellationToken);
        var owners = new ArrayBufferWriter<long>();
        await table.ReadAsync("sample_id", owners);
        for (int row = 0; row < owners.WrittenCount; row++)
        {
            if (owners.WrittenSpan[row] != _ids.WrittenSpan[row / sigmas.Count])
                throw new InvalidDataException($"the observations of sample {_ids.WrittenSpan[row / sigmas.Count]} are not where they should be");
        }

        await table.ReadListsAsync("counts", _counts, classes);
        await table.ReadListsAsync("mean_softmax", _softmax, classes);
        await table.ReadAsync("margin_mean", _means);
        await table.ReadAsync("margin_variance", _variances);
        await table.ReadAsync("non_finite", _nonFinite);
    }

    private static ListField List<T>(string name) where T : struct => new(name, new DataField<T>("element"));

    private static ParquetOptions Packing()
    {
        var options = new ParquetOptions
        {
            CompressionMethod = CompressionMethod.Zstd,
            CompressionLevel = System.IO.Compression.CompressionLevel.Fastest,
            MaximumSmallPoolFreeBytes = PooledBytes,
            MaximumLargePoolFreeBytes = PooledBytes,
        };
        options.ColumnEncodingHints["mean_softmax/list/element"] = EncodingHint.ByteSplitStream;
        options.ColumnEncodingHints["clean_logits/list/element"] = EncodingHint.ByteSplitStream;
        return options;
    }

    private static T[] Each<T>(int count, Func<int, T> value)
    {
        var values = new T[count];
        for (int i = 0; i < count; i++)
            values[i] = value(i);
        return values;
    }

    /// <summary>Writes a column of lists of one length.</summary>
    private static async Task WriteListsAsync<T>(ParquetRowGroupWriter rows, DataField field, ReadOnlyMemory<T> values, int length) where T : struct
    {
        // Parquet says of each value whether it is there and whether it begins a list.
        int[] isThere = ArrayPool<int>.Shared.Rent(values.Length), begins = ArrayPool<int>.Shared.Rent(values.Length);
        isThere.AsSpan(0, values.Length).Fill(field.MaxDefinitionLevel);
        begins.AsSpan(0, values.Length).Fill(field.MaxRepetitionLevel);
        for (int i = 0; i < values.Length; i += length)
            begins[i] = 0;
        await rows.WriteAllPartsAsync(field, values, isThere.AsMemory(0, values.Length), begins.AsMemory(0, values.Length), CancellationToken.None);
        ArrayPool<int>.Shared.Return(isThere);
        ArrayPool<int>.Shared.Return(begins);
    }

    /// <summary>One of the two files.</summary>
    private sealed class Table(ParquetReader reader, int rows, bool mayHoldMore, CancellationToken cancellationToken)
    {
        private readonly DataField[] _fields = reader.Schema.GetDataFields();

        public Task ReadAsync<T>(string name, ArrayBufferWriter<T> column) where T : struct => ReadAsync(name, name, column, 1);

        public Task ReadListsAsync<T>(string name, ArrayBufferWriter<T> column, int length) where T : struct =>
            ReadAsync(name, name + "/list/element", column, length);

        public async Task ReadNullableAsync(string name, ArrayBufferWriter<int?> column)
        {
            var field = Field(name);
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                using var of = reader.OpenRowGroupReader(group);
                int count = checked((int)of.RowCount);
                await of.ReadAsync<int>(field, column.GetMemory(count)[..count], null, cancellationToken);
                column.Advance(count);
            }

            Trim(column, 1);
        }

        private async Task ReadAsync<T>(string name, string path, ArrayBufferWriter<T> column, int length) where T : struct
        {
            var field = Field(path);
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                using var of = reader.OpenRowGroupReader(group);
                int count = checked((int)(of.GetMetadata(field)?.MetaData?.NumValues ?? -1));
                if (!mayHoldMore && of.RowCount > rows)
                    throw new InvalidDataException($"it has {of.RowCount} rows where run.json says {rows}");
                if (count != of.RowCount * length)
                    throw new InvalidDataException($"column {name} holds {count} values in {of.RowCount} rows where {length} in each were expected");
                int[] isThere = ArrayPool<int>.Shared.Rent(count), begins = ArrayPool<int>.Shared.Rent(count);
                await of.ReadRawAsync(
                    field, column.GetMemory(Math.Max(1, count))[..count],
                    Levels(isThere, field.MaxDefinitionLevel, count), Levels(begins, field.MaxRepetitionLevel, count), cancellationToken);
                column.Advance(count);
                for (int i = 0; i < count; i++)
                {
                    if ((field.MaxDefinitionLevel > 0 && isThere[i] != field.MaxDefinitionLevel)
                        || (field.MaxRepetitionLevel > 0 && begins[i] == 0 != (i % length == 0)))
                        throw new InvalidDataException($"column {name} has lists of other lengths than {length}");
                }

                ArrayPool<int>.Shared.Return(isThere);
                ArrayPool<int>.Shared.Return(begins);
            }

            Trim(column, length);
        }

        private static Memory<int>? Levels(int[] levels, int largest, int count) => largest > 0 ? levels.AsMemory(0, count) : (Memory<int>?)null;

        private DataField Field(string path) =>
            _fields.FirstOrDefault(f => f.Path.ToString() == path) ?? throw new InvalidDataException($"it has no column {path}");

        private void Trim<T>(ArrayBufferWriter<T> column, int length)
        {
            int have = column.WrittenCount / length;
            if (have < rows || (have > rows && !mayHoldMore))
                throw new InvalidDataException($"it has {have} rows where run.json says {rows}");
            if (have == rows)
                return;
            var kept = column.WrittenSpan[..(rows * length)].ToArray();
            column.ResetWrittenCount();
            column.Write(kept);
        }
    }
}
