package oauthtest

import (
	"fmt"
	"path"
	"strings"
	"time"
)

// skew is how far in the future iat and nbf may lie.
const skew = 10 * time.Second

// check finds what only a mistake can have written.
func (c *Config) check() error {
	for name, grant := range c.GrantNames {
		if _, ok := grants()[grant]; !ok {
			return fmt.Errorf("grant name %q: unknown grant %q", name, grant)
		}
	}
	switch c.PKCE {
	case "", PKCERequired, PKCEOptional, PKCEIgnored:
	default:
		return fmt.Errorf("unknown PKCE mode %q", c.PKCE)
	}
	switch c.DPoP {
	case "", DPoPOptional, DPoPRequired, DPoPNonce, DPoPIgnored:
	default:
		return fmt.Errorf("unknown DPoP mode %q", c.DPoP)
	}
	switch c.MetadataAt {
	case "", MetadataOAuth, MetadataOpenID, MetadataNone:
	default:
		return fmt.Errorf("unknown place of metadata %q", c.MetadataAt)
	}
	for _, alg := range c.DPoPAlgorithms {
		if !isAsymmetric(alg) {
			return fmt.Errorf("%q is not an asymmetric algorithm", alg)
		}
	}
	// net/http reads braces as wildcards, and redirects away from unclean paths.
	if p := strings.TrimSuffix(c.IssuerPath, "/"); p != "" && (path.Clean(p) != p || p[0] != '/' || strings.ContainsAny(p, "{}?#% ")) {
		return fmt.Errorf("issuer path %q is not a plain path", c.IssuerPath)
	}
	return nil
}

func (c *Config) lifetime() time.Duration { return orDefault(c.Lifetime, time.Hour) }

func (c *Config) codeLifetime() time.Duration { return orDefault(c.CodeLifetime, time.Minute) }

func (c *Config) parLifetime() time.Duration { return orDefault(c.PARLifetime, time.Minute) }

func (c *Config) deviceLifetime() time.Duration { return orDefault(c.DeviceLifetime, 10*time.Minute) }

func (c *Config) deviceInterval() time.Duration { return orDefault(c.DeviceInterval, 5*time.Second) }

func (c *Config) nonceLifetime() time.Duration { return orDefault(c.DPoPNonceLifetime, 5*time.Minute) }

func (c *Config) maxAssertionLifetime() time.Duration {
	return orDefault(c.MaxAssertionLifetime, time.Hour)
}

func (c *Config) keepRequests() int { return orDefault(c.KeepRequests, 10_000) }

// demandsProof reports whether there is no token without a proof.
func (c *Config) demandsProof() bool { return c.DPoP == DPoPRequired || c.DPoP == DPoPNonce }

// orDefault returns v, or d if v is zero.
func orDefault[T comparable](v, d T) T {
	var zero T
	if v == zero {
		return d
	}
	return v
}
