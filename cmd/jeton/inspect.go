package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
)

func newInspect(p *program) *cobra.Command {
	var jwks string
	cmd := &cobra.Command{
		Use:   "inspect [TOKEN|-]",
		Short: "Decode a token",
		Long: `Inspect decodes a JWT: its header, its claims, and its times in words. It says so
when a token is opaque, encrypted or malformed. Without an argument the token is
read from standard input.

Decoding proves nothing: only with --jwks is the signature verified, and the exit
code is 7 if it does not verify. Without a URL in --jwks nothing is sent.`,
		Example: `  jeton token -f netsuite.yaml | jeton inspect
  jeton inspect --jwks https://as.example.com/jwks < token.jwt`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef(cmd, "takes one token at most")
			}
			return nil
		},
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		token, err := p.readToken(cmd, args)
		if err != nil {
			return err
		}
		d := decode(token, time.Now())
		if jwks != "" {
			ctx, cancel := p.deadline(cmd)
			defer cancel()
			set, err := p.readKeySet(ctx, cmd, jwks)
			if err != nil {
				return err
			}
			d.verify(token, set)
		}
		if err := p.printDecoded(d); err != nil {
			return err
		}
		return d.failure(jwks != "")
	}
	p.formats(cmd, "text", "json")
	cmd.Flags().StringVar(&jwks, "jwks", "", "verify the signature with this JWK Set: a `FILE|URL`; the URL begins with https")
	return cmd
}

// readToken takes the token from the argument or from standard input, and drops
// what surrounds it when it was copied from a header.
func (p *program) readToken(cmd *cobra.Command, args []string) (string, error) {
	text := ""
	if len(args) == 1 && args[0] != "-" {
		text = args[0]
	} else {
		data, err := p.readInput(cmd.Context(), cmd, "-", "the token", maxToken)
		if err != nil {
			return "", err
		}
		text = string(data)
	}
	text = strings.TrimSpace(text)
	for _, prefix := range []string{"authorization:", "bearer ", "dpop "} {
		if len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
			text = strings.TrimSpace(text[len(prefix):])
		}
	}
	return text, nil
}

func (p *program) printDecoded(d *decoded) error {
	if p.output == "json" {
		text, err := encodeJSON(d)
		if err != nil {
			return err
		}
		return p.write(text)
	}
	var b strings.Builder
	d.print(&b)
	return p.write(b.String())
}

// failure is the exit code of what was printed already.
func (d *decoded) failure(verify bool) error {
	switch {
	case d.Kind == kindMalformed:
		return jeton.NewError(jeton.MalformedResponse, jeton.StageResponse, "the token is "+d.Verification)
	case verify && d.Kind != kindJWT:
		return jeton.NewError(jeton.MalformedResponse, jeton.StageResponse, "there is no signature to verify: the token is "+map[string]string{kindJWE: "encrypted", kindOpaque: "opaque"}[d.Kind])
	case verify && !d.Verified:
		return jeton.NewError(jeton.MalformedResponse, jeton.StageResponse, "the token does not verify")
	}
	return nil
}
