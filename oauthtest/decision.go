package oauthtest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Decision is what happens to a good authorization request. The zero Decision
// approves everything for Config.ApproveAs.
type Decision struct {
	User  string // who approves. Empty means Config.ApproveAs
	Scope string // what is approved, space-delimited. Empty means what was asked

	// Error refuses with this code: "access_denied", "login_required",
	// "temporarily_unavailable". Empty means approval.
	Error       string
	Description string // its error_description

	// Rewrite changes the authorization response: state, iss, code, error. It is
	// also called when the server itself refuses. Nil means no change.
	Rewrite func(response url.Values)
}

// ApproveAs approves for the user.
func ApproveAs(user string) Decision { return Decision{User: user} }

// Deny refuses with access_denied.
func Deny() Decision {
	return Decision{Error: codeAccessDenied, Description: "the user denied the request"}
}

// SetResponse approves, and gives one parameter of the response another value:
// a wrong "state" or "iss".
func SetResponse(name, value string) Decision {
	return Decision{Rewrite: func(response url.Values) { response.Set(name, value) }}
}

// OmitResponse approves, and leaves parameters out of the response.
func OmitResponse(names ...string) Decision {
	return Decision{Rewrite: func(response url.Values) {
		for _, name := range names {
			response.Del(name)
		}
	}}
}

// Decide applies d to every authorization request, until Reset or another
// Decide. Decisions of DecideNext come first.
func (s *Server) Decide(d Decision) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.decided = &d
}

// DecideNext applies the decisions to the next authorization requests, one
// each, after those that are waiting already. A request that does not name a
// known client and one of its redirect URIs takes none.
func (s *Server) DecideNext(decisions ...Decision) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deciding = append(s.deciding, decisions...)
}

func (s *Server) takeDecision() Decision {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case len(s.deciding) > 0:
		d := s.deciding[0]
		s.deciding = s.deciding[1:]
		return d
	case s.decided != nil:
		return *s.decided
	}
	return Decision{}
}

// maxPage bounds what Browse reads of the client's page.
const maxPage = 1 << 20

// Approve is the user's browser up to the redirect: it opens the authorization
// URL and returns where the server sends it, the redirect URI with code and
// state or with error. It is an error when the server sends it nowhere, because
// the client or the redirect URI is unknown.
func (s *Server) Approve(ctx context.Context, authorizationURL string) (callback string, err error) {
	status, header, page, err := s.visit(ctx, authorizationURL)
	if err != nil {
		return "", fmt.Errorf("open authorization URL: %w", err)
	}
	if callback = header.Get("Location"); callback == "" || status/100 != 3 {
		return "", fmt.Errorf("open authorization URL: the server answered %d %s", status, strings.TrimSpace(page))
	}
	return callback, nil
}

// Browse is the user's browser: [Server.Approve], and then a GET to the
// loopback address where the client listens. It returns the status and the
// page that the client shows.
func (s *Server) Browse(ctx context.Context, authorizationURL string) (status int, page string, err error) {
	callback, err := s.Approve(ctx, authorizationURL)
	if err != nil {
		return 0, "", err
	}
	u, err := url.Parse(callback)
	if err != nil {
		return 0, "", fmt.Errorf("open redirect URI: %w", err)
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return 0, "", fmt.Errorf("open redirect URI: %s is not a loopback address", u.Host)
	}
	status, _, page, err = s.visit(ctx, callback)
	if err != nil {
		return 0, "", fmt.Errorf("open redirect URI: %w", err)
	}
	return status, page, nil
}

// visit is one GET. No redirect is followed.
func (s *Server) visit(ctx context.Context, target string) (status int, header http.Header, page string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return 0, nil, "", err
	}
	client := s.HTTPClient()
	defer client.CloseIdleConnections()
	res, err := client.Do(r)
	if err != nil {
		return 0, nil, "", err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxPage))
	if err != nil {
		return 0, nil, "", err
	}
	return res.StatusCode, res.Header, string(data), nil
}
