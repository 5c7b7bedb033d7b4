// Package provider is a catalogue of known authorization servers: for each vendor
// what a connection document may leave out, its limits, the clicks on its side, and
// what is not certain about it.
//
//	c, err := provider.Parse(document) // that says provider: docusign
//
// The catalogue is data: presets/NAME@VERSION.yaml, from which go generate makes
// catalogue.gen.go, so that a program that links it pays nothing at its start. A
// version that was released is never changed: a connection that is pinned to it makes
// the same request for ever. The comments of [Provider] are the format of a file.
package provider

import (
	"fmt"
	"strings"
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
	// Flow in the words of a document: the grant and the client authentication. It is
	// not written in a file: it follows from Connection and Example.
	Flow string `yaml:"-" json:"flow"`
	// Retired: it is not listed any more; what is pinned to it still works.
	Retired bool `yaml:"retired,omitempty" json:"retired,omitempty"`
	// Documentation are pages of the vendor.
	Documentation []string `yaml:"documentation,omitempty" json:"documentation,omitempty"`
	// Sources of the facts.
	Sources []Source `yaml:"sources,omitempty" json:"sources,omitempty"`
	// Connection holds the defaults, in the form of a connection document.
	Connection Document `yaml:"connection" json:"connection"`
	// Variables of the document.
	Variables Variables `yaml:"variables,omitempty" json:"variables,omitempty"`
	// Limits of the vendor.
	Limits Limits `yaml:"limits,omitempty" json:"limits,omitzero"`
	// Consent that somebody has to give at the vendor.
	Consent Consent `yaml:"consent,omitempty" json:"consent,omitzero"`
	// Rotation of refresh tokens and of the client's credentials.
	Rotation Rotation `yaml:"rotation,omitempty" json:"rotation,omitzero"`
	// Concurrency says what several token requests at once do to each other.
	Concurrency string `yaml:"concurrency,omitempty" json:"concurrency,omitempty"`
	// Quirks that surprise.
	Quirks []string `yaml:"quirks,omitempty" json:"quirks,omitempty"`
	// Unverified are facts that no good source confirms.
	Unverified []Unverified `yaml:"unverified,omitempty" json:"unverified,omitempty"`
	// Example is the least document that makes a request with this preset.
	Example Document `yaml:"example" json:"example"`
	// Guide are the steps at the vendor's side.
	Guide []Step `yaml:"guide,omitempty" json:"guide,omitempty"`
}

// Source of a fact: O official documentation or repository, M a recorded
// measurement, N another catalogue, C public code or forum, P a third party's page.
type Source struct {
	Grade string `yaml:"grade" json:"grade"`
	Ref   string `yaml:"ref" json:"ref"`
}

// Variable is a value that every user has to give, or may. In a file the variables
// are a mapping of names.
type Variable struct {
	Name        string   `yaml:"-" json:"name"`
	Description string   `yaml:"description" json:"description"`
	Example     string   `yaml:"example,omitempty" json:"example,omitempty"`
	Choices     []string `yaml:"choices,omitempty,flow" json:"choices,omitempty"`
}

// Variables in the order of the file.
type Variables []Variable

// Limits are what the vendor accepts; empty: not known.
type Limits struct {
	ClientAuth []string `yaml:"client_auth,omitempty,flow" json:"client_auth,omitempty"`
	// Audience forms of an assertion, the usual one first: token_url, issuer, host or a fixed text.
	Audience   []string `yaml:"audience,omitempty,flow" json:"audience,omitempty"`
	Algorithms []string `yaml:"algorithms,omitempty,flow" json:"algorithms,omitempty"`
	// Lifetime is the longest exp - iat that is accepted, as a Go duration.
	Lifetime       Duration `yaml:"lifetime,omitempty" json:"lifetime,omitempty"`
	ScopeSeparator string   `yaml:"scope_separator,omitempty" json:"scope_separator,omitempty"`
	ScopeIn        string   `yaml:"scope_in,omitempty" json:"scope_in,omitempty"`
}

// Consent that somebody has to give at the vendor.
type Consent struct {
	// Kind is none, user, admin or checklist.
	Kind string `yaml:"kind" json:"kind"`
	// URL of the consent page; {name} are variables, {client_id}, {redirect_uri} and
	// {scope} those of the connection. See [Provider.ConsentURL].
	URL string `yaml:"url,omitempty" json:"url,omitempty"`
	// Checklist for what has no page.
	Checklist []string `yaml:"checklist,omitempty" json:"checklist,omitempty"`
	// Takes is how long it takes to work.
	Takes string `yaml:"takes,omitempty" json:"takes,omitempty"`
}

// Rotation of refresh tokens.
type Rotation struct {
	// Policy is none (a refresh token stays, or there is none), rotate (the old one
	// works for Grace), strict (it dies at once), or unknown.
	Policy string   `yaml:"policy" json:"policy"`
	Grace  Duration `yaml:"grace,omitempty" json:"grace,omitempty"`
	// Credentials says how long secrets and certificates live.
	Credentials string `yaml:"credentials,omitempty" json:"credentials,omitempty"`
}

// Unverified is a fact that no good source confirms.
type Unverified struct {
	// What is a path of the document, or of the file: limits.lifetime, consent, quirks, ...
	What string `yaml:"what" json:"what"`
	Why  string `yaml:"why" json:"why"`
}

// Step is one step of a guide. Title and Text may hold {{values}}, see [Guide].
// Text is Markdown of paragraphs, lists and `code`.
type Step struct {
	Title string `yaml:"title" json:"title"`
	Text  string `yaml:"text" json:"text"`
}

// Duration is a Go duration in YAML and JSON.
type Duration time.Duration

// UnmarshalText reads a Go duration.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil || parsed < 0 {
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
	return []byte(d.String()), nil
}

// String is the shortest form: 1h, not 1h0m0s.
func (d Duration) String() string {
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = text[:len(text)-2]
	}
	if strings.HasSuffix(text, "h0m") {
		text = text[:len(text)-2]
	}
	return text
}

// Ref is the name with the version.
func (p *Provider) Ref() string { return p.Preset().Ref() }

// Preset is what the core needs of a provider.
func (p *Provider) Preset() *jeton.Preset {
	variables := make(map[string]string, len(p.Variables))
	for _, v := range p.Variables {
		variables[v.Name] = v.Description
	}
	return &jeton.Preset{
		Name: p.Name, Version: p.Version, Document: []byte(p.Connection), Variables: variables,
		ClientAuth: p.Limits.ClientAuth, Audience: p.Limits.Audience, Algorithms: p.Limits.Algorithms, MaxLifetime: time.Duration(p.Limits.Lifetime),
		ScopeSeparator: p.Limits.ScopeSeparator, ScopeIn: p.Limits.ScopeIn,
	}
}

// Doubts are what is unverified at a path, and below it.
func (p *Provider) Doubts(path string) (list []Unverified) {
	for _, u := range p.Unverified {
		if u.What == path || strings.HasPrefix(u.What, path+".") || strings.HasPrefix(u.What, path+"[") {
			list = append(list, u)
		}
	}
	return list
}
