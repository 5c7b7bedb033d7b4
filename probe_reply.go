package jeton

import (
	"bytes"
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jeton-oauth/jeton/internal/jsonbody"
	"github.com/jeton-oauth/jeton/internal/scrub"
)

// reason is what an answer of the resource says of itself: in a body of a shape
// that is known, then in a challenge (RFC 6750 section 3), then in its text.
// failed: the body says that this is a failure, whatever the status.
func (p *probe) reason(r *TokenRequest, reply RawReply) (said serverError, failed bool) {
	body, err := p.c.body(reply)
	if reply.Status < 300 {
		if err != nil {
			return said, false
		}
		return failureIn(body)
	}
	if err == nil {
		dropStatus(body, strconv.Itoa(reply.Status), maxStatusDepth)
		said, _ = errorIn(body)
	}
	challenged := challengeOf(reply.Header, p.token.scheme())
	if said.uri == "" {
		said.uri = challenged.uri
	}
	said.fill(challenged.serverError)
	if said.description == "" {
		said.description = replyText(body, reply.Body, scrub.New(r.secrets()))
	}
	if scope := challenged.scope; scope != "" && !strings.Contains(said.description, scope) {
		said.description = strings.TrimSpace(said.description + " (scope: " + scope + ")")
	}
	return said, false
}

// failureIn finds a failure in a body with a status of 2xx. More than at a token
// endpoint must speak for it: an API may well have a list of errors to show.
func failureIn(body any) (said serverError, failed bool) {
	object, ok := body.(map[string]any)
	if !ok {
		return said, false
	}
	said, failed = errorIn(object)
	for _, name := range []string{"ok", "success"} {
		if value, isBool := object[name].(bool); isBool && !value {
			return said, true
		}
	}
	if !failed || saysFine(said.code) {
		return said, false
	}
	list, isList := object["errors"].([]any)
	if !isList {
		list, isList = object["Errors"].([]any)
	}
	if isList && len(list) > 0 && object["error"] == nil { // which errorIn looks at first
		if said.code == "" {
			said.code = extensionCode(list[0])
		}
		return said, object["data"] == nil && (said.code != "" || onlyErrors(object)) // GraphQL may answer in part
	}
	return said, true
}

// saysFine reports whether a code says that there is no error.
func saysFine(code string) bool {
	switch strings.ToLower(code) {
	case "0", "ok", "success", "200":
		return true
	}
	return false
}

// extensionCode is the place of the code in an error of GraphQL.
func extensionCode(first any) string {
	if object, ok := first.(map[string]any); ok {
		if extensions, ok := object["extensions"].(map[string]any); ok {
			return firstText(extensions, "code", "classification")
		}
	}
	return ""
}

// onlyErrors reports whether an answer has nothing beside its list of errors.
func onlyErrors(object map[string]any) bool {
	for name, value := range object {
		if !strings.EqualFold(name, "errors") && value != nil {
			return false
		}
	}
	return true
}

// maxStatusDepth is how deep an error may lie that repeats the status.
const maxStatusDepth = 4

// dropStatus takes out members that only repeat the status, as many bodies do,
// and the type that RFC 9457 section 4.2.1 gives to a problem without one. They
// are no codes and would stand in the way of one.
func dropStatus(body any, status string, depth int) {
	if depth == 0 {
		return
	}
	switch v := body.(type) {
	case map[string]any:
		for name, value := range v {
			if text, ok := jsonbody.Text(value); ok && (text == status || text == "about:blank") {
				delete(v, name)
				continue
			}
			dropStatus(value, status, depth-1)
		}
	case []any:
		if len(v) > 0 { // as much as is read of it
			dropStatus(v[0], status, depth-1)
		}
	}
}

var (
	markup    = regexp.MustCompile(`<[^<>]*>`)
	cdataMark = strings.NewReplacer("<![CDATA[", " ", "]]>", " ")
)

// replyText is the text of an answer that is neither an object nor a list: the
// title of a page, what stands between the tags of XML, or the text itself.
// Secrets are struck out before anything is taken apart.
func replyText(body any, raw []byte, scrubber *scrub.Scrubber) string {
	if text, ok := body.(string); ok {
		return text
	}
	data := bytes.TrimSpace(trimBOM(raw))
	if len(data) == 0 || data[0] == '{' || data[0] == '[' || !utf8.Valid(data) && len(raw) < maxReply {
		return ""
	}
	text := scrubber.Text(string(data))
	switch {
	case webPage(data):
		found := pageTitle.FindStringSubmatch(text)
		if found == nil {
			return "a web page"
		}
		return "a web page, title " + strconv.Quote(words(html.UnescapeString(found[1])))
	case data[0] == '<':
		return words(html.UnescapeString(markup.ReplaceAllString(cdataMark.Replace(text), " ")))
	}
	return words(text)
}

// words joins what white space parts.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

// webPage tells HTML from other markup and from anything else.
func webPage(body []byte) bool {
	data := bytes.TrimSpace(trimBOM(body))
	if len(data) == 0 || data[0] != '<' {
		return false
	}
	head := bytes.ToLower(data[:min(len(data), 512)])
	return bytes.Contains(head, []byte("<html")) || bytes.Contains(head, []byte("<!doctype html")) || bytes.Contains(head, []byte("<title")) || bytes.Contains(head, []byte("<head"))
}
