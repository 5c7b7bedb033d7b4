package main

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton"
)

// verdict is the outcome in one sentence: what happened and which parameter to
// correct, or what the token is like, without the token.
func (a *attempt) verdict(findings []jeton.Finding) string {
	if a.err == nil {
		return "it works: " + tokenWords(a.token)
	}
	text, advice := a.happened(), adviceOf(withoutWarnings(findings))
	if wait := describe(a.err).RetryAfter; wait > 0 {
		text += fmt.Sprintf("; it asks to wait %d s", wait)
		if advice == askProvider { // who would say the same
			advice = ""
		}
	}
	if advice != "" {
		text += "; " + advice
	}
	return text
}

// tokenWords are type, lifetime and scope of a token.
func tokenWords(t *jeton.Token) string {
	text := "a token of type " + t.TokenType
	switch life := t.Expiry.Sub(t.Issued); {
	case t.Expiry.IsZero():
		text += " without an expiry"
	case strings.HasPrefix(t.ExpiryFrom, "default"):
		text += ", taken to expire in " + lifetimeWords(life) + " since the reply does not say"
	default:
		text += " that expires in " + lifetimeWords(life)
	}
	if t.Scope != "" {
		text += ", scope " + shorten(t.Scope, 300)
	}
	return text
}

// lifetimeWords is a duration in two units: 1 h, 59 min 30 s, 2 days 4 h; what
// they leave out makes it "about".
func lifetimeWords(d time.Duration) string {
	rest := int64(math.Ceil(d.Seconds())) // an expiry in whole seconds was cut off
	if rest <= 0 {
		return fmt.Sprintf("%d s", rest)
	}
	units := []struct {
		size int64
		name string
	}{{86400, "day"}, {3600, "h"}, {60, "min"}, {1, "s"}}
	for rest < units[0].size {
		units = units[1:]
	}
	text := ""
	for _, u := range units[:min(2, len(units))] {
		if n := rest / u.size; n > 0 {
			text += fmt.Sprintf(" %d %s", n, u.name)
			if u.name == "day" && n > 1 {
				text += "s"
			}
		}
		rest %= u.size
	}
	if rest > 0 {
		return "about" + text
	}
	return text[1:]
}

// refusals say in words what the categories of a refusal mean.
var refusals = map[jeton.Category]string{
	jeton.InvalidClient:        "the server refused the client",
	jeton.UnauthorizedClient:   "the server does not allow this to the client",
	jeton.InvalidGrant:         "the server refused the grant",
	jeton.InvalidScope:         "the server refused the scope",
	jeton.InvalidTarget:        "the server refused the resource that the token is for",
	jeton.InvalidRequest:       "the server finds a mistake in the request",
	jeton.UnsupportedGrantType: "the server does not know the grant type",
	jeton.ConsentRequired:      "the server wants a person to log in or to consent",
	jeton.RateLimited:          "the server wants fewer requests",
	jeton.Provider5xx:          "the server is in trouble",
	jeton.Provider4xxOther:     "the server refused the request",
}

// presentedWords name what a grant presents.
var presentedWords = map[string]string{
	"jwt_bearer": "the assertion", "password": "the user name or password", "refresh_token": "the refresh token",
	"authorization_code": "the code of the login", "device_code": "the device code", "token_exchange": "the token to exchange",
}

// happened is the failure in plain words, without what to do about it.
func (a *attempt) happened() string {
	var e *jeton.Error
	f := describe(a.err)
	if !errors.As(a.err, &e) {
		return f.headline()
	}
	mistakes := len(withoutWarnings(f.Findings))
	switch {
	case e.Category() == jeton.DocumentInvalid && e.Stage == jeton.StageConfig && mistakes > 0:
		return a.documentName() + " has " + count(mistakes, "mistake")
	case e.Category() == jeton.KeyExpired:
		return "a certificate is not valid today"
	case e.Category() == jeton.KeyUnusable && mistakes > 0:
		return "a key or secret cannot be read or used"
	case e.Stage == jeton.StageProbe && e.Status >= 400 && e.Category() != jeton.RateLimited && e.Status < 500:
		return fmt.Sprintf("a token was issued, and the resource refused it (status %d)", e.Status)
	case e.Stage == jeton.StageProbe && e.Status != 0:
		return fmt.Sprintf("a token was issued, and the resource answered with status %d", e.Status)
	case e.Stage != jeton.StageOAuth || e.Status == 0:
		return f.headline()
	}
	presented := ""
	if a.connection != nil {
		presented = presentedWords[a.connection.Grant.Type]
	}
	words := refusals[e.Category()]
	switch {
	case e.Category() == jeton.InvalidGrant && presented != "":
		return "the server refused " + presented
	case words == "":
		return f.headline()
	case e.Code == "": // then the status is all there is
		return fmt.Sprintf("%s (status %d)", words, e.Status)
	}
	return words
}

// documentName is the file that is wrong.
func (a *attempt) documentName() string {
	var file *fileError
	if errors.As(a.err, &file) {
		return nameOf(file.path)
	}
	return "the document"
}

const askProvider = "ask the provider"

// beyondDocument says what to do about what no field of a document corrects.
var beyondDocument = map[jeton.Parameter][2]string{
	"clock":   {"set the clock of this machine", "check the clock of this machine first"},
	"consent": {"a person has to act", "check the consent first"},
	"egress":  {"allow the connection", "check what stands between"},
	"vendor":  {askProvider, askProvider},
}

// adviceOf is what to do first.
func adviceOf(failing []jeton.Finding) string {
	for i, f := range failing {
		if f.Parameter == "" {
			continue
		}
		beyond, outside := beyondDocument[f.Parameter]
		switch {
		case outside && f.Certain:
			return beyond[0]
		case outside:
			return beyond[1]
		case !f.Certain:
			return "check " + string(f.Parameter) + " first"
		}
		more := 0
		for _, other := range failing[i+1:] {
			if other.Certain && other.Parameter != f.Parameter {
				more++
			}
		}
		if more > 0 {
			return fmt.Sprintf("correct %s and %d more", f.Parameter, more)
		}
		return "correct " + string(f.Parameter)
	}
	return ""
}

// shorten cuts a long text and says so.
func shorten(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most+most/4 { // a note is not worth a few characters
		return text
	}
	return fmt.Sprintf("%s [... %d more characters]", string(runes[:most]), len(runes)-most)
}
