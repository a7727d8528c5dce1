using Apex.Models.Onnx.Graphs;
using Apex.Models.Onnx.Reading;
using Apex.Models.Onnx.Rewriting;
using Microsoft.ML.OnnxRuntime;

namespace Apex.Models.Onnx;

/// <summary>
/// The part of a network before the first perturbed site, computed once for a sample. Where every tensor that leaves it has the
/// batch in front, one row is computed and copied; otherwise it runs with all rows, which is right for any graph.
/// </summary>
internal sealed class OnnxPrefix : IDisposable
{
    private readonly OnnxModel _model;
    private readonly IReadOnlyList<ClassifierInput> _inputs;
    private readonly InferenceSession _session;
    private readonly int _rows;
    private readonly int _batch;
    private readonly string[] _names;

    private OnnxPrefix(
        OnnxModel model, IReadOnlyList<ClassifierInput> inputs, InferenceSession session, int rows, int batch, string[] names,
        (string, OnnxElementType, int[])[] tensors)
    {
        (_model, _inputs, _session, _rows, _batch, _names, Tensors) = (model, inputs, session, rows, batch, names, tensors);
    }

    /// <summary>What leaves the prefix, with the shape of all rows.</summary>
    public IReadOnlyList<(string Name, OnnxElementType Type, int[] Dims)> Tensors { get; }

    /// <summary>Opens the part before some sites, or null where there is nothing worth keeping.</summary>
    public static OnnxPrefix? Open(OnnxModel model, IReadOnlyList<ClassifierInput> inputs, int rows, IReadOnlyCollection<string> perturbed, bool fixedBatch)
    {
        // What another input alone leads to would have to be handed on as well.
        if (inputs.Count > 1)
            return null;
        var frontier = new OnnxRewriter(model, rows, inputs[0].Shape).Frontier(perturbed);
        if (frontier.Count == 0)
            return null;
        string[] names = [.. frontier];
        var whole = OpenSession(model, inputs, rows, names);
        var tensors = Shapes(model, whole, inputs, rows, names);
        if (fixedBatch || rows == 1)
            return new OnnxPrefix(model, inputs, whole, rows, rows, names, tensors);
        var single = OpenSession(model, inputs, 1, names);
        bool batchInFront = false;
        try
        {
            var alone = Shapes(model, single, inputs, 1, names);
            batchInFront = alone.Zip(tensors).All(p => p.First.Type == OnnxElementType.Float && p.First.Dims is [1, ..] &&
                p.Second.Dims.AsSpan().SequenceEqual([rows, .. p.First.Dims[1..]]));
        }
        catch (InvalidInputException)
        {
            // This graph does not run with one row; it does with all.
        }

        (batchInFront ? whole : single).Dispose();
        return new OnnxPrefix(model, inputs, batchInFront ? single : whole, rows, batchInFront ? 1 : rows, names, tensors);
    }

    /// <summary>True where one row is computed and copied.</summary>
    public bool CopiesRows => _batch == 1 && Tensors.All(t => t.Type == OnnxElementType.Float && t.Dims.Length > 0 && t.Dims[0] == _rows);

    /// <summary>Buffers for what leaves the prefix.</summary>
    /// <param name="blocked">Names of tensors to be handed on in the blocked layout; none unless <see cref="CopiesRows"/>.</param>
    public Result Allocate(IReadOnlySet<string> blocked) => new(this, blocked);

    public void Dispose() => _session.Dispose();

    private static InferenceSession OpenSession(OnnxModel model, IReadOnlyList<ClassifierInput> inputs, int batch, string[] names)
    {
        var rewriter = new OnnxRewriter(model, batch, inputs[0].Shape);
        rewriter.EndAt(names);
        return OnnxSession.Open(rewriter.ToBytes(), model, OnnxOptions.Of(model).Provider);
    }

    private static (string, OnnxElementType Type, int[] Dims)[] Shapes(
        OnnxModel model, InferenceSession session, IReadOnlyList<ClassifierInput> inputs, int batch, string[] names)
    {
        using var zeros = new OnnxFeed(inputs, batch);
        using (var results = Run(model, session, zeros, names))
        {
            return
            [
                .. results.Select(r => r.GetTensorTypeAndShape())
                    .Zip(names, (t, n) => (n, (OnnxElementType)(int)t.ElementDataType, t.Shape.Select(d => checked((int)d)).ToArray())),
            ];
        }
    }

    private static IDisposableReadOnlyCollection<OrtValue> Run(OnnxModel model, InferenceSession session, OnnxFeed feed, string[] names)
    {
        using var options = new RunOptions();
        return OnnxSession.Run(model, session, options, feed, names);
    }

    /// <summary>One worker's copy of what leaves the prefix, for one sample at a time.</summary>
    internal sealed class Result : IDisposable
    {
        private readonly OnnxPrefix _owner;
        private readonly float[][]? _rows;
        private readonly bool[] _blocked;
        private IDisposableReadOnlyCollection<OrtValue>? _computed;

        public Result(OnnxPrefix owner, IReadOnlySet<string> blocked)
        {
            _owner = owner;
            _blocked = [.. owner.Tensors.Select(t => blocked.Contains(t.Name))];
            if (!owner.CopiesRows)
                return;
            int[][] dims = [.. owner.Tensors.Select((t, i) => _blocked[i] ? [t.Dims[0], BlockedLayout.Padded(t.Dims[1]), .. t.Dims[2..]] : t.Dims)];
            _rows = [.. dims.Select(d => new float[d.Aggregate(1, (product, n) => checked(product * n))])];
            Values = [.. _rows.Zip(dims, (r, d) => OrtValue.CreateTensorValueFromMemory(r, [.. d.Select(n => (long)n)]))];
        }

        /// <summary>The tensors, in the order of <see cref="Tensors"/>; valid until the next <see cref="Set"/>.</summary>
        public IReadOnlyList<OrtValue> Values { get; private set; } = [];

        public void Set(in ModelSample sample)
        {
            using var feed = OnnxFeed.Tile(_owner._inputs, _owner._batch, sample);
            var computed = Run(_owner._model, _owner._session, feed, _owner._names);
            if (_rows is null)
            {
                _computed?.Dispose();
                _computed = computed;
                Values = [.. computed];
                return;
            }

            using (computed)
            {
                for (int i = 0; i < _rows.Length; i++)
                {
                    var one = computed[i].GetTensorDataAsSpan<float>();
                    var rows = _rows[i].AsSpan();
                    var first = rows[..(rows.Length / _owner.Tensors[i].Dims[0])];
                    if (_blocked[i])
                        BlockedLayout.Scatter(one, _owner.Tensors[i].Dims[1], BlockedLayout.Block, first);
                    else
                        one.CopyTo(first);
                    for (int at = first.Length; at < rows.Length; at += first.Length)
                        first.CopyTo(rows[at..]);
                }
            }
        }

        public void Dispose()
        {
            if (_rows is null)
                _computed?.Dispose();
            else
            {
                foreach (var value in Values)
                    value.Dispose();
            }
        }
    }
}
