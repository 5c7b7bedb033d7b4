package provider_test

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/provider"
)

// The tests of this file hold every file of the catalogue to its rules; whoever adds
// one adds nothing here.

// file is a file of the catalogue as it is written.
type file struct {
	path string
	data []byte
	*provider.Provider
}

func presetFiles(t *testing.T) (list []file) {
	t.Helper()
	paths, err := filepath.Glob("presets/*")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no presets: %v", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		p, err := provider.Decode(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		list = append(list, file{path, data, p})
	}
	return list
}

// fromFiles is the catalogue as it is written, whatever has been generated of it.
func fromFiles(t *testing.T) provider.Catalogue {
	t.Helper()
	var list []*provider.Provider
	for _, f := range presetFiles(t) {
		list = append(list, f.Provider)
	}
	return provider.New(list...)
}

// each runs a test for every file.
func each(t *testing.T, test func(*testing.T, file)) {
	t.Helper()
	for _, f := range presetFiles(t) {
		t.Run(f.Ref(), func(t *testing.T) { test(t, f) })
	}
}

func TestPresetFile(t *testing.T) {
	each(t, func(t *testing.T, f file) {
		if f.path != filepath.Join("presets", f.Ref()+".yaml") {
			t.Errorf("%s says that it is %s", f.path, f.Ref())
		}
		if date, err := time.Parse(time.DateOnly, f.Date); err != nil || date.Year() < 2025 {
			t.Errorf("date: %q is no date YYYY-MM-DD", f.Date)
		}
		for name, text := range map[string]string{"title": f.Title, "vendor": f.Vendor, "summary": f.Summary} {
			if text == "" || strings.TrimSpace(text) != text || strings.Contains(text, "\n") {
				t.Errorf("%s: %q is no line of text", name, text)
			}
		}
		if n := len([]rune(f.Title)); n > 60 {
			t.Errorf("title: %d characters, want at most 60", n)
		}
		if n := len([]rune(f.Summary)); n > 240 {
			t.Errorf("summary: %d characters, want at most 240", n)
		}
		if bytes.Contains(f.data, []byte("\t")) {
			t.Error("a tab")
		}
	})
}

func TestPresetSources(t *testing.T) {
	each(t, func(t *testing.T, f file) {
		if len(f.Documentation) == 0 {
			t.Error("documentation: there is no link")
		}
		for _, link := range f.Documentation {
			if u, err := url.Parse(link); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsAny(link, " <>\"") {
				t.Errorf("documentation: %s is no https link", link)
			}
		}
		if len(f.Sources) == 0 {
			t.Error("sources: there is none")
		}
		for _, s := range f.Sources {
			if !slices.Contains([]string{"O", "M", "N", "C", "P"}, s.Grade) || s.Ref == "" {
				t.Errorf("sources: grade %q, ref %q", s.Grade, s.Ref)
			}
		}
	})
}

var variable = regexp.MustCompile(`\{([A-Za-z][\w-]*)\^?\}`)

// TestPresetVariables: what stands in braces is described, and what is described
// stands somewhere.
func TestPresetVariables(t *testing.T) {
	each(t, func(t *testing.T, f file) {
		all := string(f.Connection) + f.Consent.URL
		for _, step := range f.Guide {
			all += strings.NewReplacer("{{vars.", "{", "}}", "}").Replace(step.Text)
		}
		c, err := jeton.Parse([]byte(f.Connection))
		if err != nil {
			t.Fatal(err)
		}
		described := map[string]bool{"client_id": true, "redirect_uri": true, "scope": true}
		for _, v := range f.Variables {
			described[v.Name] = true
			if v.Description == "" || strings.Contains(v.Description, "\n") {
				t.Errorf("variables.%s: the description is %q", v.Name, v.Description)
			}
			if !strings.Contains(all, "{"+v.Name+"}") && !strings.Contains(all, "{"+v.Name+"^}") {
				t.Errorf("variables.%s: nothing uses {%s}", v.Name, v.Name)
			}
			for what, value := range map[string]string{"the default": c.Vars[v.Name], "the example": v.Example} {
				if len(v.Choices) > 0 && value != "" && !slices.Contains(v.Choices, value) {
					t.Errorf("variables.%s: %s %q is none of %q", v.Name, what, value, v.Choices)
				}
			}
		}
		for _, m := range variable.FindAllStringSubmatch(string(f.Connection)+f.Consent.URL, -1) {
			if !described[m[1]] {
				t.Errorf("variables: {%s} is not described", m[1])
			}
		}
		for name := range c.Vars {
			if !described[name] {
				t.Errorf("variables: the default of %s is not described", name)
			}
		}
	})
}

