using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Apex.Models.Onnx.Native;

/// <summary>
/// Two operators that ONNX Runtime calls back into: <c>Perturb(a, noise, scale, choice)</c> gives row r
/// <c>a[r] + scale[r] * noise[choice[r]]</c>, and <c>ReluPerturb</c> the same of <c>max(a, 0)</c>. Shapes: a <c>[rows, ...]</c>, noise
/// <c>[noises, elements of a row]</c>, scale and choice <c>[rows]</c>. Both may write over their first input and do not care how the
/// elements are laid out, so a site costs one pass over its activation and no reordering; rows that share a noise read it from
/// the first-level cache.
/// The managed binding has no call for this, so the C interface's table of functions is used directly.
/// </summary>
internal static unsafe class PerturbOperator
{
    public const string Domain = "apex";
    public const string Plain = "Perturb";
    public const string AfterRelu = "ReluPerturb";

    /// <summary>Version of the C interface whose table is asked for: the first with in-place hints is 18.</summary>
    private const uint ApiVersion = 20;

    /// <summary>
    /// Elements handled at a time. They stay in the first-level cache between being rectified and being perturbed, and
    /// TensorPrimitives writes long results past the caches, where the next convolution wants them.
    /// </summary>
    private const int Chunk = 2048;

    private const int FloatTensor = 1;

    // The domain lives as long as the process: sessions keep pointers into it.
    private static readonly Lazy<nint> _domain = new(CreateDomain);
    private static nint* _api;

    /// <summary>Makes the operators known to sessions opened with these options.</summary>
    /// <returns>False where this build of ONNX Runtime does not offer what is needed.</returns>
    public static bool TryRegister(SessionOptions options)
    {
        if (_domain.Value == 0)
            return false;
        nint status = ((delegate* unmanaged<nint, nint, nint>)_api[Slot.AddCustomOpDomain])(options.DangerousGetHandle(), _domain.Value);
        GC.KeepAlive(options);
        return !Failed(status);
    }

    private static nint CreateDomain()
    {
        if (!NativeLibrary.TryLoad("onnxruntime", typeof(InferenceSession).Assembly, null, out nint library) ||
            !NativeLibrary.TryGetExport(library, "OrtGetApiBase", out nint export))
            return 0;
        nint* apiBase = ((delegate* unmanaged<nint*>)export)();
        _api = (nint*)((delegate* unmanaged<uint, nint>)apiBase[0])(ApiVersion);
        if (_api == null)
            return 0;
        nint domain;
        if (Failed(((delegate* unmanaged<nint, nint*, nint>)_api[Slot.CreateCustomOpDomain])(Marshal.StringToCoTaskMemUTF8(Domain), &domain)))
            return 0;
        var add = (delegate* unmanaged<nint, Operator*, nint>)_api[Slot.CustomOpDomainAdd];
        return Failed(add(domain, Describe(Plain, &ComputePlain))) || Failed(add(domain, Describe(AfterRelu, &ComputeAfterRelu))) ? 0 : domain;
    }

    private static Operator* Describe(string name, delegate* unmanaged<nint, nint, nint> compute)
    {
        var op = (Operator*)NativeMemory.AllocZeroed((nuint)sizeof(Operator));
        op->Version = ApiVersion;
        op->Name = Marshal.StringToCoTaskMemUTF8(name);
        op->GetName = &NameOf;
        op->GetExecutionProviderType = &AnyProvider;
        op->GetInputType = op->GetOutputType = &FloatAt;
        op->GetInputTypeCount = &FourInputs;
        op->GetOutputTypeCount = &OneOutput;
        op->KernelDestroy = &Nothing;
        op->GetInputCharacteristic = op->GetOutputCharacteristic = op->GetInputMemoryType = &DefaultAt;
        op->GetVariadicInputMinArity = op->GetVariadicInputHomogeneity = op->GetVariadicOutputMinArity = op->GetVariadicOutputHomogeneity = &One;
        op->CreateKernelV2 = &CreateKernel;
        op->KernelComputeV2 = compute;
        op->GetStartVersion = &One;
        op->GetEndVersion = &Newest;
        op->GetMayInplace = &FirstInPlace;
        op->ReleaseMayInplace = &Release;
        return op;
    }

