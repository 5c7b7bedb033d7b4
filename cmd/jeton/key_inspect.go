package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton/key"
)

func newKeyInspect(p *program) *cobra.Command {
	var options key.Options
	cmd := &cobra.Command{
		Use:   "inspect FILE|-",
		Short: "Say what is in a key file",
		Long: `Inspect says what is in a key file: the format, the entries and their aliases, the
kinds of keys and the algorithms they can sign with, key ids, thumbprints, and the
dates of the certificates. It shows no private material. The format is recognised
by content; PEM, encrypted PEM, PKCS#12, JKS, JCEKS, OpenSSH, JWK and the JSON
files of some vendors are known.`,
		Example: `  jeton key inspect signer.pem
  jeton key inspect keystore.jks --password env:STORE_PASSWORD --alias signer -o json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef(cmd, "name one key file, or - for standard input")
			}
			return nil
		},
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		data, err := p.readInput(cmd.Context(), cmd, args[0], "the key", maxFile)
		if err != nil {
			return err
		}
		ctx, cancel := p.deadline(cmd)
		defer cancel()
		if options.Password, err = p.readSecret(ctx, cmd, "password"); err != nil {
			return err
		}
		if options.KeyPassword, err = p.readSecret(ctx, cmd, "key-password"); err != nil {
			return err
		}
		report, err := key.Inspect(data, options)
		if err != nil {
			return &fileError{args[0], err}
		}
		if err := p.printKeyReport(report); err != nil {
			return err
		}
		if err := lockedError(report, !options.Password.IsZero()); err != nil {
			return &fileError{args[0], err}
		}
		return nil
	}
	f := cmd.Flags()
	f.String("password", "", "`SOURCE` of the password of the file: "+sourceForms)
	f.String("key-password", "", "`SOURCE` of the password of the entry, where it differs: "+sourceForms)
	f.StringVar(&options.Alias, "alias", "", "the entry to inspect, by its `NAME`: alias, friendly name or kid")
	p.formats(cmd, "text", "json")
	return cmd
}

func (p *program) printKeyReport(r *key.Report) error {
	if p.output == "json" {
		text, err := encodeJSON(r)
		if err != nil {
			return err
		}
		return p.write(text)
	}
	var b strings.Builder
	keyReportText(&b, r, time.Now())
	return p.write(b.String())
}
