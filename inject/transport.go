package inject

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/internal/place"
)

const (
	// maxRejection bounds what is read of a body to see whether the token is dead.
	maxRejection = 64 << 10
	// maxDrained bounds what is read of an answer that is thrown away, so that its
	// connection can be used again.
	maxDrained = 4 << 10
)

// Transport is an http.RoundTripper that puts a token on each request, and
// sends it only to the URLs that are listed. It sees every hop of a redirect,
// and refuses one that leads elsewhere; [Client] hands such an answer to the
// caller instead.
//
// When the resource refuses the token, the source is told, and the request is
// sent once more with a new token, if there is one and the body can be sent
// again (none, or Request.GetBody). The caller's request is never changed. Its
// own fields of the names that carry the token are left out, in every spelling.
//
// A Transport must not be copied or changed after its first use.
type Transport struct {
	// Source of tokens.
	Source Source
	// URLs are the only places where the token is sent: scheme, host, port and
	// the beginning of the path, as in resource.urls of a connection. Without
	// any, every request is refused.
	URLs []string
	// URLsOf, if not nil, stands for URLs and gives the places of each token: the
	// ResourceURLs of a connection whose resource.urls a reply fills.
	URLsOf func(*jeton.Token) ([]string, error)
	// Base sends the requests; nil: http.DefaultTransport.
	Base http.RoundTripper
	// Rejected says how the resource tells that a token is dead, as in a
	// connection; nil: status 401. An answer that speaks of insufficient_scope
	// never counts: a new token would have the same scope (RFC 6750 section 3.1);
	// nor does one that wants a nonce in the DPoP proof (RFC 9449 section 9).
	Rejected *jeton.Rejected

	once      sync.Once
	places    places
	err       error
	presented atomic.Pointer[presentation]
	filled    atomic.Pointer[tokenPlaces]
}

// Client returns a client that sends the token of source to the URLs given, and
// to no others. An answer that redirects to another origin, or out of the URLs,
// is handed to the caller as it is. There is no timeout beside those of the
// requests' contexts.
func Client(source Source, urls ...string) *http.Client {
	t := &Transport{Source: source, URLs: urls}
	return &http.Client{Transport: t, CheckRedirect: t.CheckRedirect}
}

// CheckRedirect is for http.Client: it hands a redirect that leaves the origin
// or the URLs of t to the caller.
func (t *Transport) CheckRedirect(r *http.Request, via []*http.Request) error {
	if len(via) >= 10 || !place.SameOrigin(r.URL, via[len(via)-1].URL) || t.admitRedirect(r) != nil {
		return http.ErrUseLastResponse
	}
	return nil
}

// RoundTrip sends r with a token.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := t.admit(r); err != nil {
		return nil, unsent(r, err)
	}
	token, err := t.Source.Token(r.Context())
	if err != nil {
		return nil, unsent(r, err)
	}
	if err := t.admitToken(r, token); err != nil {
		return nil, unsent(r, err)
	}
	response, err := t.send(r, token)
	if err != nil || !t.rejects(response) {
		return response, err
	}
	t.Source.Reject(r.Context(), token)
	next := t.successor(r, token)
	if next == nil || t.admitToken(r, next) != nil {
		return response, nil
	}
	return t.again(r, next, response)
}

// send sends r with a token; once more if the resource demands another nonce in
// the DPoP proof than it had (RFC 9449 section 9). The token is as good as before.
func (t *Transport) send(r *http.Request, token *jeton.Token) (*http.Response, error) {
	response, err := t.roundTrip(r, t.attach(r, token))
	if err != nil {
		return nil, err
	}
	if !token.Challenged(response) || !repeatable(r) {
		return response, nil
	}
	response, err = t.again(r, token, response)
	if err == nil {
		token.Challenged(response) // it may bring the next nonce
	}
	return response, err
}

// repeatable reports whether the body of a request can be sent again.
func repeatable(r *http.Request) bool {
	return r.Body == nil || r.Body == http.NoBody || r.GetBody != nil
}

