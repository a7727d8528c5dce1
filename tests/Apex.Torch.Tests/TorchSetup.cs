using System.Runtime.CompilerServices;
using Apex.Training;
using Xunit.Sdk;
using Xunit.v3;
using static TorchSharp.torch;

// The generator of initial weights is one for the whole process.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace Apex.Torch.Tests;

internal static class TorchSetup
{
    // A module initialiser is the one place that comes before every test: libtorch must be made loadable before anything of it is used.
    [ModuleInitializer]
    internal static void Load()
    {
        TorchLibrary.MakeLoadable();
        set_num_threads(1);
    }
}
