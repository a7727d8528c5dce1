using Apex.Models.Onnx.Native;
using Apex.Models.Onnx.Reading;
using Microsoft.ML.OnnxRuntime;

namespace Apex.Models.Onnx;

/// <summary>Opens ONNX Runtime sessions the one way this library needs them.</summary>
internal static class OnnxSession
{
    /// <summary>
    /// One thread inside a session: the engine runs passes side by side instead, and a kernel that is not split cannot depend
    /// on how many threads there are.
    /// </summary>
    /// <param name="model">The rewritten model.</param>
    /// <param name="source">The file it came from, for external data and messages.</param>
    /// <param name="provider">Where to run.</param>
    /// <exception cref="InvalidInputException">ONNX Runtime refuses the model.</exception>
    public static InferenceSession Open(byte[] model, OnnxModel source, ExecutionProvider provider)
    {
        using var options = Options(GraphOptimizationLevel.ORT_ENABLE_ALL);
        options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", source.Folder);
        // Subnormals stay as they are: the option to flush them sets a flag of whichever thread opens the session, and so would
        // let a result depend on the thread that computes it.
        try
        {
            switch (provider)
            {
                case ExecutionProvider.Cuda: options.AppendExecutionProvider_CUDA(); break;
                case ExecutionProvider.DirectML: options.AppendExecutionProvider_DML(); break;
            }
        }
        catch (Exception error) when (error is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException)
        {
            throw new InvalidInputException(
                $"execution provider {provider} is not in this build of ONNX Runtime; reference its package " +
                "(Microsoft.ML.OnnxRuntime.Gpu or .DirectML)", error);
        }

        try
        {
            return new InferenceSession(model, options);
        }
        catch (OnnxRuntimeException error)
        {
            throw Refused(source, error);
        }
    }

    /// <summary>Opens a model that <see cref="OnnxOptimised"/> made: it is left as it is.</summary>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime refuses it.</exception>
    public static InferenceSession OpenOptimised(byte[] model)
    {
        using var options = Options(GraphOptimizationLevel.ORT_DISABLE_ALL);
        PerturbOperator.TryRegister(options);
        return new InferenceSession(model, options);
    }

    /// <summary>What ONNX Runtime makes of a model on processors, written to a file.</summary>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime refuses it.</exception>
    public static void Optimise(byte[] model, string path)
    {
        using var options = Options(GraphOptimizationLevel.ORT_ENABLE_ALL);
        options.OptimizedModelFilePath = path;
        new InferenceSession(model, options).Dispose();
    }

    /// <summary>Runs a session on what the rewritten models call their input.</summary>
    /// <param name="source">The model it came from, for messages.</param>
    /// <param name="session">The session.</param>
    /// <param name="options">How to run it.</param>
    /// <param name="feed">The batch.</param>
    /// <param name="outputs">Names of the outputs.</param>
    /// <exception cref="InvalidInputException">ONNX Runtime cannot run it on this input.</exception>
    public static IDisposableReadOnlyCollection<OrtValue> Run(
        OnnxModel source, InferenceSession session, RunOptions options, OnnxFeed feed, IReadOnlyCollection<string> outputs)
    {
        try
        {
            return session.Run(options, feed.Names, feed.Values, outputs);
        }
        catch (OnnxRuntimeException error)
        {
            throw Refused(source, error);
        }
    }

    private static SessionOptions Options(GraphOptimizationLevel level) => new()
    {
        IntraOpNumThreads = 1,
        InterOpNumThreads = 1,
        ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
        GraphOptimizationLevel = level,
        LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
    };

    /// <summary>ONNX Runtime's complaint as one line.</summary>
    public static InvalidInputException Refused(OnnxModel source, OnnxRuntimeException error)
    {
        string reason = string.Join(' ', error.Message.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return new InvalidInputException($"{source.Path}: ONNX Runtime cannot run this model: {reason}", error);
    }
}
