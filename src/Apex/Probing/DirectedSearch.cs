using System.Numerics.Tensors;
using Apex.Models;

namespace Apex.Probing;

/// <summary>
/// The worst noise that all inputs share (docs/method.md, section 7): for a class t the delta of bounded size that leads the most inputs to t, found by
/// projected gradient ascent on the mean of min(1, margin of t / S). Random noise finds only directions that are wide; a backdoor may be a narrow one.
/// </summary>
internal sealed class DirectedSearch : IDisposable
{
    /// <summary>Weight of the earlier steps in the next one.</summary>
    private const float Momentum = 0.8f;

    /// <summary>Length of a step, as a share of the largest length, or of the range of pixels in a window.</summary>
    private const float BallStep = 0.08f, WindowStep = 0.1f;

    private const int MostRows = 64;

    private readonly ClassifierInput _input;
    private readonly PixelBox _box;
    private readonly bool _isClipped;
    private readonly IGradientPass _pass;
    private readonly IReadOnlyList<ModelSample> _inputs, _others;
    private readonly int[] _otherPredictions;
    private readonly int _threads;

    /// <summary>Opens the gradients of a network at its input.</summary>
    /// <param name="classifier">The network; it must outlive this.</param>
    /// <param name="box">What its input can be.</param>
    /// <param name="isClipped">Whether inputs and delta together stay in the box; not where the inputs themselves lie outside.</param>
    /// <param name="inputs">Preprocessed inputs that the delta is found on, at least two.</param>
    /// <param name="others">Inputs that it is judged on; at least one.</param>
    /// <param name="threads">Worker threads; 0 for one for each core. Results do not depend on it.</param>
    /// <exception cref="InvalidInputException">The network has no gradients by its input, or its logits are not finite or all the same.</exception>
    public DirectedSearch(
        IDifferentiableClassifier classifier, PixelBox box, bool isClipped, IReadOnlyList<ModelSample> inputs, IReadOnlyList<ModelSample> others,
        int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs.Count, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(others.Count, 1);
        (_input, _box, _isClipped, _inputs, _others, _threads) = (classifier.Input, box, isClipped && box.IsBounded, inputs, others, threads);
        var input = classifier.Sites.FirstOrDefault(s => s.IsInput)
            ?? throw new InvalidInputException($"{classifier.Name}: its input has no gradient: it reads tokens");
        double[] logits;
        using (var clean = classifier.OpenClean([]))
        {
            logits = [.. inputs.SelectMany(x => clean.Run(x).Logits).Select(s => (double)s)];
            _otherPredictions = [.. others.Select(x => clean.Run(x).Logits is var s ? Array.IndexOf(s, s.Max()) : 0)];
        }

        double mean = logits.Average();
        Spread = Math.Sqrt(logits.Sum(s => (s - mean) * (s - mean)) / (logits.Length - 1));
        if (!double.IsFinite(Spread) || Spread == 0)
            throw new InvalidInputException(
                $"{classifier.Name}: clean logits are {(Spread == 0 ? "all the same" : "not finite")}; check the preprocessing");
        _pass = classifier.OpenGradient(
            GradientTarget.Margin, [input], classifier.FixedBatch ?? Math.Min(MostRows, Math.Max(inputs.Count, others.Count)));
    }

    /// <summary>S, the standard deviation of the clean logits over inputs and classes.</summary>
    public double Spread { get; }

