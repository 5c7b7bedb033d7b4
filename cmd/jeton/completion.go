package main

import (
	"strings"

	"github.com/spf13/cobra"
)

func newCompletion(p *program) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion " + strings.Join(shells, "|"),
		Short: "Print a script that completes commands and flags in a shell",
		Long: `Completion prints a script for the shell that is named. Loaded into the shell, it
completes the commands and flags of jeton.`,
		Example: `  source <(jeton completion bash)
  jeton completion zsh > "${fpath[1]}/_jeton"
  jeton completion fish > ~/.config/fish/completions/jeton.fish`,
		ValidArgs: shells,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef(cmd, "name one shell: %s", strings.Join(shells, ", "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(p.stdout, true)
			case "zsh":
				return root.GenZshCompletion(p.stdout)
			case "fish":
				return root.GenFishCompletion(p.stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(p.stdout)
			}
			return usagef(cmd, "unknown shell; there are: %s", strings.Join(shells, ", "))
		},
	}
}
