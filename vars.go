package jeton

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// placeholder is {name} in a URL; {reply.name} belongs to the reply and is left alone.
var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// expand fills {name} in a URL from vars and notes which were used.
func (c *completed) expand(p Parameter, template string, used map[string]bool) string {
	if !strings.Contains(template, "{") {
		return template
	}
	return placeholder.ReplaceAllStringFunc(template, func(found string) string {
		name := found[1 : len(found)-1]
		if strings.HasPrefix(name, "reply.") {
			return found
		}
		name, value := c.variable(name)
		if value == "" {
			c.report.fail("vars."+Parameter(name), found+" in "+string(p)+" has no value", "write vars."+name+c.standsFor(name))
			return found
		}
		if !used[name] {
			used[name] = true
			c.checkVar(name, value)
		}
		return value
	})
}

// variable is the value of what stands in braces; empty if there is none.
// {name^} is the value in upper case.
func (c *Connection) variable(written string) (name, value string) {
	name, upper := strings.CutSuffix(written, "^")
	if value = c.Vars[name]; upper {
		value = strings.ToUpper(value)
	}
	return name, value
}

// standsFor says what a variable of a preset stands for.
func (c *completed) standsFor(name string) string {
	if c.Applied == nil || c.Applied.Variables[name] == "" {
		return ""
	}
	return ": " + c.Applied.Variables[name]
}

// checkVar keeps a value from changing the shape of the URL that it goes into:
// an account name must not be able to name another host.
func (c *completed) checkVar(name, value string) {
	p := "vars." + Parameter(name)
	if i := strings.IndexFunc(value, changesURL); i >= 0 {
		c.report.fail(p, "a value for a URL may not contain / ? # @ : \\ % or white space", "write only the part that stands for {"+name+"}")
	} else if strings.Trim(value, ".") == "" {
		c.report.fail(p, "a value for a URL may not be dots alone", "write only the part that stands for {"+name+"}")
	}
}

func changesURL(r rune) bool {
	return strings.ContainsRune(`/?#@:\%[]{}`, r) || unicode.IsSpace(r) || unicode.IsControl(r)
}

// checkUnusedVars warns about a variable that nothing uses: usually a typing mistake.
func (c *completed) checkUnusedVars(used map[string]bool) {
	if len(c.Vars) == 0 {
		return
	}
	others := strings.Join(append(append([]string{c.Consent.URL, c.Resource.Probe}, c.Resource.URLs...), c.assertionAudiences()...), " ")
	for _, name := range sortedNames(c.Vars) {
		if !used[name] && !c.usedInText[name] && c.standsFor(name) == "" /* a preset may use it on a consent page */ && !strings.Contains(others, "{"+name+"}") && !strings.Contains(others, "{"+name+"^}") {
			c.report.warn("vars."+Parameter(name), "neither a URL nor a text contains {"+name+"}", "remove it, or write {"+name+"} where it belongs")
		}
	}
}

func (c *completed) assertionAudiences() (audiences []string) {
	for _, a := range []*Assertion{c.Client.Assertion, c.Grant.Assertion} {
		if a != nil {
			audiences = append(audiences, a.Audience...)
		}
	}
	return audiences
}

// fillTextVars fills {name} in scopes and in the parameters of the request, for a name that has a value below vars. Other braces are left alone:
// they may be what a server wants; but for those of a preset's variable.
func (c *completed) fillTextVars() {
	c.Scopes = c.filledScopes(c.Scopes)
	c.Request.Params = c.filledParams("request.params.", c.Request.Params)
}

func (c *completed) filledScopes(scopes Scopes) Scopes {
	for i, scope := range scopes {
		if filled := c.fillKnown("scopes", scope); filled != scope {
			scopes = slices.Clone(scopes)
			scopes[i] = filled
		}
	}
	return scopes
}

func (c *completed) filledParams(p Parameter, params map[string]ParamValues) map[string]ParamValues {
	if !hasVariable(params) {
		return params
	}
	copied := false
	for _, name := range sortedNames(params) {
		for i, value := range params[name] {
			filled := c.fillKnown(p+Parameter(name), value.Text)
			if filled == value.Text {
				continue
			}
			if !copied {
				params, copied = maps.Clone(params), true
			}
			params[name] = slices.Clone(params[name])
			params[name][i].Text = filled
		}
	}
	return params
}

func hasVariable(params map[string]ParamValues) bool {
	for _, values := range params {
		for _, value := range values {
			if strings.Contains(value.Text, "{") {
				return true
			}
		}
	}
	return false
}

// fillKnown fills the variables of a text that have a value.
func (c *completed) fillKnown(p Parameter, text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		filled, ok := c.textVariable(found)
		if name := strings.TrimSuffix(found[1:len(found)-1], "^"); !ok && c.standsFor(name) != "" {
			c.report.fail("vars."+Parameter(name), found+" in "+string(p)+" has no value", "write vars."+name+c.standsFor(name))
		}
		return filled
	})
}
