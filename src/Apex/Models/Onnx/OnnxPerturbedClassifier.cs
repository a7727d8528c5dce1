using Apex.Models.Onnx.Graphs;
using Apex.Models.Onnx.Reading;
using Apex.Models.Onnx.Rewriting;
using Apex.Sites;
using Microsoft.ML.OnnxRuntime;

namespace Apex.Models.Onnx;

/// <inheritdoc cref="IPerturbedClassifier"/>
internal sealed class OnnxPerturbedClassifier : IPerturbedClassifier
{
    /// <summary>A larger model is not written out and read back to be optimised.</summary>
    private const long LargestOptimised = 1L << 30;

    private readonly OnnxModel _model;
    private readonly InferenceSession _session;
    private readonly OnnxPrefix? _prefix;
    private readonly IReadOnlyList<ClassifierInput> _inputs;
    private readonly int _classes;
    private readonly int _rows;
    private readonly int _noises;
    private readonly bool _isOptimised;
    private readonly Slot[] _slots;
    private readonly HashSet<string> _blockedInputs = [];
    private readonly string[] _inputNames;

    public OnnxPerturbedClassifier(
        OnnxModel model, IReadOnlyList<ClassifierInput> inputs, int classes, int rows, int noises, (Site Site, Placement Placement)[] sites, bool fixedBatch,
        PerturbationRoute route)
    {
        (_model, _inputs, _classes, _rows, _noises) = (model, inputs, classes, rows, noises);
        string[] tensors = [.. sites.Select(s => s.Placement.Tensor)];
        _prefix = route == PerturbationRoute.Plain ? null : OnnxPrefix.Open(model, inputs, rows, tensors, fixedBatch);
        var optimised = route == PerturbationRoute.Plain ? null : Optimise(sites);
        _isOptimised = optimised is not null;
        if (optimised is { } fast)
            (_session, _slots, _blockedInputs) = fast;
        else
        {
            var rewriter = Rewriter();
            foreach (var (site, placement) in sites)
                rewriter.Perturb(placement.Tensor, placement.Type, BatchFirst(placement), rows, noises, placement.BatchAxis, site.Index);
            _slots = [.. sites.Select(s => new Slot(s.Site, BatchFirst(s.Placement), false))];
            _session = OnnxSession.Open(rewriter.ToBytes(), model, OnnxOptions.Of(model).Provider);
        }

        _inputNames =
        [
            .. _prefix is null ? inputs.Select((_, i) => OnnxRewriter.InputNameOf(i)) : _prefix.Tensors.Select(t => t.Name),
            .. sites.Select(s => $"apex/noise/{s.Site.Index}"),
            .. sites.Select(s => $"apex/scale/{s.Site.Index}"),
            OnnxRewriter.ChoiceName,
        ];
    }

    /// <summary>
    /// What was built, for tests: the prefix's presence, whether the graph is ONNX Runtime's optimised one, and how many sites are in blocks.
    /// </summary>
    internal (bool HasPrefix, bool IsOptimised, int BlockedSites) Build => (_prefix is not null, _isOptimised, _slots.Count(s => s.Blocked));

    public IPerturbedPass CreatePass() => new Pass(this);

    public void Dispose()
    {
        _session.Dispose();
        _prefix?.Dispose();
    }

    /// <summary>The graph from where noise enters.</summary>
    private OnnxRewriter Rewriter()
    {
        var rewriter = new OnnxRewriter(_model, _rows, _inputs[0].Shape);
        if (_prefix is not null)
            rewriter.StartAt([.. _prefix.Tensors]);
        return rewriter;
    }

    /// <summary>The graph that keeps ONNX Runtime's fusions and layouts, where that can be had.</summary>
    private (InferenceSession Session, Slot[] Slots, HashSet<string> BlockedInputs)? Optimise((Site Site, Placement Placement)[] sites)
    {
        if (OnnxOptions.Of(_model).Provider != ExecutionProvider.Cpu || _model.HasExternalData || _model.Proto.CalculateSize() > LargestOptimised)
            return null;
        var rewriter = Rewriter();
        var marked = new List<OnnxOptimised.MarkedSite>();
        foreach (var (site, placement) in sites)
        {
            // The operators take float tensors whose elements come in the order of the noise.
            if (placement.Type == OnnxElementType.Float && placement.BatchAxis == 0 && placement.Rest.Length < 8)
            {
                rewriter.Mark(placement.Tensor, site.Index);
                marked.Add(new OnnxOptimised.MarkedSite(site.Index, BatchFirst(placement)));
            }
            else
                rewriter.Perturb(placement.Tensor, placement.Type, BatchFirst(placement), _rows, _noises, placement.BatchAxis, site.Index);
        }

        var carried = new List<(string, int)>();
        if (_prefix is { CopiesRows: true } && rewriter.HasConvolutions)
        {
            foreach (var (tensor, _, _) in _prefix.Tensors.Where(t => t.Dims.Length == 4))
            {
                rewriter.Carry(tensor, carried.Count);
                carried.Add((tensor, carried.Count));
            }
        }

        if (marked.Count == 0 || OnnxOptimised.Find(rewriter.ToBytes(), marked, _rows, _noises, carried) is not { } result)
            return null;
        try
        {
            return (
                OnnxSession.OpenOptimised(result.Model),
                [.. sites.Select(s => new Slot(s.Site, BatchFirst(s.Placement), result.BlockedSites.Contains(s.Site.Index)))],
                result.BlockedInputs);
        }
        catch (OnnxRuntimeException)
        {
            return null;
        }
    }