// TestPresetConnection: the defaults are those of the vendor, and nothing of a user.
func TestPresetConnection(t *testing.T) {
	each(t, func(t *testing.T, f file) {
		c, err := jeton.Parse([]byte(f.Connection))
		if err != nil {
			t.Fatal(err)
		}
		c.EachSecret(func(path jeton.Parameter, s *jeton.SecretSource) {
			if !strings.Contains(string(path), ".headers.") || !s.Value.IsZero() && len(s.Value.Reveal()) > 60 {
				t.Errorf("connection: %s is of the user", path)
			}
		})
		for path, value := range map[string]string{"name": c.Name, "title": c.Title, "owner": c.Owner, "provider": c.Provider, "client.id": c.Client.ID, "grant.username": c.Grant.Username} {
			if value != "" && value != "none" {
				t.Errorf("connection: %s is of the user", path)
			}
		}
		for _, a := range []*jeton.Assertion{c.Client.Assertion, c.Grant.Assertion} {
			if a != nil && a.Subject != "" && !strings.Contains(a.Subject, "{") {
				t.Errorf("connection: the subject of an assertion is of the user")
			}
		}
		if !strings.Contains(string(f.Connection), "https://") && c.TokenURL != "none" && c.Issuer == "" && c.TokenURL != "" {
			t.Errorf("connection: token_url %s", c.TokenURL)
		}
	})
}

// TestPresetExample: the document to start from is one, and nothing of it has to be
// corrected.
func TestPresetExample(t *testing.T) {
	w := newWorkshop(t)
	each(t, func(t *testing.T, f file) {
		c, err := f.StartingConnection()
		if err != nil {
			t.Fatalf("%v %+v", err, findingsOf(err))
		}
		if err := c.Resolve(context.Background(), w.sources()); err != nil {
			t.Fatalf("%v %+v", err, findingsOf(err))
		}
		for _, finding := range c.Validate() {
			if !finding.Warning {
				t.Errorf("%s: %s", finding.Parameter, finding.Problem)
			}
		}
		c.EachSecret(func(path jeton.Parameter, s *jeton.SecretSource) {
			if s.File == "" && !strings.Contains(string(path), ".headers.") {
				t.Errorf("example: %s is no file of the workshop", path)
			}
		})
	})
}

// TestPresetLimits: a preset keeps to the limits that it states.
func TestPresetLimits(t *testing.T) {
	w := newWorkshop(t)
	each(t, func(t *testing.T, f file) {
		c, err := f.StartingConnection()
		if err == nil {
			err = c.Resolve(context.Background(), w.sources())
		}
		if err != nil {
			t.Fatal(err)
		}
		l := f.Limits
		checkLimitWords(t, l)
		if auth := c.ClientAuthMethod(); len(l.ClientAuth) > 0 && !slices.Contains(l.ClientAuth, auth) {
			t.Errorf("limits.client_auth: %s is none of %q", auth, l.ClientAuth)
		}
		for _, a := range []*jeton.Assertion{c.Client.Assertion, c.Grant.Assertion} {
			if a == nil || len(a.Key) == 0 || len(l.Audience) == 0 {
				continue
			}
			audience := a.Audience
			if len(audience) == 0 {
				audience = []string{"token_url"}
			}
			for _, form := range audience {
				if !slices.Contains(l.Audience, form) {
					t.Errorf("limits.audience: %s is none of %q", form, l.Audience)
				}
			}
		}
		if c.ScopeIn != "" && l.ScopeIn != "" && c.ScopeIn != l.ScopeIn {
			t.Errorf("limits.scope_in: %s, not %s", c.ScopeIn, l.ScopeIn)
		}
		if separator := or(c.ScopeSeparator, " "); l.ScopeSeparator != "" && separator != l.ScopeSeparator {
			t.Errorf("limits.scope_separator: %q, not %q", separator, l.ScopeSeparator)
		}
		wire := &wire{t: t, w: w, c: c}
		token, err := wire.exchange()
		if err != nil {
			t.Fatal(err)
		}
		wire.tokenText(token)
		for _, jwt := range wire.seen {
			if len(l.Algorithms) > 0 && !slices.Contains(l.Algorithms, jwt.Algorithm) {
				t.Errorf("limits.algorithms: %s is none of %q", jwt.Algorithm, l.Algorithms)
			}
			if life := time.Duration(jwt.Expires-jwt.Issued) * time.Second; jwt.Issued > 0 && l.Lifetime > 0 && life > time.Duration(l.Lifetime) {
				t.Errorf("limits.lifetime: %s is longer than %s", life, l.Lifetime)
			}
		}
	})
}

