package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/jeton-oauth/jeton"
)

// resolveForShow is Connection.Resolve for a request that is shown and not
// sent, with every secret masked: for a secret that is missing a placeholder
// does as well. Each is a warning. A key is needed, as what is shown depends on it.
func resolveForShow(ctx context.Context, c *jeton.Connection, from jeton.Sources) ([]jeton.Finding, error) {
	err := c.Resolve(ctx, from)
	var e *jeton.Error
	if err == nil || !errors.As(err, &e) {
		return nil, err
	}
	missing := map[jeton.Parameter]*jeton.SecretSource{}
	c.EachSecret(func(p jeton.Parameter, s *jeton.SecretSource) {
		if s.Value.IsZero() && !isKeyPart(p) && isMissing(s, from) {
			missing[p] = s
		}
	})
	for _, f := range e.Findings {
		// A name that the problem leaves out may be a secret in the wrong place,
		// and what is shown would tell it.
		if s := missing[f.Parameter]; s == nil || !strings.Contains(f.Problem, " "+s.Env+s.File) {
			return nil, err // which has all that is missing
		}
	}
	warnings := make([]jeton.Finding, 0, len(e.Findings))
	for _, f := range e.Findings {
		f.Warning, f.Problem = true, f.Problem+"; token would fail"
		warnings = append(warnings, f)
	}
	c.EachSecret(func(p jeton.Parameter, s *jeton.SecretSource) {
		if missing[p] != nil {
			s.Value = placeholder(p)
		}
	})
	return warnings, nil
}

// isKeyPart reports whether the parameter is a key, a certificate, or a password of one.
func isKeyPart(p jeton.Parameter) bool {
	return regexp.MustCompile(`^(client|grant)\.(assertion|dpop)\.|^(resource\.)?tls\.`).MatchString(string(p))
}

// isMissing reports whether the one place of a secret is an environment
// variable without a value, or a file that does not exist.
func isMissing(s *jeton.SecretSource, from jeton.Sources) bool {
	switch {
	case !s.Base64.IsZero() || len(s.Command) > 0 || s.Env != "" && s.File != "":
		return false
	case s.Env != "":
		value, _ := from.Env(s.Env)
		return value == ""
	}
	path := s.File
	if !filepath.IsAbs(path) {
		path = filepath.Join(from.Dir, path)
	}
	_, err := from.ReadFile(path)
	return errors.Is(err, fs.ErrNotExist)
}

// placeholder is a value that is valid wherever a secret can stand, in a header
// too; long enough for HS512, and another one for every parameter.
func placeholder(p jeton.Parameter) jeton.Secret {
	sum := sha256.Sum256([]byte(p))
	return jeton.NewSecret("placeholder-" + hex.EncodeToString(sum[:]))
}
