package jeton

import (
	"bytes"
	"encoding/json"
	"html"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton/internal/jsonbody"
)

// maxToken bounds an access token or refresh token, in bytes.
const maxToken = 16 << 10

// ParseReply judges a raw reply of connection c: a usable token, or an *Error
// that says why there is none. It needs nothing but its arguments, so that a
// journalled reply can be parsed again after a crash. A reply without a new
// refresh token leaves RefreshToken empty; Exchange then keeps the old one. Of a
// connection with steps each reply is judged alone: the token of an early one is
// what the next step presents, and its refresh token renews the connection.
func ParseReply(c *Connection, reply RawReply) (*Token, error) {
	completed := complete(c, &keyring{}, nil, false)
	if reply.Step != 0 {
		return completed.parseStep(reply)
	}
	token, err := completed.parse(reply)
	if err != nil {
		return nil, finishError(err, completed.request(reply.Sent, nil), reply)
	}
	token.cutForeign()
	return token, nil
}

// parse judges in a fixed order: redirect, what kind of body, error, success, token.
func (c *completed) parse(reply RawReply) (*Token, error) {
	if reply.Partial {
		return nil, malformed(reply, "the reply is not complete", nil)
	}
	if reply.Status >= 300 && reply.Status < 400 {
		return nil, redirected(reply)
	}
	success := reply.Status >= 200 && reply.Status < 300
	read := c.body
	if success {
		read = c.successBody
	}
	body, err := read(reply)
	if err != nil {
		if success {
			return nil, err
		}
		return nil, refused(reply, serverError{})
	}
	if said, failed := errorIn(body); failed || !success {
		return nil, refused(reply, said)
	}
	if !holds(c.Response.Success, body) {
		_, said := vendorError(body)
		failed := refused(reply, said)
		failed.Problem = "the reply is not the success that response.success describes"
		failed.Findings = append(failed.Findings, Finding{Parameter: "response.success", Problem: "the condition does not hold for the reply",
			Fix: "read the reply: either the provider refused, or the condition is wrong"})
		return nil, failed
	}
	return c.token(body, reply)
}

// body decodes a reply: JSON whatever it is labelled, else a form, else an
// error that says what it is instead.
func (c *completed) body(reply RawReply) (any, error) {
	data := trimBOM(reply.Body)
	trimmed := bytes.TrimSpace(data)
	if len(trimmed) == 0 {
		return nil, malformed(reply, "the reply has no body", nil)
	}
	if trimmed[0] == '<' {
		return nil, notAToken(reply, trimmed)
	}
	if form, ok := formReply(reply); ok {
		object := make(map[string]any, len(form))
		for name, values := range form {
			if len(values) > 1 {
				return nil, malformed(reply, "a member stands twice: "+strconv.Quote(name), nil)
			}
			object[name] = values[0]
		}
		return object, nil
	}
	body, err := jsonbody.Decode(data)
	if err != nil && reply.Status >= 300 && len(reply.Body) == maxReply {
		body, err = decodeCut(data)
	}
	if err != nil {
		return nil, malformed(reply, "the reply cannot be used: "+err.Error(), nil)
	}
	return body, nil
}

func trimBOM(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) }

// formReply reads a form-encoded reply, as GitHub and Facebook send: labelled
// as one, or recognised by its members.
func formReply(reply RawReply) (url.Values, bool) {
	trimmed := bytes.TrimSpace(trimBOM(reply.Body))
	if len(trimmed) == 0 || bytes.IndexByte([]byte("{[<"), trimmed[0]) >= 0 {
		return nil, false
	}
	text := string(trimmed)
	media, _, _ := mime.ParseMediaType(reply.Header.Get("Content-Type"))
	labelled := media == "application/x-www-form-urlencoded"
	if !labelled && !strings.HasPrefix(text, "access_token=") && !strings.HasPrefix(text, "error=") && !strings.Contains(text, "&access_token=") {
		return nil, false
	}
	form, err := url.ParseQuery(text)
	return form, err == nil && hasPair(form)
}

// hasPair tells a form from a bare text under the label of one: that text may be
// the token itself, and as the name of a member it would be shown.
func hasPair(form url.Values) bool {
	for name, values := range form {
		if name != "" && strings.Trim(values[0], "=") != "" { // base64 ends with =
			return true
		}
	}
	return len(form["access_token"])+len(form["error"]) > 0
}

var pageTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// notAToken says that a page or XML came instead of a token.
func notAToken(reply RawReply, body []byte) *Error {
	head := strings.ToLower(string(body[:min(len(body), 512)]))
	if strings.HasPrefix(head, "<?xml") && !strings.Contains(head, "<html") {
		return malformed(reply, "the server returned XML instead of a token reply", nil)
	}
	problem, title := "the server returned a web page", ""
	if found := pageTitle.FindSubmatch(body); found != nil {
		if text := strings.Join(strings.Fields(html.UnescapeString(string(found[1]))), " "); text != "" {
			title = "title " + strconv.Quote(text)
			problem += " (" + title + ")"
		}
	}
	return malformed(reply, problem, []Finding{{Parameter: "token_url", Problem: "the server returned a web page instead of a token reply",
		Fix: "check that token_url is the token endpoint and not the sign-in page", Evidence: title}})
}

func malformed(reply RawReply, problem string, findings []Finding) *Error {
	failed := NewError(MalformedResponse, StageResponse, problem, findings...)
	return failed.withReply(reply)
}

// redirected is a 3xx: nothing was sent on, and only the host of the target is shown.
func redirected(reply RawReply) *Error {
	target := locationHost(reply.Header.Get("Location"))
	failed := NewError(Provider4xxOther, StageHTTP, "the token URL is wrong: the token endpoint redirects to "+strconv.Quote(target), Finding{Parameter: "token_url", Certain: true,
		Problem: "the token URL is wrong: the server redirects (status " + strconv.Itoa(reply.Status) + "), and a credential is never sent on",
		Fix:     "write the token endpoint itself", Evidence: "redirects to " + target})
	return failed.withReply(reply)
}

// withReply adds what every reply tells: status, Retry-After and the clock.
func (e *Error) withReply(reply RawReply) *Error {
	e.Status = reply.Status
	e.RetryAfter = retryAfter(reply)
	e.ClockOffset, e.HasClockOffset = reply.clockOffset()
	return e
}

// clockOffset is the server's Date minus our clock at the middle of the
// exchange. Date has whole seconds, so half a second is added. A clock that
// began in 1970 is off by decades; an offset of more than a century tells nothing
// but that the header is wrong, and could not be negated.
func (r RawReply) clockOffset() (time.Duration, bool) {
	date, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil || r.Sent.IsZero() || r.Received.Before(r.Sent) {
		return 0, false
	}
	middle := r.Sent.Add(r.Received.Sub(r.Sent) / 2)
	offset := date.Add(500 * time.Millisecond).Sub(middle)
	return offset, offset.Abs() < longestOffset
}

// retryAfter reads seconds or an HTTP date (RFC 9110 section 10.2.3): at most
// an hour; a second where the time has passed or is negative; 0 for anything else.
func retryAfter(reply RawReply) time.Duration {
	text := strings.TrimSpace(reply.Header.Get("Retry-After"))
	if text == "" {
		return 0
	}
	wait := time.Duration(0)
	if seconds, ok := numberOf(json.Number(text)); ok && !strings.ContainsAny(text, "xXpP_iInN") {
		wait = time.Duration(min(max(seconds, 0), 3600) * float64(time.Second))
	} else if date, err := http.ParseTime(text); err == nil {
		now := reply.Received
		if server, err := http.ParseTime(reply.Header.Get("Date")); err == nil {
			now = server // both by the server's clock
		}
		wait = date.Sub(now)
	} else {
		return 0
	}
	return min(max(wait, time.Second), time.Hour)
}

// holds reports whether all conditions hold for a body.
func holds(conditions Conditions, body any) bool {
	for _, condition := range conditions {
		value, exists := jsonbody.Lookup(body, condition.Path)
		if condition.Exists != nil && *condition.Exists != exists {
			return false
		}
		if condition.Equals != nil && (!exists || !equalJSON(condition.Equals, value)) {
			return false
		}
		if condition.Matches != "" {
			text, ok := jsonbody.Text(value)
			pattern, err := regexp.Compile(condition.Matches)
			if err != nil || !ok || !pattern.MatchString(text) {
				return false
			}
		}
	}
	return true
}

// equalJSON compares two values as JSON, numbers by their value.
func equalJSON(a, b any) bool {
	left, errA := json.Marshal(a)
	right, errB := json.Marshal(b)
	if errA != nil || errB != nil {
		return false
	}
	if bytes.Equal(left, right) {
		return true
	}
	x, errA := strconv.ParseFloat(string(left), 64)
	y, errB := strconv.ParseFloat(string(right), 64)
	return errA == nil && errB == nil && x == y
}
