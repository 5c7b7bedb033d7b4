package inject

import (
	"net/http"

	"github.com/jeton-oauth/jeton"
)

// tokenPlaces are the places of one token, where the reply that brought it
// decides about them.
type tokenPlaces struct {
	token  *jeton.Token
	places places
	err    error
}

// admitToken looks a request up in the places of its token.
func (t *Transport) admitToken(r *http.Request, token *jeton.Token) error {
	if t.URLsOf == nil {
		return nil // admit has looked at it
	}
	p := t.filled.Load()
	if p == nil || p.token != token {
		p = &tokenPlaces{token: token}
		var urls []string
		if urls, p.err = t.URLsOf(token); p.err == nil {
			p.places, p.err = parsePlaces(urls)
		}
		t.filled.Store(p)
	}
	if p.err != nil {
		return p.err
	}
	return p.places.admit(r.URL, r.Host)
}

// admitRedirect looks the target of a redirect up in the places of the token
// that was used last.
func (t *Transport) admitRedirect(r *http.Request) error {
	if t.URLsOf == nil {
		return t.admit(r)
	}
	if p := t.filled.Load(); p != nil {
		return t.admitToken(r, p.token)
	}
	return http.ErrUseLastResponse
}