func checkLimitWords(t *testing.T, l provider.Limits) {
	t.Helper()
	for what, words := range map[string][2][]string{
		"client_auth": {l.ClientAuth, {"none", "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"}},
		"algorithms":  {l.Algorithms, {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512"}},
		"scope_in":    {strings.Fields(l.ScopeIn), {"body", "claim", "claim_array", "none"}},
	} {
		for _, word := range words[0] {
			if !slices.Contains(words[1], word) {
				t.Errorf("limits.%s: %q is none of %q", what, word, words[1])
			}
		}
	}
}

// TestPresetWords: the words of consent and rotation are those that there are, and
// what is unverified is something that there is.
func TestPresetWords(t *testing.T) {
	each(t, func(t *testing.T, f file) {
		if !slices.Contains([]string{"", "none", "user", "admin", "checklist"}, f.Consent.Kind) || f.Consent.Kind == "" && (f.Consent.URL != "" || f.Consent.Checklist != nil) {
			t.Errorf("consent.kind: %q", f.Consent.Kind)
		}
		if f.Consent.Kind == "none" && (f.Consent.URL != "" || f.Consent.Checklist != nil) {
			t.Error("consent.kind: none, and there is something to do")
		}
		if !slices.Contains([]string{"", "none", "rotate", "strict", "unknown"}, f.Rotation.Policy) || f.Rotation.Policy != "rotate" && f.Rotation.Grace != 0 {
			t.Errorf("rotation: %+v", f.Rotation)
		}
		for _, u := range f.Unverified {
			if u.Why == "" {
				t.Errorf("unverified: %s has no why", u.What)
			}
			if !provider.Exists(f.Provider, u.What) {
				t.Errorf("unverified: %q is no path of the document, and no member of the file that is there", u.What)
			}
		}
	})
}

// TestPresetGuide: the guide can be filled, for a document that has everything and
// for one that has nothing yet.
func TestPresetGuide(t *testing.T) {
	w := newWorkshop(t)
	each(t, func(t *testing.T, f file) {
		for i, step := range f.Guide {
			if step.Title == "" || step.Text == "" || strings.Contains(step.Title, "\n") || strings.HasSuffix(step.Title, ".") {
				t.Errorf("guide[%d]: title %q, text %q", i, step.Title, step.Text)
			}
		}
		whole, err := f.StartingConnection()
		if err == nil {
			err = whole.Resolve(context.Background(), w.sources())
		}
		if err != nil {
			t.Fatal(err)
		}
		empty, err := provider.New(f.Provider).Parse([]byte("provider: " + f.Ref() + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string]*jeton.Connection{"the example": whole, "a document with the preset alone": empty} {
			g, err := f.GuideFor(c, "connection.yaml")
			if err != nil {
				t.Errorf("with %s: %v", what, err)
				continue
			}
			text := g.Markdown()
			for _, step := range g.Steps {
				text += step.Title + step.Text
			}
			for _, secret := range []string{secretFile, hmacFile, "box-secret", "PRIVATE KEY"} {
				if strings.Contains(text, secret) {
					t.Errorf("with %s: the guide shows the secret %q", what, secret)
				}
			}
			if strings.Contains(text, "{{") || strings.Contains(text, "}}") {
				t.Errorf("with %s: braces are left:\n%s", what, text)
			}
		}
		if target, err := f.ConsentURL(whole); err != nil {
			t.Errorf("consent.url: %v", err)
		} else if f.Consent.URL != "" && !strings.HasPrefix(target, "https://") {
			t.Errorf("consent.url: %s", target)
		}
	})
}

// TestVendors: every vendor of the reference has a preset, or a reason.
func TestVendors(t *testing.T) {
	const path = "testdata/vendors.txt"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	have := fromFiles(t).Names()
	var settled strings.Builder
	n := 0
	for line := range strings.Lines(string(data)) {
		id, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		name, why, _ := strings.Cut(strings.TrimSpace(rest), " ")
		if strings.HasPrefix(line, "#") {
			settled.WriteString(line)
			continue
		}
		n++
		found := slices.Contains(have, name)
		switch {
		case !found && strings.TrimSpace(why) == "":
			t.Errorf("%s: there is no preset %q, and no reason", id, name)
		case found && why != "" && !*update:
			t.Errorf("%s: there is a preset %s, so that this is no reason:%s (-update takes it away)", id, name, why)
		case found:
			line = id + " " + name + "\n"
		}
		settled.WriteString(line)
	}
	if n < 85 {
		t.Errorf("%d vendors, the reference has 85", n)
	}
	if *update {
		if err := os.WriteFile(path, []byte(settled.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
