using Apex.Sites;
using Microsoft.ML.OnnxRuntime;

namespace Apex.Models.Onnx;

/// <inheritdoc cref="IPerturbedClassifier"/>
internal sealed class OnnxPerturbedClassifier : IPerturbedClassifier
{
    private readonly OnnxModel _model;
    private readonly InferenceSession _session;
    private readonly ClassifierInput _input;
    private readonly int _classes;
    private readonly int _rows;
    private readonly (Site Site, OnnxClassifier.Placement Placement)[] _sites;
    private readonly string[] _inputNames;

    public OnnxPerturbedClassifier(OnnxModel model, ClassifierInput input, int classes, int rows, (Site Site, OnnxClassifier.Placement Placement)[] sites)
    {
        (_model, _input, _classes, _rows, _sites) = (model, input, classes, rows, sites);
        var rewriter = new OnnxRewriter(model, rows, input.Shape);
        var names = sites.Select(s => rewriter.Perturb(s.Placement.Tensor, s.Placement.Type, NoiseShape(s.Placement), s.Placement.BatchAxis, s.Site.Index)).ToList();
        _inputNames = [OnnxRewriter.InputName, .. names.Select(n => n.Noise), .. names.Select(n => n.Scale)];
        _session = OnnxSession.Open(rewriter.ToBytes(), model, model.Options.Provider);
    }

    public IPerturbedPass CreatePass() => new Pass(this);

    public void Dispose() => _session.Dispose();

    private int[] NoiseShape(OnnxClassifier.Placement placement) => [_rows * placement.RowsPerSample, .. placement.Rest];

    /// <summary>Buffers that ONNX Runtime reads and writes in place, so a run allocates nothing here.</summary>
    private sealed class Pass : IPerturbedPass
    {
        private readonly OnnxPerturbedClassifier _owner;
        private readonly RunOptions _run = new();
        private readonly float[] _inputFloats;
        private readonly long[] _inputTokens;
        private readonly float[][] _noise;
        private readonly float[][] _scales;
        private readonly float[] _logits;
        private readonly OrtValue[] _inputs;
        private readonly OrtValue[] _outputs;
        private readonly string[] _outputNames = [OnnxRewriter.LogitsName];

        public Pass(OnnxPerturbedClassifier owner)
        {
            _owner = owner;
            var (input, floats, tokens) = OnnxInput.Allocate(owner._input, owner._rows);
            (_inputFloats, _inputTokens) = (floats, tokens);
            _noise = [.. owner._sites.Select(s => GC.AllocateUninitializedArray<float>(checked(owner._rows * s.Site.Elements), pinned: true))];
            _scales = [.. owner._sites.Select(_ => new float[1])];
            _logits = new float[checked(owner._rows * owner._classes)];
            _inputs =
            [
                input,
                .. owner._sites.Select((s, i) => OrtValue.CreateTensorValueFromMemory(_noise[i], [.. owner.NoiseShape(s.Placement).Select(d => (long)d)])),
                .. _scales.Select(s => OrtValue.CreateTensorValueFromMemory(s, [])),
            ];
            _outputs = [OrtValue.CreateTensorValueFromMemory(_logits, [owner._rows, owner._classes])];
        }

        public int Rows => _owner._rows;

        public Span<float> Noise(int slot, int row)
        {
            int elements = _owner._sites[slot].Site.Elements;
            return _noise[slot].AsSpan(row * elements, elements);
        }

        public void SetInput(in ModelSample sample) => OnnxInput.Fill(_owner._input, Rows, sample, _inputFloats, _inputTokens);

        public ReadOnlySpan<float> Run(ReadOnlySpan<float> scales)
        {
            for (int i = 0; i < _scales.Length; i++)
                _scales[i][0] = scales[i];
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
            foreach (var value in _inputs)
                value.Dispose();
            foreach (var value in _outputs)
                value.Dispose();
            _run.Dispose();
        }
    }
}
