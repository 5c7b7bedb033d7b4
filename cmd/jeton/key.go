package main

import "github.com/spf13/cobra"

func newKey(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Read key files, and make keys",
		Long: `Key reads the key files that administrators are given (PEM, PKCS#12, JKS, JCEKS,
OpenSSH, JWK, service account files and others) and makes new keys.`,
		Example: `  jeton key inspect signer.p12 --password env:P12_PASSWORD
  jeton key generate --algorithm ES256 --out signer`,
		Args: cobra.ArbitraryArgs,
		RunE: needsCommand,
	}
	cmd.AddCommand(newKeyInspect(p), newKeyGenerate(p))
	return cmd
}
