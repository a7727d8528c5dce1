using System.CommandLine;

namespace Apex.Cli.Commands;

/// <summary><c>apex completion SHELL</c>: the script by which a shell completes what is typed after <c>apex</c>.</summary>
internal static class CompletionCommand
{
    /// <summary>
    /// Each asks the command itself (<c>apex "[suggest:POSITION]" LINE</c>), so that none can fall behind it; where it has no answer, files are offered.
    /// </summary>
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            _apex() {
              local IFS=$'\n'
              COMPREPLY=($(compgen -W "$(apex "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null | grep -v '^[/-][?h]')" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _apex apex
            """,
        ["zsh"] = """
            _apex() {
              local -a found
              found=("${(@f)$(apex "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null | grep -v '^[/-][?h]')}")
              compadd -a found
              _files
            }
            compdef _apex apex
            """,
        ["fish"] = """
            function __apex_suggest
              set -l line (commandline -cp)
              apex "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null | string match -rv '^[/-][?h]'
            end
            complete -c apex -a '(__apex_suggest)'
            """,
        ["pwsh"] = """
            Register-ArgumentCompleter -Native -CommandName apex -ScriptBlock {
              param($word, $line, $position)
              apex "[suggest:$position]" "$line" 2>$null | Where-Object { $_ -notmatch '^[/-][?h]' -and $_ -like "$word*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
            }
            """,
    };

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = $"{string.Join(", ", Scripts.Keys)}." };
        shell.CompletionSources.Add([.. Scripts.Keys]);
        var command = new Command("completion", """
            Print the script that makes a shell complete commands, options and file names after `apex`.

            Examples:
              source <(apex completion bash)                        in ~/.bashrc
              source <(apex completion zsh)                         in ~/.zshrc, after compinit
              apex completion fish | source                         in ~/.config/fish/config.fish
              apex completion pwsh | Out-String | Invoke-Expression in $PROFILE
            """)
        { shell };
        command.SetAction(parsed =>
        {
            string name = parsed.GetValue(shell)!;
            Console.Out.WriteLine(Scripts.TryGetValue(name, out string? script)
                ? script
                : throw new InvalidInputException($"no script for {name}: there is one for {string.Join(", ", Scripts.Keys)}"));
            return ExitCode.Done;
        });
        return command;
    }
}
