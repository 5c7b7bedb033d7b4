package provider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jeton-oauth/jeton"
)

// values are what is in effect in a connection, by the paths of the document.
type values struct {
	connection *jeton.Connection
	settings   map[jeton.Parameter]string
}

// valuesOf needs no more of a connection than what has been written so far, and
// what has been read of its keys. Nothing is sent.
func valuesOf(c *jeton.Connection) *values {
	v := &values{connection: c, settings: map[jeton.Parameter]string{}}
	x, _ := new(jeton.Engine).Explain(c, nil) // an error is what is missing, which the settings show
	if x != nil {
		for _, s := range x.Settings {
			v.settings[s.Parameter] = s.Value
		}
	}
	return v
}

// unknownValue is a value that nobody has written yet.
type unknownValue struct {
	parameter jeton.Parameter
	why       string
}

func (e *unknownValue) Error() string {
	if e.why != "" {
		return e.why
	}
	return "it has no value yet"
}

// at is the value of a path in effect. An error that is no *unknownValue is a
// mistake of who wrote the path: a field that there is not, or a secret.
func (v *values) at(path string) (string, error) {
	switch path {
	case "client_id":
		return v.clientID()
	case "redirect_url":
		if v.settings["grant.redirect_url"] == "" {
			return defaultRedirectURL, nil
		}
		path = "grant.redirect_url"
	case "scope":
		path = "scopes"
	case "name":
		return or(v.connection.Name, path)
	case "title":
		return or(v.connection.Title, path)
	}
	known, secret := documentPath(path)
	value := v.settings[jeton.Parameter(path)]
	switch {
	case !known:
		return "", fmt.Errorf("%s is no field of a connection document", path)
	case secret, strings.Contains(value, jeton.Redacted):
		return "", fmt.Errorf("%s is a secret, which is not shown", path)
	}
	return or(value, path)
}

func or(value, path string) (string, error) {
	if value == "" {
		return "", &unknownValue{parameter: jeton.Parameter(path)}
	}
	return value, nil
}

// clientID is the client_id of a consent page: where only an assertion names the
// client, its issuer.
func (v *values) clientID() (string, error) {
	if id := v.settings["client.id"]; id != "" {
		return id, nil
	}
	if c := v.connection; c.Grant.Type == "jwt_bearer" && c.Client.Assertion == nil && len(c.Client.Secret) == 0 {
		return or(v.settings["grant.assertion.issuer"], "grant.assertion.issuer")
	}
	return or("", "client.id")
}

// missingVariables are the {name} in a URL that nothing has filled.
func (v *values) missingVariables(url string) (names []string) {
	for _, found := range placeholder.FindAllStringSubmatch(url, -1) {
		if name := strings.TrimSuffix(found[1], "^"); v.connection.Vars[name] == "" && !strings.HasPrefix(name, "reply.") && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// about says what a parameter stands for, where the preset knows it.
func (p *Provider) about(parameter jeton.Parameter) string {
	name, found := strings.CutPrefix(string(parameter), "vars.")
	for _, v := range p.Variables {
		if found && v.Name == name {
			return v.Description
		}
	}
	return ""
}
