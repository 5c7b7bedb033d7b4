package main

import (
	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
)

func newSchema(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the connection document",
		Long: `Schema prints the JSON Schema (draft 2020-12) of the connection document. An
editor that knows it completes and checks connection files, in YAML and in JSON.`,
		Example: `  jeton schema > jeton.schema.json`,
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			return p.write(string(jeton.Schema()))
		},
	}
}