    /// <summary>True where a call gave a status, which is released here.</summary>
    private static bool Failed(nint status)
    {
        if (status != 0)
            ((delegate* unmanaged<nint, void>)_api[Slot.ReleaseStatus])(status);
        return status != 0;
    }

    [UnmanagedCallersOnly]
    private static nint ComputePlain(nint kernel, nint context) => Compute(context, rectify: false);

    [UnmanagedCallersOnly]
    private static nint ComputeAfterRelu(nint kernel, nint context) => Compute(context, rectify: true);

    /// <summary>One call. The sizes of the tensors fit each other because this library writes the graph.</summary>
    /// <returns>0, or ONNX Runtime's status, which must be handed back to it.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static nint Compute(nint context, bool rectify)
    {
        var input = (delegate* unmanaged<nint, nuint, nint*, nint>)_api[Slot.KernelContextGetInput];
        var data = (delegate* unmanaged<nint, void**, nint>)_api[Slot.GetTensorMutableData];
        nint activation, output, status;
        void* noise, scales, choices, from, to;
        if ((status = input(context, 0, &activation)) != 0 || (status = data(activation, &from)) != 0)
            return status;
        if ((status = Pointer(1, &noise)) != 0 || (status = Pointer(2, &scales)) != 0 || (status = Pointer(3, &choices)) != 0)
            return status;
        const int MostAxes = 16;
        long* dims = stackalloc long[MostAxes];
        nint rowInput;
        if ((status = Shape(activation, dims, MostAxes, out nuint axes, out nuint count)) != 0 ||
            (status = ((delegate* unmanaged<nint, nuint, long*, nuint, nint*, nint>)_api[Slot.KernelContextGetOutput])(context, 0, dims, axes, &output)) != 0 ||
            (status = data(output, &to)) != 0 || (status = input(context, 2, &rowInput)) != 0 ||
            (status = Shape(rowInput, dims, MostAxes, out _, out nuint rows)) != 0)
            return status;

        int elements = (int)(count / rows);
        for (int at = 0; at < elements; at += Chunk)
        {
            int length = Math.Min(Chunk, elements - at);
            for (int row = 0; row < (int)rows; row++)
            {
                nint offset = (nint)row * elements + at;
                var a = new ReadOnlySpan<float>((float*)from + offset, length);
                var result = new Span<float>((float*)to + offset, length);
                var direction = new ReadOnlySpan<float>((float*)noise + (nint)((float*)choices)[row] * elements + at, length);
                if (rectify)
                {
                    TensorPrimitives.Max(a, 0f, result);
                    a = result;
                }

                TensorPrimitives.FusedMultiplyAdd(direction, ((float*)scales)[row], a, result);
            }
        }

        return 0;

        nint Pointer(nuint index, void** to)
        {
            nint value, failure = input(context, index, &value);
            return failure != 0 ? failure : data(value, to);
        }
    }

    private static nint Shape(nint tensor, long* dims, nuint most, out nuint axes, out nuint count)
    {
        nint info;
        nuint a = 0, c = 0;
        nint status = ((delegate* unmanaged<nint, nint*, nint>)_api[Slot.GetTensorTypeAndShape])(tensor, &info);
        if (status == 0)
        {
            status = ((delegate* unmanaged<nint, nuint*, nint>)_api[Slot.GetDimensionsCount])(info, &a);
            if (status == 0 && a <= most)
                status = ((delegate* unmanaged<nint, long*, nuint, nint>)_api[Slot.GetDimensions])(info, dims, a);
            if (status == 0)
                status = ((delegate* unmanaged<nint, nuint*, nint>)_api[Slot.GetTensorShapeElementCount])(info, &c);
            ((delegate* unmanaged<nint, void>)_api[Slot.ReleaseTensorTypeAndShapeInfo])(info);
        }

        (axes, count) = (a, c);
        return status;
    }

