package jeton

import (
	"slices"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton/internal/scrub"
)

// checkRequest looks at the shape of the token request.
func (c *completed) checkRequest() {
	c.checkOneOf("request.method", c.Request.Method, "POST", "GET")
	c.checkOneOf("request.encoding", c.Request.Encoding, "form", "json", "query")
	if c.Request.Method == "GET" && c.Request.Encoding == "json" {
		c.report.fail("request.encoding", "a GET request has no body to hold JSON", "write request.method: POST, or request.encoding: query")
	}
	c.checkHeaders("request.headers", c.Request.Headers)
	for _, name := range sortedNames(c.Request.Params) {
		c.checkParam(name, c.Request.Params[name])
	}
}

// overridden are the standard parameters that the document may replace.
var overridden = []string{"client_id", "client_secret", "scope", "grant_type", "username", "password"}

// listed are the parameters that may be repeated (RFC 8693 section 2.1, RFC 8707 section 2).
var listed = []string{"audience", "resource"}

func (c *completed) checkParam(name string, values ParamValues) {
	p := "request.params." + Parameter(name)
	c.checkPointer(p, name)
	switch {
	case name == "":
		c.report.fail("request.params", "a parameter has no name", "write the name")
	case slices.Contains(proofParams, name), slices.ContainsFunc(c.wireNames(), func(own wireName) bool { return own.proof && own.name == name }):
		c.report.fail(p, "this parameter carries the proof of the request and cannot be replaced", "write it where it belongs: grant, client.assertion or grant.refresh_token")
	case c.Client.Auth == "client_secret_basic" && (name == "client_id" || name == "client_secret"):
		// it replaces nothing: the client authentication says so itself
	case slices.Contains(overridden, name), slices.ContainsFunc(c.wireNames(), func(own wireName) bool { return own.name == name }):
		c.report.warn(p, "this replaces the standard parameter of the same name", "remove it unless the provider asks for it")
	case len(values) > 1 && !slices.Contains(listed, name) && c.Request.Encoding == "form":
		c.report.warn(p, "this parameter is sent several times, which RFC 6749 section 3.2 allows for audience and resource alone", "write one value, unless the provider asks for a list")
	}
	if name == "resource" {
		for _, v := range values {
			if problem, fix := urlProblemOrURN(v.Text); problem != "" && v.Secret.IsZero() {
				c.report.warn(p, "a resource is an absolute URI without a fragment (RFC 8707 section 2): "+problem, fix)
			}
		}
	}
}

// urlProblemOrURN accepts any absolute URI without a fragment.
func urlProblemOrURN(raw string) (problem, fix string) {
	scheme, _, found := strings.Cut(raw, ":")
	if !found || scheme == "" || strings.Contains(raw, "#") {
		return "it has no scheme, or a fragment", "write for example https://api.example.com/"
	}
	return "", ""
}

// forbiddenHeaders would let the reader of a JWT be led to another key, or
// change what is signed (RFC 8725 section 3).
var forbiddenHeaders = []string{"jku", "x5u", "jwk", "crit", "b64"}

// checkAssertion looks at one of the two assertions, its keys included.
func (c *completed) checkAssertion(p Parameter, a *Assertion, now time.Time) {
	if a == nil || c.Type != "oauth2" {
		return
	}
	if a.external() {
		c.checkExternal(p, a)
		return
	}
	c.checkLifetime(p, a)
	c.checkOneOf(p+".jti", a.JTI, "uuid", "none")
	for _, name := range sortedNames(a.Headers) {
		own := p + ".headers." + Parameter(name)
		switch {
		case slices.Contains(forbiddenHeaders, name):
			c.report.fail(own, "this header member is not allowed: it lets the reader be led to another key or changes what is signed", "remove it")
		case name == "alg" && a.Algorithm != "" && a.Headers[name] != a.Algorithm:
			c.report.fail(own, "this differs from algorithm, which decides", "remove it, and write "+string(p)+".algorithm")
		}
	}
	for _, replaced := range []struct{ name, field string }{{"iss", "issuer"}, {"sub", "subject"}, {"aud", "audience"}, {"iat", "backdate"}, {"exp", "lifetime"}, {"jti", "jti"}} {
		if _, own := a.Claims.get(replaced.name); own {
			c.report.warn(p+".claims."+Parameter(replaced.name), "this replaces the "+replaced.name+" claim", "write "+string(p)+"."+replaced.field+" instead, unless the provider asks for exactly this")
		}
	}
	if _, own := a.Claims.get("scope"); own && len(c.Scopes) > 0 && strings.HasPrefix(c.ScopeIn, "claim") {
		c.report.warn(p+".claims.scope", "this replaces the scope claim that scope_in writes", "write scopes alone, or scope_in: none")
	}
	for _, member := range a.Claims {
		if member.Name == "" {
			c.report.fail(p+".claims", "a claim has no name", "write the name")
		}
	}
	c.checkSigningKeys(p, a, now)
}

