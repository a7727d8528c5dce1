using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Apex.Cli.Commands;

/// <summary>Options that take a number, and say in plain words what they take.</summary>
internal static class Typed
{
    /// <summary>A whole number, or null where none is given.</summary>
    public static Option<int?> Whole(string name, string help, string description) => Optional<int>(name, help, description);

    /// <summary>A whole number with a default.</summary>
    public static Option<int> Whole(string name, string help, string description, int standard) => WithDefault(name, help, description, standard);

    /// <summary>A large whole number, or null where none is given.</summary>
    public static Option<long?> Long(string name, string help, string description) => Optional<long>(name, help, description);

    /// <summary>A number, or null where none is given.</summary>
    public static Option<double?> Number(string name, string help, string description) => Optional<double>(name, help, description);

    /// <summary>A number with a default.</summary>
    public static Option<double> Number(string name, string help, string description, double standard) => WithDefault(name, help, description, standard);

    /// <summary><c>--seed</c>; null where none is given.</summary>
    public static Option<ulong?> Seed(string description) => Optional<ulong>("--seed", "SEED", description);

    private static Option<T?> Optional<T>(string name, string help, string description)
        where T : struct, INumber<T> => new(name) { Description = description, HelpName = help, CustomParser = Read<T> };

    private static Option<T> WithDefault<T>(string name, string help, string description, T standard)
        where T : struct, INumber<T> => new(name)
        {
            Description = description,
            HelpName = help,
            DefaultValueFactory = _ => standard,
            CustomParser = result => Read<T>(result) ?? standard,
        };

    private static T? Read<T>(ArgumentResult result)
        where T : struct, INumber<T>
    {
        if (result.Tokens is not [.., var token])
            return null;
        bool isWhole = typeof(T) != typeof(double);
        if (T.TryParse(token.Value, isWhole ? NumberStyles.Integer : NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            return value;
        string what = typeof(T) == typeof(ulong) ? "a whole number from 0" : isWhole ? "a whole number" : "a number";
        result.AddError($"{((OptionResult)result.Parent!).Option.Name} {token.Value}: give {what}");
        return null;
    }
}
