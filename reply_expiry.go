package jeton

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton/internal/jsonbody"
	"github.com/jeton-oauth/jeton/internal/scrub"
)

const (
	// fallbackLifetime is used where neither reply, JWT nor document give an expiry.
	fallbackLifetime = 300 * time.Second
	// longestLifetime caps every lifetime.
	longestLifetime = 10 * 365 * 24 * time.Hour
	// suspiciousLifetime of a number of seconds that may well be milliseconds.
	suspiciousLifetime = 30 * 24 * time.Hour
	// smallOffset of a clock is below what a Date header can tell.
	smallOffset = 2 * time.Second
	// longestOffset of a clock that is believed.
	longestOffset = 100 * 365 * 24 * time.Hour
)

// expiry applies the first rule that fits: the value in the reply, exp of a JWT
// access token, the default lifetime; then the caps. With expires_in: none the
// default lifetime counts, up to the exp of a JWT.
func (c *completed) expiry(t *Token, body any, reply RawReply) *Error {
	value, path, present := c.expiryAt(body, reply)
	if text, isString := value.(string); isString && strings.TrimSpace(text) == "" {
		value = nil
	}
	if present && value != nil {
		expiry, problem := c.expiryOf(value, reply)
		if problem != "" {
			return badExpiry(reply, path, problem)
		}
		t.Expiry, t.ExpiryFrom = expiry, "reply"
	} else {
		t.Expiry, t.ExpiryFrom = reply.Sent.Add(c.defaultLifetime()), "default"
		expiry, ok := jwtExpiry(t.AccessToken.Reveal())
		if expiry = localTime(expiry, reply); ok && (path != "none" || expiry.Before(t.Expiry)) {
			t.Expiry, t.ExpiryFrom = expiry, "jwt"
		}
	}
	c.capExpiry(t, path)
	if t.ExpiryFrom == "jwt" && !t.Expiry.After(t.Issued) {
		return badExpiry(reply, "exp of the JWT", expired)
	}
	if !t.Expiry.After(t.Issued) {
		return badExpiry(reply, path, expired)
	}
	return nil
}

// defaultLifetime is that of a token whose expiry nothing tells.
func (c *Connection) defaultLifetime() time.Duration {
	if c.Response.DefaultLifetime == 0 {
		return fallbackLifetime
	}
	return time.Duration(c.Response.DefaultLifetime)
}

// capExpiry holds a lifetime to the document's maximum and to ten years.
func (c *completed) capExpiry(t *Token, path string) {
	warn := func(p Parameter, problem, fix string) {
		t.Warnings = append(t.Warnings, Finding{Parameter: p, Problem: problem, Fix: fix, Certain: true, Warning: true})
	}
	lifetime := t.Expiry.Sub(t.Issued)
	switch {
	case lifetime > longestLifetime:
		lifetime = longestLifetime
		warn("response.expires_format", "the lifetime in the reply is over 10 years; 10 years are used", "check the unit of "+scrub.Cut(scrub.Escape(path), 60))
	case lifetime > suspiciousLifetime && t.ExpiryFrom == "reply" && (c.Response.ExpiresFormat == "" || c.Response.ExpiresFormat == "seconds"):
		warn("response.expires_format", "the token lives over 30 days; the value may be in milliseconds", "write response.expires_format: milliseconds if the provider says so")
	}
	if most := time.Duration(c.Response.MaxLifetime); most > 0 && lifetime > most {
		lifetime = most
	}
	if lifetime < t.Expiry.Sub(t.Issued) {
		t.Expiry, t.ExpiryFrom = t.Issued.Add(lifetime), t.ExpiryFrom+" (capped)"
	}
}

// expiryOf reads the value in the format of the document. Numbers may be
// written as strings, with a fraction or an exponent.
func (c *completed) expiryOf(value any, reply RawReply) (expiry time.Time, problem string) {
	format := c.Response.ExpiresFormat
	if format == "rfc3339" {
		text, ok := value.(string)
		if !ok {
			return time.Time{}, "is " + jsonbody.KindOf(value) + ", not an RFC 3339 time"
		}
		at, err := time.Parse(time.RFC3339, strings.TrimSpace(text))
		if err != nil {
			return time.Time{}, "is no RFC 3339 time"
		}
		return localTime(at, reply), ""
	}
	number, ok := numberOf(value)
	if !ok {
		if _, isString := value.(string); isString {
			return time.Time{}, "is a string that is no number"
		}
		return time.Time{}, "is " + jsonbody.KindOf(value) + ", not a number"
	}
	if number <= 0 {
		return time.Time{}, notPositive
	}
	switch format {
	case "milliseconds":
		return reply.Sent.Add(seconds(number / 1000)), ""
	case "epoch":
		return localTime(epoch(number), reply), ""
	case "epoch_ms":
		return localTime(epoch(number/1000), reply), ""
	}
	return reply.Sent.Add(seconds(number)), ""
}

// numberOf reads a number or a string that is one; never NaN or infinite.
func numberOf(value any) (float64, bool) {
	var text string
	switch v := value.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = strings.TrimSpace(v)
		if strings.ContainsAny(text, "xX_pPiInN") { // hexadecimal, Inf and NaN are no JSON numbers
			return 0, false
		}
	default:
		return 0, false
	}
	number, err := strconv.ParseFloat(text, 64)
	if math.IsInf(number, 0) && err != nil {
		number, err = math.Copysign(math.MaxFloat64, number), nil // out of range, but a number: it is capped
	}
	return number, err == nil && !math.IsNaN(number)
}

// seconds is a lifetime in whole seconds, a little above the cap at most, so
// that nothing overflows.
func seconds(number float64) time.Duration {
	most := (longestLifetime + time.Hour).Seconds()
	return time.Duration(math.Floor(min(number, most))) * time.Second
}

func epoch(number float64) time.Time { return time.Unix(int64(min(number, maxEpoch)), 0) }

// localTime is a time of the server's clock on ours, where the reply's Date
// header shows that the two differ.
func localTime(at time.Time, reply RawReply) time.Time {
	if offset, ok := reply.clockOffset(); ok && offset.Abs() > smallOffset {
		return at.Add(-offset)
	}
	return at
}

// What an expiry says whose token is dead.
const (
	expired     = "says that the token has already expired"
	notPositive = "is not positive: the token has already expired"
)

func badExpiry(reply RawReply, path, problem string) *Error {
	p := scrub.Cut(scrub.Escape(path), 100)
	failed := NewError(BadExpiresIn, StageResponse, "the expiry of the token cannot be used: "+p+" "+problem, Finding{
		Parameter: "response.expires_in", Problem: "the value at " + p + " " + problem, Fix: "check response.expires_in and response.expires_format against the provider's documentation", Certain: true})
	failed.dead = problem == expired || problem == notPositive
	return failed.withReply(reply)
}
