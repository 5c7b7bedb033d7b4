// Package provider is a catalogue of known authorization servers: for each vendor
// what a connection document may leave out, its limits, the clicks on its side, and
// what is not certain about it.
//
//	c, err := provider.Parse(document) // that says provider: docusign
//
// The catalogue is data (presets/NAME@VERSION.yaml). A version that was released is
// never changed: a connection that is pinned to it makes the same request for ever.
// A file is read when it is asked for, and not before.
package provider

import (
	"fmt"
	"time"

	"github.com/jeton-oauth/jeton"
)

// Provider is one entry of the catalogue.
type Provider struct {
	// Name and Version, as in netsuite@3; Date of the facts, YYYY-MM-DD.
	Name    string `yaml:"name" json:"name"`
	Version int    `yaml:"version" json:"version"`
	Date    string `yaml:"date" json:"date"`
	// Title for lists; Vendor is the company or product; Summary one sentence.
	Title   string `yaml:"title" json:"title"`
	Vendor  string `yaml:"vendor" json:"vendor"`
	Summary string `yaml:"summary" json:"summary"`
	// Documentation are pages of the vendor.
	Documentation []string `yaml:"documentation" json:"documentation"`
	// Sources of the facts.
	Sources []Source `yaml:"sources" json:"sources"`
	// Connection holds the defaults, in the form of a connection document.
	Connection map[string]any `yaml:"connection" json:"connection"`
	// Variables of the document, by name.
	Variables map[string]Variable `yaml:"variables" json:"variables,omitempty"`
	// Limits of the vendor.
	Limits Limits `yaml:"limits" json:"limits"`
	// Consent that somebody has to give at the vendor.
	Consent Consent `yaml:"consent" json:"consent"`
	// Rotation of refresh tokens and of the client's credentials.
	Rotation Rotation `yaml:"rotation" json:"rotation"`
	// Concurrency says what several token requests at once do to each other.
	Concurrency string `yaml:"concurrency" json:"concurrency,omitempty"`
	// Quirks that surprise.
	Quirks []string `yaml:"quirks" json:"quirks,omitempty"`
	// Unverified are facts that no good source confirms.
	Unverified []Unverified `yaml:"unverified" json:"unverified,omitempty"`
	// Guide are the steps at the vendor's side.
	Guide []Step `yaml:"guide" json:"guide,omitempty"`
	// Example is the least document that makes a request with this preset.
	Example map[string]any `yaml:"example" json:"example"`
	// Retired: newer programs do not list it; what is pinned to it still works.
	Retired bool `yaml:"retired" json:"retired,omitempty"`

	document []byte
}

// Source of a fact: O official documentation or repository, M a recorded
// measurement, N another catalogue, C public code or forum, P a third party's page.
type Source struct {
	Grade string `yaml:"grade" json:"grade"`
	Ref   string `yaml:"ref" json:"ref"`
}

// Variable is a value that every user has to give, or may.
type Variable struct {
	Description string   `yaml:"description" json:"description"`
	Example     string   `yaml:"example" json:"example,omitempty"`
	Choices     []string `yaml:"choices" json:"choices,omitempty"`
}

// Limits are what the vendor accepts; empty: not known.
type Limits struct {
	ClientAuth []string `yaml:"client_auth" json:"client_auth,omitempty"`
	// Audience forms of an assertion, the usual one first: token_url, issuer, host or a fixed text.
	Audience   []string `yaml:"audience" json:"audience,omitempty"`
	Algorithms []string `yaml:"algorithms" json:"algorithms,omitempty"`
	// Lifetime is the longest exp - iat that is accepted, as a Go duration.
	Lifetime       Duration `yaml:"lifetime" json:"lifetime,omitempty"`
	ScopeSeparator string   `yaml:"scope_separator" json:"scope_separator,omitempty"`
	ScopeIn        string   `yaml:"scope_in" json:"scope_in,omitempty"`
}

// Consent that somebody has to give at the vendor.
type Consent struct {
	// Kind is none, user, admin or checklist.
	Kind string `yaml:"kind" json:"kind"`
	// URL of the consent page; {name} are variables, {client_id}, {redirect_uri} and {scope} those of the connection.
	URL string `yaml:"url" json:"url,omitempty"`
	// Checklist for what has no page.
	Checklist []string `yaml:"checklist" json:"checklist,omitempty"`
	// Takes is how long it takes to work.
	Takes string `yaml:"takes" json:"takes,omitempty"`
}

// Rotation of refresh tokens.
type Rotation struct {
	// Policy is none (a refresh token stays), rotate (the old one works for Grace), strict (it dies at once), or unknown.
	Policy string   `yaml:"policy" json:"policy"`
	Grace  Duration `yaml:"grace" json:"grace,omitempty"`
	// Credentials says how long secrets and certificates live.
	Credentials string `yaml:"credentials" json:"credentials,omitempty"`
}

// Unverified is a fact that no good source confirms.
type Unverified struct {
	// What is a path of the document, or limits, consent, ...
	What string `yaml:"what" json:"what"`
	Why  string `yaml:"why" json:"why"`
}

// Step is one step of a guide. Title and Text may hold {{values}} (see Guide).
type Step struct {
	Title string `yaml:"title" json:"title"`
	Text  string `yaml:"text" json:"text"`
}

// Duration is a Go duration in YAML and JSON.
type Duration time.Duration

// UnmarshalText reads a Go duration.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no duration", text)
	}
	*d = Duration(parsed)
	return nil
}

// MarshalText writes a Go duration; nothing for 0.
func (d Duration) MarshalText() ([]byte, error) {
	if d == 0 {
		return nil, nil
	}
	return []byte(time.Duration(d).String()), nil
}

// Ref is the name with the version.
func (p *Provider) Ref() string { return p.Preset().Ref() }

// Preset is what the core needs of a provider.
func (p *Provider) Preset() *jeton.Preset {
	variables := make(map[string]string, len(p.Variables))
	for name, v := range p.Variables {
		variables[name] = v.Description
	}
	return &jeton.Preset{
		Name: p.Name, Version: p.Version, Document: p.document, Variables: variables,
		ClientAuth: p.Limits.ClientAuth, Audience: p.Limits.Audience, Algorithms: p.Limits.Algorithms, MaxLifetime: time.Duration(p.Limits.Lifetime),
		ScopeSeparator: p.Limits.ScopeSeparator, ScopeIn: p.Limits.ScopeIn,
	}
}

// Parse reads a connection document that may name a preset.
func Parse(document []byte) (*jeton.Connection, error) {
	return jeton.Presets(find).Parse(document)
}

func find(ref string) (*jeton.Preset, error) {
	p, err := Get(ref)
	if err != nil {
		return nil, err
	}
	return p.Preset(), nil
}
