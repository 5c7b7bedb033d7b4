package jeton

import (
	"encoding/json"
	"strings"

	"github.com/jeton-oauth/jeton/internal/scrub"
)

// tokenExchangeType is the registered grant type of RFC 8693 section 2.1.
const tokenExchangeType = "urn:ietf:params:oauth:grant-type:token-exchange"

// tokenTypePrefix begins the token type identifiers of RFC 8693 section 3.
const tokenTypePrefix = "urn:ietf:params:oauth:token-type:"

// notApplicable is the token_type of what is no access token (RFC 8693 section 2.2.1).
const notApplicable = "N_A"

// tokenExchange is RFC 8693: one token is given for another. If a reply brings
// a refresh token, later requests present that: the subject token may have ended.
type tokenExchange struct{}

func (tokenExchange) Type() string { return "token_exchange" }

func (tokenExchange) Apply(r *TokenRequest) error {
	if r.renew() {
		return nil
	}
	g := r.Connection.Grant
	r.setGrantType()
	r.set("subject_token", g.SubjectToken.Value.Reveal())
	r.set("subject_token_type", g.SubjectTokenType)
	r.set("actor_token", g.ActorToken.Value.Reveal())
	r.set("actor_token_type", g.ActorTokenType)
	r.set("requested_token_type", g.RequestedTokenType)
	return nil
}

func (tokenExchange) check(c *Connection, report *report) {
	g := c.Grant
	report.require("grant.subject_token", !g.SubjectToken.IsZero(), "a token exchange needs the token that is given (RFC 8693 section 2.1)")
	report.require("grant.subject_token_type", g.SubjectTokenType != "", "a token exchange says of what type the given token is, for example "+tokenTypePrefix+"access_token")
	if g.ActorToken.IsZero() && g.ActorTokenType != "" {
		report.fail("grant.actor_token_type", "there is a type of the actor token and no actor token (RFC 8693 section 2.1)", "write grant.actor_token, or remove the type")
	}
	if !g.ActorToken.IsZero() && g.ActorTokenType == "" {
		report.fail("grant.actor_token_type", "an actor token has a type (RFC 8693 section 2.1)", "write for example "+tokenTypePrefix+"access_token")
	}
	for _, t := range []struct {
		parameter Parameter
		value     string
	}{{"grant.subject_token_type", g.SubjectTokenType}, {"grant.actor_token_type", g.ActorTokenType}, {"grant.requested_token_type", g.RequestedTokenType}} {
		if t.value != "" && !strings.Contains(t.value, ":") {
			report.add(Finding{Parameter: t.parameter, Problem: "a token type is a URI (RFC 8693 section 3), and this is none", Fix: "write the whole URI, unless the provider knows this word",
				Proposed: tokenTypePrefix + t.value, Certain: true, Warning: true})
		}
	}
}

// issuedTokenType keeps what a token exchange issued, which is for the caller to
// know: the token may be for something else than presenting it. The reply to a
// renewal has no such member.
func (c *completed) issuedTokenType(t *Token, body any, reply RawReply) {
	if c.Grant.Type != "token_exchange" || c.step > 0 || reply.renewed {
		return
	}
	warn := func(p Parameter, problem, fix, evidence string) {
		t.Warnings = append(t.Warnings, Finding{Parameter: p, Problem: problem, Fix: fix, Evidence: evidence, Certain: true, Warning: true})
	}
	value, _ := c.beside(body, "issued_token_type")
	issued, _ := value.(string)
	if issued == "" || len(issued) > maxForeign || scrub.Escape(issued) != issued {
		warn("grant.requested_token_type", "the reply does not say of what type the token is: issued_token_type is missing (RFC 8693 section 2.2.1)", "nothing needs to be done", "")
		return
	}
	raw, err := json.Marshal(issued)
	if err != nil {
		return
	}
	t.Extra = map[string]json.RawMessage{"issued_token_type": raw}
	if wanted := c.Grant.RequestedTokenType; wanted != "" && wanted != issued {
		shown := scrub.New(c.request(reply.Sent, nil).secrets()).Text(issued)
		warn("grant.requested_token_type", "the token is of another type than the one asked for", "compare the two; the provider decides", "issued: "+shown)
	}
}