    /// <summary>The delta of each class within a ball.</summary>
    /// <param name="radius">Its radius r: root mean square over the pixels, in units of their range; the length of delta is at most r sqrt(dim).</param>
    /// <param name="steps">Steps of the ascent.</param>
    /// <param name="classes">The classes to do.</param>
    /// <param name="progress">Told after each class.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>One for each of <paramref name="classes"/>, in their order.</returns>
    public IReadOnlyList<DirectedDelta> Ball(
        double radius, int steps, IReadOnlyList<int> classes, IProgress<ProbeProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Each(classes, progress, target =>
        {
            float longest = (float)(radius * Math.Sqrt(_box.Unit.Length));
            var (delta, step) = (new float[_box.Unit.Length], new float[_box.Unit.Length]);
            for (int i = 0; i < steps; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                float[] gradient = Gradient(_inputs, target, x => Shift(x, delta), delta).Mean;
                TensorPrimitives.Multiply(gradient, _box.Unit, gradient);
                float norm = TensorPrimitives.Norm<float>(gradient);
                TensorPrimitives.Multiply(step, Momentum, step);
                if (norm > 0)
                    TensorPrimitives.MultiplyAdd(gradient, 1 / norm, step, step);
                TensorPrimitives.MultiplyAdd(step, BallStep * longest, delta, delta);
                float length = TensorPrimitives.Norm<float>(delta);
                if (length > longest)
                    TensorPrimitives.Multiply(delta, longest / length, delta);
            }

            return Judge(target, x => Shift(x, delta)) with { Delta = delta };
        }, cancellationToken);

    /// <summary>The pixels of each class within a square window of the image, which replace what is there.</summary>
    /// <param name="size">Edge of the window in pixels.</param>
    /// <param name="windows">How many windows of a class are tried: those whose pixels have the largest gradients, which do not overlap.</param>
    /// <param name="steps">Steps of the ascent in each.</param>
    /// <param name="classes">The classes to do.</param>
    /// <param name="progress">Told after each class.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The best window of each of <paramref name="classes"/>, in their order.</returns>
    /// <exception cref="InvalidOperationException">The input is no image, or its pixels have no bounds.</exception>
    public IReadOnlyList<DirectedDelta> Window(
        int size, int windows, int steps, IReadOnlyList<int> classes, IProgress<ProbeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (_input.Kind != InputKind.Image || !_box.IsBounded)
            throw new InvalidOperationException("windows are those of images whose pixels have bounds");
        return Each(classes, progress, target =>
        {
            float[] steepest = Gradient(_inputs, target, x => x, null).Mean;
            TensorPrimitives.Multiply(steepest, _box.Unit, steepest);
            return Places(steepest, size, windows).Select(window => InWindow(target, window, steps, cancellationToken)).MaxBy(d => d.Value)!;
        }, cancellationToken);
    }

    /// <summary>Ascends the pixels of a window, from the middle of their range.</summary>
    private DirectedDelta InWindow(int target, Window window, int steps, CancellationToken cancellationToken)
    {
        int[] places = [.. Pixels(window)];
        // In units of the range: 0 is the least valid value of a pixel, 1 the largest.
        var (pixels, step) = (new float[places.Length], new float[places.Length]);
        Array.Fill(pixels, 0.5f);
        var index = places.Index().ToDictionary(p => p.Item, p => p.Index);
        float[] Stamp(float[] input) => Stamped(input, places, p => pixels[index[p]]);

        for (int i = 0; i < steps; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            float[] all = Gradient(_inputs, target, Stamp, null).Mean;
            float[] gradient = [.. places.Select(p => all[p] * _box.Unit[p])];
            float largest = gradient.Max(Math.Abs);
            TensorPrimitives.Multiply(step, Momentum, step);
            if (largest > 0)
                TensorPrimitives.MultiplyAdd(gradient, 1 / largest, step, step);
            TensorPrimitives.MultiplyAdd(step, WindowStep, pixels, pixels);
            for (int p = 0; p < pixels.Length; p++)
                pixels[p] = Math.Clamp(pixels[p], 0, 1);
        }

        var delta = new float[_box.Unit.Length];
        for (int p = 0; p < places.Length; p++)
            delta[places[p]] = 2 * pixels[p] - 1;
        return Judge(target, Stamp) with { Delta = delta, Window = window };
    }

    /// <summary>An input with some pixels replaced.</summary>
    private float[] Stamped(float[] input, int[] places, Func<int, float> pixel)
    {
        float[] stamped = [.. input];
        foreach (int p in places)
            stamped[p] = _box.Black[p] + pixel(p) * _box.Unit[p];
        return stamped;
    }

    /// <summary>The windows with the largest sums of absolute gradients, best first, none overlapping another.</summary>
    private List<Window> Places(float[] gradient, int size, int count)
    {
        var (_, height, width) = Shape();
        size = Math.Min(size, Math.Min(height, width));
        var left = new List<(Window Window, double Sum)>();
        for (int top = 0; top + size <= height; top++)
        {
            for (int start = 0; start + size <= width; start++)
            {
                Window window = new(top, start, size);
                left.Add((window, Pixels(window).Sum(p => (double)Math.Abs(gradient[p]))));
            }
        }

        var best = new List<Window>();
        foreach (var (window, _) in left.OrderByDescending(w => w.Sum))
        {
            if (best.All(b => Math.Abs(b.Top - window.Top) >= size || Math.Abs(b.Left - window.Left) >= size))
                best.Add(window);
            if (best.Count == count)
                break;
        }

        return best;
    }

    private (int Channels, int Height, int Width) Shape() => _input.Layout == ImageLayout.NHWC
        ? (_input.Shape[2], _input.Shape[0], _input.Shape[1])
        : (_input.Shape[0], _input.Shape[1], _input.Shape[2]);

    /// <summary>Elements of the input that a window covers.</summary>
    private IEnumerable<int> Pixels(Window window)
    {
        var (channels, height, width) = Shape();
        for (int c = 0; c < channels; c++)
        {
            for (int row = window.Top; row < window.Top + window.Size; row++)
            {
                for (int column = window.Left; column < window.Left + window.Size; column++)
                    yield return _input.Layout == ImageLayout.NHWC ? (row * width + column) * channels + c : (c * height + row) * width + column;
            }
        }
    }

    /// <summary>What a change does to the inputs that it was not found on.</summary>
    private DirectedDelta Judge(int target, Func<float[], float[]> change)
    {
        double[] margins = [.. Gradient(_others, target, change, null).Margins.Select(m => m / Spread)];
        int others = _otherPredictions.Count(p => p != target), carried = margins.Where((m, i) => m > 0 && _otherPredictions[i] != target).Count();
        return new DirectedDelta(target, margins.Average(m => Math.Min(1, m)), margins.Average(), carried, others, []);
    }

    /// <summary>An input with the noise of a class.</summary>
    /// <param name="sample">A preprocessed input.</param>
    /// <param name="delta">What was found for the class.</param>
    public ModelSample Apply(ModelSample sample, DirectedDelta delta) => sample with
    {
        Values = delta.Window is { } window ? Stamped(sample.Values, [.. Pixels(window)], p => (1 + delta.Delta[p]) / 2) : Shift(sample.Values, delta.Delta),
    };

    private DirectedDelta[] Each(
        IReadOnlyList<int> classes, IProgress<ProbeProgress>? progress, Func<int, DirectedDelta> find, CancellationToken cancellationToken)
    {
        var found = new DirectedDelta[classes.Count];
        long done = 0;
        ParallelPasses.Run(classes.Count, _threads, () => 0, (i, _) =>
        {
            found[i] = find(classes[i]);
            long now = Interlocked.Increment(ref done);
            progress?.Report(new ProbeProgress("input", now, classes.Count, now * _inputs.Count));
        }, _ => { }, cancellationToken);
        return found;
    }

    /// <summary>
    /// The margin of the class at each changed sample, and the mean gradient of min(1, margin / S) by the input, times S; of a delta by the pixels that it
    /// moves, not those at an end of their range.
    /// </summary>
    private (float[] Margins, float[] Mean) Gradient(IReadOnlyList<ModelSample> samples, int target, Func<float[], float[]> change, float[]? delta)
    {
        var mean = new float[_box.Unit.Length];
        var margins = new float[samples.Count];
        for (int from = 0; from < samples.Count; from += _pass.Rows)
        {
            int count = Math.Min(_pass.Rows, samples.Count - from);
            ModelSample[] batch = [.. Enumerable.Range(from, count).Select(i => samples[i] with { Values = change(samples[i].Values) })];
            float[] gradients = [];
            _pass.Run(batch, [.. Enumerable.Repeat(target, count)], (_, found) => gradients = found.ToArray()).CopyTo(margins, from);
            for (int row = 0; row < count; row++)
            {
                // Behind S the scalar is flat.
                if (margins[from + row] < Spread)
                    AddInside(mean, gradients.AsSpan(row * mean.Length, mean.Length), samples[from + row].Values, delta);
            }
        }

        TensorPrimitives.Divide(mean, samples.Count, mean);
        return (margins, mean);
    }

    /// <summary>The input plus delta, in the box.</summary>
    private float[] Shift(float[] input, float[] delta)
    {
        var shifted = new float[input.Length];
        TensorPrimitives.MultiplyAdd(delta, _box.Unit, input, shifted);
        if (_isClipped)
        {
            TensorPrimitives.Max(shifted, _box.Low, shifted);
            TensorPrimitives.Min(shifted, _box.High, shifted);
        }

        return shifted;
    }

    /// <summary>Adds a gradient but for pixels that the box holds back: delta moves them no more.</summary>
    private void AddInside(float[] sum, ReadOnlySpan<float> gradient, float[] input, float[]? delta)
    {
        if (!_isClipped || delta is null)
        {
            TensorPrimitives.Add(sum, gradient, sum);
            return;
        }

        for (int i = 0; i < sum.Length; i++)
        {
            float at = input[i] + delta[i] * _box.Unit[i];
            if (at >= _box.Low[i] && at <= _box.High[i])
                sum[i] += gradient[i];
        }
    }

    public void Dispose() => _pass.Dispose();
}

/// <summary>The worst noise that all inputs share, for one class.</summary>
/// <param name="Target">t, the class.</param>
/// <param name="Value">D_t on inputs that it was not found on: mean of min(1, margin of t / S).</param>
/// <param name="Margin">The same of margin / S, without a bound.</param>
/// <param name="Carried">Inputs of other classes that it carries to t.</param>
/// <param name="Others">Inputs of other classes.</param>
/// <param name="Delta">
/// In the layout of the network's input, shape <c>[elements]</c>: the noise in units of the range of pixels, or in a window the pixels themselves, from -1
/// (black) to 1 (white), and 0 around it.
/// </param>
internal sealed record DirectedDelta(int Target, double Value, double Margin, int Carried, int Others, float[] Delta)
{
    /// <summary>Where the window is; null for noise on the whole input.</summary>
    public Window? Window { get; init; }

    /// <summary>Share of the inputs of other classes that it carries to t.</summary>
    public double Share => Others == 0 ? 0 : (double)Carried / Others;
}

/// <summary>A square window of an image, in pixels.</summary>
/// <param name="Top">First row.</param>
/// <param name="Left">First column.</param>
/// <param name="Size">Edge.</param>
internal readonly record struct Window(int Top, int Left, int Size);