    [UnmanagedCallersOnly]
    private static nint CreateKernel(Operator* op, nint api, nint info, nint* kernel)
    {
        *kernel = (nint)op;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static nint NameOf(Operator* op) => op->Name;

    [UnmanagedCallersOnly]
    private static nint AnyProvider(Operator* op) => 0;

    [UnmanagedCallersOnly]
    private static int FloatAt(Operator* op, nuint index) => FloatTensor;

    [UnmanagedCallersOnly]
    private static int DefaultAt(Operator* op, nuint index) => 0;

    [UnmanagedCallersOnly]
    private static nuint FourInputs(Operator* op) => 4;

    [UnmanagedCallersOnly]
    private static nuint OneOutput(Operator* op) => 1;

    [UnmanagedCallersOnly]
    private static int One(Operator* op) => 1;

    [UnmanagedCallersOnly]
    private static int Newest(Operator* op) => int.MaxValue;

    [UnmanagedCallersOnly]
    private static void Nothing(nint kernel)
    {
    }

    [UnmanagedCallersOnly]
    private static nuint FirstInPlace(int** inputs, int** outputs)
    {
        *inputs = (int*)NativeMemory.AllocZeroed(sizeof(int));
        *outputs = (int*)NativeMemory.AllocZeroed(sizeof(int));
        return 1;
    }

    [UnmanagedCallersOnly]
    private static void Release(int* inputs, int* outputs)
    {
        NativeMemory.Free(inputs);
        NativeMemory.Free(outputs);
    }

    /// <summary>Places in the C interface's table (onnxruntime_c_api.h, <c>struct OrtApi</c>), which only ever grows at its end.</summary>
    private static class Slot
    {
        public const int CreateCustomOpDomain = 26, CustomOpDomainAdd = 27, AddCustomOpDomain = 28;
        public const int GetTensorMutableData = 51, GetDimensionsCount = 61, GetDimensions = 62, GetTensorShapeElementCount = 64, GetTensorTypeAndShape = 65;
        public const int KernelContextGetInput = 90, KernelContextGetOutput = 91, ReleaseStatus = 93, ReleaseTensorTypeAndShapeInfo = 99;
    }

    /// <summary><c>struct OrtCustomOp</c> of the same header; it too grows only at its end, where <see cref="Name"/> is ours.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Operator
    {
        public uint Version;
        public nint CreateKernelV1;
        public delegate* unmanaged<Operator*, nint> GetName, GetExecutionProviderType;
        public delegate* unmanaged<Operator*, nuint, int> GetInputType;
        public delegate* unmanaged<Operator*, nuint> GetInputTypeCount;
        public delegate* unmanaged<Operator*, nuint, int> GetOutputType;
        public delegate* unmanaged<Operator*, nuint> GetOutputTypeCount;
        public nint KernelComputeV1;
        public delegate* unmanaged<nint, void> KernelDestroy;
        public delegate* unmanaged<Operator*, nuint, int> GetInputCharacteristic, GetOutputCharacteristic, GetInputMemoryType;
        public delegate* unmanaged<Operator*, int> GetVariadicInputMinArity, GetVariadicInputHomogeneity;
        public delegate* unmanaged<Operator*, int> GetVariadicOutputMinArity, GetVariadicOutputHomogeneity;
        public delegate* unmanaged<Operator*, nint, nint, nint*, nint> CreateKernelV2;
        public delegate* unmanaged<nint, nint, nint> KernelComputeV2;
        public nint InferOutputShape;
        public delegate* unmanaged<Operator*, int> GetStartVersion, GetEndVersion;
        public delegate* unmanaged<int**, int**, nuint> GetMayInplace;
        public delegate* unmanaged<int*, int*, void> ReleaseMayInplace;
        public nint GetAliasMap, ReleaseAliasMap;
        public nint Name;
    }
}
