using Apex.Models;
using Apex.Sites;
using static TorchSharp.torch;

namespace Apex.Torch;

/// <inheritdoc cref="IPerturbedClassifier"/>
/// <param name="classifier">The network.</param>
/// <param name="slots">The perturbed sites, each with the call whose output it is; -1 for the input.</param>
/// <param name="rows">Batch rows of a pass.</param>
/// <param name="noises">Noises that a pass holds for each site.</param>
internal sealed class TorchPerturbedClassifier(TorchClassifier classifier, (Site Site, int Call)[] slots, int rows, int noises) : IPerturbedClassifier
{
    public IPerturbedPass CreatePass() => new Pass(classifier, slots, rows, noises);

    /// <summary>Nothing is held beside the passes.</summary>
    public void Dispose() { }

    private sealed class Pass : IPerturbedPass
    {
        private readonly TorchClassifier _classifier;
        private readonly Dictionary<int, int> _slotOfCall;
        private readonly Tensor[] _noise;
        private readonly float[] _logits;
        private Tensor? _input;

        public Pass(TorchClassifier classifier, (Site Site, int Call)[] slots, int rows, int noises)
        {
            (_classifier, Rows, Noises) = (classifier, rows, noises);
            _slotOfCall = slots.Index().ToDictionary(s => s.Item.Call, s => s.Index);
            // The pass outlives whatever scope it is opened in.
            _noise = [.. slots.Select(s => zeros([noises, s.Site.Elements], float32).DetachFromDisposeScope())];
            _logits = new float[checked(rows * classifier.Classes)];
        }

        public int Rows { get; }

        public int Noises { get; }

        public Span<float> Noise(int slot, int noise)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(noise);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(noise, Noises);
            int elements = (int)_noise[slot].shape[1];
            return _noise[slot].Memory().Slice(checked(noise * elements), elements);
        }

        public void SetInput(in ModelSample sample)
        {
            _input?.Dispose();
            _input = _classifier.Tile(sample, Rows).DetachFromDisposeScope();
        }

        public ReadOnlySpan<float> Run(ReadOnlySpan<float> scales, ReadOnlySpan<int> noises)
        {
            if (_input is null)
                throw new InvalidOperationException("the pass has no input yet");
            using var scope = NewDisposeScope();
            using var none = no_grad();
            var device = _input.device;
            var choice = new long[Rows];
            for (int row = 0; row < Rows; row++)
            {
                ArgumentOutOfRangeException.ThrowIfNegative(noises[row]);
                ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(noises[row], Noises);
                choice[row] = noises[row];
            }

            var chosen = tensor(choice).to(device);
            var factors = tensor(scales[..(_noise.Length * Rows)].ToArray(), [_noise.Length, Rows, 1]).to(device);
            Tensor Scaled(int slot) => _noise[slot].to(device).index_select(0, chosen) * factors[slot];

            var x = _slotOfCall.TryGetValue(-1, out int input) ? _input.Plus(Scaled(input).reshape(_input.shape)) : _input.clone();
            var logits = _classifier.Run(x, (at, call, output) => _slotOfCall.TryGetValue(at, out int slot) ? call.Add(output, Scaled(slot)) : output);
            logits.Floats().CopyTo(_logits, 0);
            return _logits;
        }

        public void Dispose()
        {
            _input?.Dispose();
            foreach (var noise in _noise)
                noise.Dispose();
        }
    }
}
