using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Apex.Training;

/// <summary>
/// TorchSharp's native library asks for the C++ runtime of GCC 13, of which it uses one function with an empty body,
/// <c>std::ios_base_library_init()</c>. Where the system's runtime is older (Debian 12, Ubuntu 22.04) the library does not load.
/// This changes the copy in the program's own folder so that it does: the reference goes to another function that does no harm.
/// </summary>
internal static class TorchLibrary
{
    private const string Missing = "_ZSt21ios_base_library_initv";
    private const string Version = "GLIBCXX_3.4.32";
    private const string Harmless = "getpid";
    private const int DynamicSymbols = 11, SymbolVersions = 0x6fffffff, NeededVersions = 0x6ffffffe;

    /// <summary>Call before anything of TorchSharp is used.</summary>
    public static void MakeLoadable()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return;
        if (NativeLibrary.TryLoad("libstdc++.so.6", out nint runtime) && NativeLibrary.TryGetExport(runtime, Missing, out _))
            return;
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory, "libLibTorchSharp.so", SearchOption.AllDirectories))
        {
            byte[] library = File.ReadAllBytes(file);
            if (!Redirect(library))
                continue;
            // Several processes may start at once; each writes under a name of its own first.
            WholeFile.Write(file, library);
        }
    }

    /// <summary>Edits an ELF64 library (little-endian; layouts of the System V ABI and of the Linux Standard Base's symbol versions).</summary>
    private static bool Redirect(Span<byte> elf)
    {
        long table = Long(elf, 0x28);
        int count = Short(elf, 0x3c);
        Section Read(Span<byte> all, int i)
        {
            int at = (int)table + 64 * i;
            return new Section((int)Word(all, at + 4), (int)Long(all, at + 24), (int)Long(all, at + 32), (int)Word(all, at + 40));
        }

        var sections = new Section[count];
        for (int i = 0; i < count; i++)
            sections[i] = Read(elf, i);
        var symbols = Array.Find(sections, s => s.Type == DynamicSymbols);
        var versions = Array.Find(sections, s => s.Type == SymbolVersions);
        var needed = Array.Find(sections, s => s.Type == NeededVersions);
        if (symbols.Size == 0 || versions.Size == 0 || needed.Size == 0)
            return false;
        int strings = sections[symbols.Link].Offset;
        bool found = false;
        for (int i = 0; i < symbols.Size / 24 && !found; i++)
        {
            int name = strings + (int)Word(elf, symbols.Offset + 24 * i);
            if (Text(elf, name) != Missing)
                continue;
            Encoding.ASCII.GetBytes(Harmless + "\0", elf[name..]);
            // Version 1: any.
            BinaryPrimitives.WriteUInt16LittleEndian(elf[(versions.Offset + 2 * i)..], 1);
            found = true;
        }

        // The version itself becomes weak: wanted, not required.
        for (int at = needed.Offset; found;)
        {
            int entry = at + (int)Word(elf, at + 8);
            for (int i = 0; i < Short(elf, at + 2); i++)
            {
                if (Text(elf, strings + (int)Word(elf, entry + 8)) == Version)
                    BinaryPrimitives.WriteUInt16LittleEndian(elf[(entry + 4)..], (ushort)(Short(elf, entry + 4) | 2));
                entry += (int)Word(elf, entry + 12);
            }

            int next = (int)Word(elf, at + 12);
            if (next == 0)
                break;
            at += next;
        }

        return found;
    }

    private static string Text(ReadOnlySpan<byte> elf, int at) => Encoding.ASCII.GetString(elf[at..(at + elf[at..].IndexOf((byte)0))]);

    private static int Short(ReadOnlySpan<byte> elf, int at) => BinaryPrimitives.ReadUInt16LittleEndian(elf[at..]);

    private static uint Word(ReadOnlySpan<byte> elf, int at) => BinaryPrimitives.ReadUInt32LittleEndian(elf[at..]);

    private static long Long(ReadOnlySpan<byte> elf, int at) => BinaryPrimitives.ReadInt64LittleEndian(elf[at..]);

    private readonly record struct Section(int Type, int Offset, int Size, int Link);
}