func (c *completed) checkLifetime(p Parameter, a *Assertion) {
	switch d := time.Duration(a.Lifetime); {
	case d < time.Second: // exp has whole seconds
		c.report.fail(p+".lifetime", "the lifetime is under a second", "write for example 5m")
	case d > time.Hour:
		c.report.warn(p+".lifetime", "the assertion lives more than an hour: whoever reads it can use it as long, and many servers refuse it", "write 5m")
	case d > 10*time.Minute && !selfIssued(&c.Connection):
		c.report.warn(p+".lifetime", "the assertion lives more than 10 minutes, which many servers refuse", "write 5m")
	}
	if a.Backdate < 0 {
		c.report.fail(p+".backdate", "backdate moves iat into the past and cannot be negative", "write a positive duration, or auto_skew: true")
	}
	if a.Backdate >= a.Lifetime && a.Backdate > 0 {
		c.report.fail(p+".backdate", "the assertion would have expired when it is sent", "write a backdate shorter than the lifetime")
	}
}

// checkSigningKeys reads every key of the list, and holds it against the algorithm.
func (c *completed) checkSigningKeys(p Parameter, a *Assertion, now time.Time) {
	if c.Client.Auth == "client_secret_jwt" && p == "client.assertion" {
		c.checkSecretAsKey(a)
		return
	}
	used := p == "grant.assertion" && c.Grant.Type == "jwt_bearer" || p == "client.assertion" && c.Client.Auth == "private_key_jwt"
	if len(a.Key) == 0 && used {
		c.report.require(p+".key", false, "the assertion has no key")
	}
	for i := range a.Key {
		own := listParameter(p+".key", i, len(a.Key))
		private, failed := c.keys.private(own, &a.Key[i], isHMAC(a.Algorithm))
		if failed != nil {
			c.report.failError(failed)
			continue
		}
		for _, note := range private.Notes {
			c.report.remark(own, note, "nothing needs to be done")
		}
		algorithm, failed := checkedAlgorithm(p, a, private)
		if failed != nil {
			c.report.failError(failed)
			continue
		}
		if written, ok := a.Headers["alg"]; ok && a.Algorithm == "" && written != algorithm {
			c.report.fail(p+".headers.alg", "this differs from the algorithm of the key", "remove it, and write "+string(p)+".algorithm")
		}
		if a.Algorithm == "" && i == 0 {
			c.setting(p+".algorithm", algorithm, "default (from the key)")
		}
		filled, failed := keyed(p, a, private)
		if failed == nil {
			_, failed = joseHeader(p, filled, private)
		}
		if failed != nil {
			c.report.failError(failed)
		}
		if kid, _ := a.Headers["kid"].(string); kid != "" && kid != "thumbprint" && private.ID != "" && kid != private.ID {
			c.report.add(Finding{Parameter: p + ".headers.kid", Problem: "the key file names another key id", Fix: "leave kid out, unless the provider shows this one", Proposed: private.ID,
				Evidence: scrub.Cut("written: "+kid+"; key file: "+private.ID, maxForeign), Certain: true, Warning: true})
		}
		if len(private.Certificates) > 0 {
			checkDates(&c.report, own, private.Certificates[0], now, len(a.CertificateHeaders) > 0)
		}
	}
}

// checkSecretAsKey holds each client secret to the floor of its hash.
func (c *completed) checkSecretAsKey(a *Assertion) {
	if !isHMAC(a.Algorithm) {
		c.report.fail("client.assertion.algorithm", "client_secret_jwt signs with HMAC", "write HS256, HS384 or HS512, or client.auth: private_key_jwt")
		return
	}
	r := &TokenRequest{Connection: &c.Connection, keys: &c.keys}
	for i := range c.Client.Secret {
		r.choice.secret = i
		if c.Client.Secret[i].Value.IsZero() {
			continue // reported where sources are checked
		}
		private, _, failed := r.secretKey(a)
		if failed == nil {
			if _, failed = keyed("client.assertion", a, private); failed != nil {
				c.report.failError(failed)
				continue
			}
		}
		if failed != nil {
			failed.Findings[0].Parameter = listParameter("client.secret", i, len(c.Client.Secret))
			c.report.failError(failed)
		}
	}
}
