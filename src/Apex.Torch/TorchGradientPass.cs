using System.Runtime.InteropServices;
using Apex.Models;
using static TorchSharp.torch;

namespace Apex.Torch;

/// <summary>Gradients by libtorch's autograd.</summary>
/// <param name="classifier">The network.</param>
/// <param name="places">The call of each site that is differentiated by; -1 for the input.</param>
/// <param name="target">The scalar.</param>
/// <param name="rows">Samples of one pass at most.</param>
/// <param name="clip">S of <see cref="GradientTarget.ClippedMargin"/>.</param>
/// <param name="squared">Read the sum of squares of each gradient.</param>
internal sealed class TorchGradientPass(TorchClassifier classifier, int[] places, GradientTarget target, int rows, double clip, bool squared) : IGradientPass
{
    public int Rows => rows;

    public float[] Run(IReadOnlyList<ModelSample> samples, IReadOnlyList<int>? classes, GradientReader read)
    {
        if (samples.Count < 1 || samples.Count > Rows)
            throw new ArgumentException($"{samples.Count} samples where 1 to {Rows} were expected", nameof(samples));
        if (classes is not null && classes.Count != samples.Count)
            throw new ArgumentException($"{classes.Count} classes of {samples.Count} samples", nameof(classes));
        using var scope = NewDisposeScope();
        using var recorded = enable_grad();
        var input = classifier.Stack(samples);
        if (input.is_floating_point())
            input.requires_grad_();
        var activations = new Tensor[places.Length];
        var axes = new TorchCall?[places.Length];
        for (int i = 0; i < places.Length; i++)
        {
            if (places[i] < 0)
                activations[i] = input;
        }

        var kept = new List<Tensor>();
        try
        {
            // Copies: what the network changes in place is not what is differentiated by.
            var logits = classifier.Run(input.clone(), (at, call, output) =>
            {
                bool isWanted = false;
                for (int i = 0; i < places.Length; i++)
                {
                    if (places[i] != at)
                        continue;
                    // The network may free what its modules made. Behind tokens and frozen weights nothing is recorded yet.
                    output = (output.requires_grad ? output.alias() : output.detach().requires_grad_()).DetachFromDisposeScope();
                    kept.Add(output);
                    (activations[i], axes[i], isWanted) = (output, call, true);
                }

                return isWanted ? output.clone() : output;
            }, isRecorded: true);
            var scalars = Scalars(logits.to(float32), classes);
            var gradients = autograd.grad([scalars.sum()], activations, allow_unused: true);
            for (int slot = 0; slot < places.Length; slot++)
                read(slot, Read(gradients[slot], activations[slot], axes[slot], samples.Count));
            return scalars.Floats();
        }
        catch (ExternalException error)
        {
            throw new InvalidInputException($"{classifier.Name}: has no gradient: {error.Message.Split('\n', 2)[0].Trim()}", error);
        }
        finally
        {
            kept.ForEach(tensor => tensor.Dispose());
        }
    }

    private float[] Read(Tensor? gradient, Tensor activation, TorchCall? call, int samples)
    {
        // Nothing behind the site reads it.
        gradient = gradient is null || gradient.IsInvalid ? zeros_like(activation) : gradient;
        var rowsFirst = call?.RowsFirst(gradient, samples) ?? gradient.reshape(samples, -1);
        return squared ? rowsFirst.to(float32).square().sum(1).Floats() : rowsFirst.Floats();
    }

    /// <summary>The scalar of each sample, shape <c>[samples]</c>.</summary>
    private Tensor Scalars(Tensor logits, IReadOnlyList<int>? classes)
    {
        var wanted = (classes is null ? logits.detach().argmax(1) : tensor([.. classes.Select(c => (long)c)]).to(logits.device)).unsqueeze(1);
        if (target == GradientTarget.CrossEntropy)
            return -nn.functional.log_softmax(logits, 1).gather(1, wanted).squeeze(1);
        var own = logits.gather(1, wanted).squeeze(1);
        if (target == GradientTarget.Logit)
            return own;
        var margin = own - logits.scatter(1, wanted, full_like(wanted, float.NegativeInfinity, logits.dtype)).max(1).values;
        return target == GradientTarget.Margin ? margin : (margin / clip).clamp_max(1);
    }

    /// <summary>Nothing is held between runs.</summary>
    public void Dispose() { }
}