// CloseIdleConnections is for http.Client.CloseIdleConnections.
func (t *Transport) CloseIdleConnections() {
	if base, ok := t.base().(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

// admit reads the list once and looks the request up in it.
func (t *Transport) admit(r *http.Request) error {
	t.once.Do(func() {
		if t.URLsOf == nil {
			t.places, t.err = parsePlaces(t.URLs)
		}
		if t.err == nil && t.Source == nil {
			t.err = jeton.NewError(jeton.NoToken, jeton.StageConfig, "the transport has no source of tokens")
		}
	})
	if t.err != nil || t.URLsOf != nil {
		return t.err
	}
	return t.places.admit(r.URL, r.Host)
}

func (t *Transport) base() http.RoundTripper {
	if t.Base != nil {
		return t.Base
	}
	return http.DefaultTransport
}

// unsent closes the body of a request that goes nowhere, as a RoundTripper must.
func unsent(r *http.Request, err error) error {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return err
}

// attach returns a copy of r that carries the token.
func (t *Transport) attach(r *http.Request, token *jeton.Token) *http.Request {
	p := t.present(token)
	copied := r.WithContext(r.Context())
	header := maps.Clone(r.Header)
	if header == nil {
		header = make(http.Header, len(p.names))
	}
	for name := range header {
		if p.owns(name) {
			delete(header, name)
		}
	}
	copied.Header = header
	if p.values == nil {
		token.Authorize(copied)
		return copied
	}
	for i, name := range p.names {
		header[name] = p.values[i]
	}
	return copied
}

// rejects reports whether the answer says that the token is dead.
func (t *Transport) rejects(response *http.Response) bool {
	if !t.Rejected.MatchesStatus(response.StatusCode) || slices.ContainsFunc(response.Header.Values("WWW-Authenticate"), sparesToken) {
		return false
	}
	var body []byte
	if t.Rejected != nil && len(t.Rejected.Body) > 0 {
		if !isJSON(response.Header.Get("Content-Type")) {
			return false // a stream, perhaps, that would be waited for
		}
		body, _ = io.ReadAll(io.LimitReader(response.Body, maxRejection)) // an error comes again to whoever reads on
		response.Body = readAgain{io.MultiReader(bytes.NewReader(body), response.Body), response.Body}
	}
	return t.Rejected.Matches(response.StatusCode, response.Header, body)
}

// sparesToken: another token would be refused for the same reason.
func sparesToken(challenge string) bool {
	return strings.Contains(challenge, "insufficient_scope") || strings.Contains(challenge, "use_dpop_nonce")
}

func isJSON(contentType string) bool {
	media, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	media = strings.TrimSpace(media)
	return media == "application/json" || strings.HasSuffix(media, "+json") || media == "text/json"
}

// readAgain is a body whose beginning was read.
type readAgain struct {
	io.Reader
	io.Closer
}

// successor is the token for a second attempt; nil if there is none to make.
func (t *Transport) successor(r *http.Request, refused *jeton.Token) *jeton.Token {
	if !repeatable(r) {
		return nil
	}
	next, err := t.Source.Token(r.Context())
	if err != nil || next.AccessToken.Equal(refused.AccessToken) {
		return nil // the caller gets the answer of the resource
	}
	return next
}

// again sends r once more, in place of an answer.
func (t *Transport) again(r *http.Request, token *jeton.Token, response *http.Response) (*http.Response, error) {
	second := t.attach(r, token)
	if r.Body != nil && r.Body != http.NoBody {
		body, err := r.GetBody()
		if err != nil {
			return response, nil
		}
		second.Body = body
	}
	_, _ = io.CopyN(io.Discard, response.Body, maxDrained)
	_ = response.Body.Close()
	return t.roundTrip(r, second)
}

// roundTrip sends what stands for the caller's request. A URL that holds the
// token does not come back with the response, for URLs are logged and are what
// a redirect is relative to.
func (t *Transport) roundTrip(r, sent *http.Request) (*http.Response, error) {
	response, err := t.base().RoundTrip(sent)
	switch {
	case err != nil:
		return nil, err
	case sent.URL != r.URL:
		response.Request = r
	case response.Request == nil:
		response.Request = sent
	}
	return response, nil
}

// presentation is how one token is presented: the header fields that its
// Authorize sets. They are made once, for a token serves many requests.
type presentation struct {
	token *jeton.Token
	names []string
	// values of names; nil where every request has its own (a DPoP proof, a query, cookies).
	values [][]string
}

// present returns the presentation of a token, which is made when it is new.
func (t *Transport) present(token *jeton.Token) *presentation {
	if p := t.presented.Load(); p != nil && p.token == token {
		return p
	}
	p := &presentation{token: token}
	dpop := strings.EqualFold(token.TokenType, "DPoP")
	if dpop || token.Usage.Query != "" || token.Usage.Cookie != "" { // of which the caller may have others
		if dpop {
			name, _ := token.Header()
			p.names = []string{name, "DPoP"}
		}
		for name := range token.Usage.Headers {
			p.names = append(p.names, name)
		}
	} else {
		scratch := &http.Request{Header: http.Header{}}
		token.Authorize(scratch)
		for name, values := range scratch.Header {
			p.names, p.values = append(p.names, name), append(p.values, slices.Clip(values))
		}
	}
	t.presented.Store(p)
	return p
}

// owns reports whether a field of the caller's has one of the names, in any
// case, and with _ for -: some servers take those for the same field.
func (p *presentation) owns(name string) bool {
	for _, own := range p.names {
		if SameField(name, own) {
			return true
		}
	}
	return false
}

// SameField reports whether two names of header fields are the same to a lenient
// server: in any case, and with _ for -.
func SameField(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if fold(a[i]) != fold(b[i]) {
			return false
		}
	}
	return true
}

func fold(c byte) byte {
	switch {
	case c == '_':
		return '-'
	case c >= 'A' && c <= 'Z':
		return c + 'a' - 'A'
	}
	return c
}
