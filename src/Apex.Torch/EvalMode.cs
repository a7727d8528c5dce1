using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Apex.Torch;

/// <summary>Eval mode without gradients for as long as this lives; then every module has the mode it had before.</summary>
internal sealed class EvalMode : IDisposable
{
    private readonly (Module Module, bool Training)[] _before;
    private readonly IDisposable _none = no_grad();

    public EvalMode(Module module)
    {
        _before = [.. ModulePaths.Of(module).Select(m => (m.Module, m.Module.training))];
        module.eval();
    }

    public void Dispose()
    {
        _none.Dispose();
        // A parent sets its children too; they come after it, so that each has the last word on itself.
        foreach (var (module, training) in _before)
            module.train(training);
    }
}
