package provider

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/jeton-oauth/jeton"
)

// defaultRedirectURL is that of grant.redirect_url.
const defaultRedirectURL = "http://127.0.0.1:7481/callback"

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// ConsentURL is the page where consent to a connection is given: consent.url of
// the document, or else the vendor's. Beside variables it knows {client_id},
// {redirect_uri} and {scope}.
//
// In the query a value is percent-encoded, and stands as the value of a parameter
// alone. Before the query a value may be no more than the part that it stands for:
// what could name another host or path is refused. The error has a finding for each
// parameter that is missing or refused; it is nil, with an empty URL, where there is
// no page.
func (p *Provider) ConsentURL(c *jeton.Connection) (string, error) {
	target, unknown, err := p.consentURL(valuesOf(c))
	if err != nil {
		return "", err
	}
	if len(unknown) > 0 {
		list := make([]jeton.Finding, 0, len(unknown))
		for _, parameter := range unknown {
			list = append(list, jeton.Finding{Parameter: parameter, Problem: "it has no value yet, and the consent URL needs it", Fix: "write " + string(parameter) + after(": ", p.about(parameter)), Certain: true})
		}
		return "", refusedConsent(list)
	}
	return target, nil
}

func refusedConsent(findings []jeton.Finding) error {
	return jeton.NewError(jeton.DocumentInvalid, jeton.StageConfig, "the consent URL cannot be made: "+string(findings[0].Parameter)+": "+findings[0].Problem, findings...)
}

// consentURL leaves <PATH> in the place of what is not known yet.
func (p *Provider) consentURL(v *values) (target string, unknown []jeton.Parameter, err error) {
	template := v.connection.Consent.URL
	if template == "" {
		template = p.Consent.URL
	}
	if template == "" {
		return "", nil, nil
	}
	t := consentTemplate{values: v}
	target = t.fill(template)
	if len(t.findings) > 0 {
		return "", nil, refusedConsent(t.findings)
	}
	if len(t.unknown) > 0 {
		return target, t.unknown, nil
	}
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !jeton.IsLoopback(u.Hostname())) {
		return "", nil, refusedConsent([]jeton.Finding{{Parameter: "consent.url", Problem: "it is no https URL", Fix: "write a whole https URL", Certain: true}})
	}
	return target, nil, nil
}

// consentTemplate is a template that is being filled.
type consentTemplate struct {
	values   *values
	findings []jeton.Finding
	unknown  []jeton.Parameter
}

func (t *consentTemplate) fill(template string) string {
	before, query, found := strings.Cut(template, "?")
	target := placeholder.ReplaceAllStringFunc(before, func(word string) string { return t.part(strings.Trim(word, "{}")) })
	if !found {
		return target
	}
	query, fragment, _ := strings.Cut(query, "#")
	if placeholder.MatchString(fragment) {
		t.refuse("consent.url", "a value stands in the fragment", "put it into the query")
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		if placeholder.MatchString(name) {
			t.refuse("consent.url", "a value stands as the name of a parameter", "put it behind a =")
			continue
		}
		if value != "" {
			pairs[i] = name + "=" + placeholder.ReplaceAllStringFunc(value, func(word string) string {
				text, known := t.value(strings.Trim(word, "{}"))
				if !known {
					return text
				}
				return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") // some pages show a + to the person
			})
		}
	}
	target += "?" + strings.Join(pairs, "&")
	if fragment != "" {
		target += "#" + fragment
	}
	return target
}

// part is a value before the query: a variable, and one that stays in its place.
func (t *consentTemplate) part(name string) string {
	if standing(name) != "" {
		t.refuse("consent.url", "{"+name+"} stands outside of the query", "put it into the query")
		return ""
	}
	value, known := t.value(name)
	if known && (strings.ContainsFunc(value, changesURL) || strings.Trim(value, ".") == "") {
		t.refuse("vars."+jeton.Parameter(name), "a value for a URL may not contain / ? # @ : \\ % or white space", "write only the part that stands for {"+name+"}")
		return ""
	}
	return value
}

// changesURL is what vars may not hold in the core either.
func changesURL(r rune) bool {
	return strings.ContainsRune(`/?#@:\%[]{}&=;`, r) || unicode.IsSpace(r) || unicode.IsControl(r)
}

// standing is the parameter behind the names that are no variables.
func standing(name string) string {
	switch name {
	case "client_id":
		return name
	case "redirect_uri":
		return "redirect_url"
	case "scope":
		return "scopes"
	}
	return ""
}

// value is that of a name; where there is none yet it is a sign for it.
func (t *consentTemplate) value(name string) (value string, known bool) {
	path := standing(name)
	name, upper := strings.CutSuffix(name, "^") // {name^} is the value in upper case
	if path == "" {
		path = "vars." + name
	}
	value, err := t.values.at(path)
	if unknown := (*unknownValue)(nil); errors.As(err, &unknown) {
		t.unknown = append(t.unknown, unknown.parameter)
		return "<" + string(unknown.parameter) + ">", false
	}
	if err != nil {
		t.refuse(jeton.Parameter(path), err.Error(), "write another value")
		return "", false
	}
	if upper {
		value = strings.ToUpper(value)
	}
	return value, true
}

func (t *consentTemplate) refuse(p jeton.Parameter, problem, fix string) {
	t.findings = append(t.findings, jeton.Finding{Parameter: p, Problem: problem, Fix: fix, Certain: true})
}