    private int[] BatchFirst(Placement placement) => [_rows * placement.RowsPerSample, .. placement.Rest];

    /// <summary>Where a site's noise goes.</summary>
    private sealed class Slot
    {
        public Slot(Site site, int[] shape, bool blocked)
        {
            (Elements, Blocked, Channels) = (site.Elements, blocked, blocked ? shape[1] : 0);
            Stride = blocked ? checked(BlockedLayout.Padded(shape[1]) * shape[2] * shape[3]) : site.Elements;
        }

        public int Elements { get; }

        public bool Blocked { get; }

        public int Channels { get; }

        /// <summary>Values of one noise, padding included.</summary>
        public int Stride { get; }
    }

    /// <summary>Buffers that ONNX Runtime reads and writes in place, so a run allocates nothing here.</summary>
    private sealed class Pass : IPerturbedPass
    {
        private readonly OnnxPerturbedClassifier _owner;
        private readonly RunOptions _run = new();
        private readonly OnnxPrefix.Result? _prefix;
        private readonly OnnxFeed? _feed;
        private readonly float[][] _noise;
        private readonly float[] _rowMajor;
        private readonly float[][] _scales;
        private readonly float[] _choice;
        private readonly float[] _logits;
        private readonly OrtValue[] _inputs;
        private readonly OrtValue[] _outputs;
        private readonly int _fed;
        private readonly string[] _outputNames = [OnnxRewriter.LogitsName];
        private (int Slot, int Noise) _pending = (-1, 0);

        public Pass(OnnxPerturbedClassifier owner)
        {
            _owner = owner;
            _prefix = owner._prefix?.Allocate(owner._blockedInputs);
            _fed = owner._prefix?.Tensors.Count ?? owner._inputs.Count;
            // Padding of the blocked layout stays zero.
            _noise = [.. owner._slots.Select(s => GC.AllocateArray<float>(checked(owner._noises * s.Stride), pinned: true))];
            _rowMajor = new float[owner._slots.Where(s => s.Blocked).Select(s => s.Elements).DefaultIfEmpty().Max()];
            _scales = [.. owner._slots.Select(_ => new float[owner._rows])];
            _choice = new float[owner._rows];
            _logits = new float[checked(owner._rows * owner._classes)];
            _inputs = new OrtValue[_fed + 2 * owner._slots.Length + 1];
            if (_prefix is null)
            {
                _feed = new OnnxFeed(owner._inputs, owner._rows);
                for (int i = 0; i < _fed; i++)
                    _inputs[i] = _feed.Values[i];
            }

            for (int i = 0; i < owner._slots.Length; i++)
            {
                _inputs[_fed + i] = OrtValue.CreateTensorValueFromMemory(_noise[i], [owner._noises, owner._slots[i].Stride]);
                _inputs[_fed + owner._slots.Length + i] = OrtValue.CreateTensorValueFromMemory(_scales[i], [owner._rows]);
            }

            _inputs[^1] = OrtValue.CreateTensorValueFromMemory(_choice, [owner._rows]);

            _outputs = [OrtValue.CreateTensorValueFromMemory(_logits, [owner._rows, owner._classes])];
        }

        public int Rows => _owner._rows;

        public int Noises => _owner._noises;

        public Span<float> Noise(int slot, int noise)
        {
            Commit();
            var place = _owner._slots[slot];
            if (!place.Blocked)
                return _noise[slot].AsSpan(noise * place.Stride, place.Elements);
            _pending = (slot, noise);
            return _rowMajor.AsSpan(0, place.Elements);
        }

        public void SetInput(in ModelSample sample)
        {
            if (_feed is not null)
            {
                _feed.Fill(sample);
                return;
            }

            _prefix!.Set(sample);
            for (int i = 0; i < _fed; i++)
                _inputs[i] = _prefix.Values[i];
        }

        public ReadOnlySpan<float> Run(ReadOnlySpan<float> scales, ReadOnlySpan<int> noises)
        {
            Commit();
            for (int i = 0; i < _scales.Length; i++)
                scales.Slice(i * Rows, Rows).CopyTo(_scales[i]);
            for (int row = 0; row < Rows; row++)
            {
                // The operators read memory by these numbers.
                ArgumentOutOfRangeException.ThrowIfNegative(noises[row]);
                ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(noises[row], Noises);
                _choice[row] = noises[row];
            }

            try
            {
                _owner._session.Run(_run, _owner._inputNames, _inputs, _outputNames, _outputs);
            }
            catch (OnnxRuntimeException error)
            {
                throw OnnxSession.Refused(_owner._model, error);
            }

            return _logits;
        }

        public void Dispose()
        {
            _prefix?.Dispose();
            _feed?.Dispose();
            foreach (var value in _inputs.Skip(_fed))
                value.Dispose();
            foreach (var value in _outputs)
                value.Dispose();
            _run.Dispose();
        }

        /// <summary>Moves the row that was written last into the layout of the network.</summary>
        private void Commit()
        {
            if (_pending.Slot < 0)
                return;
            var place = _owner._slots[_pending.Slot];
            var destination = _noise[_pending.Slot].AsSpan(_pending.Noise * place.Stride, place.Stride);
            BlockedLayout.Scatter(_rowMajor.AsSpan(0, place.Elements), place.Channels, BlockedLayout.Block, destination);
            _pending.Slot = -1;
        }
    }
}
