using System.Security.Cryptography;
using System.Text;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Apex.Training;

/// <summary>
/// The state of training between two epochs in one file: parameters and statistics of the network, momentum of the optimiser. It is
/// there as a whole or not at all, whenever the process or the machine stops.
/// </summary>
/// <remarks>Libtorch's random numbers are not part of it: they are one for all threads, and only fresh weights are drawn from them.</remarks>
/// <param name="path">The file.</param>
/// <param name="key">What is trained and how; a checkpoint of anything else is refused.</param>
internal sealed class TrainingCheckpoint(string path, string key)
{
    private static readonly byte[] Magic = "APEXCKP3"u8.ToArray();

    /// <summary>Writes the state.</summary>
    public void Save(int epoch, Module network, SGD optimizer)
    {
        using var memory = new MemoryStream();
        using (var writer = new BinaryWriter(memory, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(key);
            writer.Write(epoch);
            network.save(writer);
            optimizer.save_state_dict(writer);
        }

        byte[] content = memory.ToArray();
        WholeFile.Replace(path, [.. Magic, .. SHA256.HashData(content), .. content]);
    }

    /// <summary>Takes the state up and returns how many epochs it has behind it; 0 where there is none, or none that is whole.</summary>
    /// <exception cref="InvalidInputException">The file is of another training.</exception>
    public int Load(Module network, SGD optimizer)
    {
        if (!File.Exists(path))
            return 0;
        byte[] all = File.ReadAllBytes(path);
        int start = Magic.Length + SHA256.HashSizeInBytes;
        if (all.Length < start || !all.AsSpan(0, Magic.Length).SequenceEqual(Magic)
            || !SHA256.HashData(all.AsSpan(start)).AsSpan().SequenceEqual(all.AsSpan(Magic.Length, SHA256.HashSizeInBytes)))
        {
            Console.Error.WriteLine($"{path}: no whole checkpoint; training starts at the beginning");
            return 0;
        }

        using var reader = new BinaryReader(new MemoryStream(all, start, all.Length - start));
        if (reader.ReadString() != key)
            throw new InvalidInputException($"{path}: a checkpoint of another network, data or options; delete it, or give another file");
        int epoch = reader.ReadInt32();
        network.load(reader);
        optimizer.load_state_dict(reader);
        return epoch;
    }
}
