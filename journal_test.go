package jeton_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/oauthtest"
)

// notebook is a journal that can be made to fail.
type notebook struct {
	attempts        []jeton.Attempt
	replies         []jeton.RawReply
	failSending     error
	failAnswered    error
	requestsAtStart func() int
	requests        []int
}

func (n *notebook) Sending(_ context.Context, a jeton.Attempt) error {
	n.attempts = append(n.attempts, a)
	n.requests = append(n.requests, n.requestsAtStart())
	return n.failSending
}

func (n *notebook) Answered(_ context.Context, r jeton.RawReply) error {
	n.replies = append(n.replies, r)
	return n.failAnswered
}

func journalWorld(t *testing.T) (*oauthtest.Server, *jeton.Connection, *notebook) {
	srv := oauthtest.NewTestServer(t, oauthtest.Config{RotateRefreshTokens: true})
	srv.AddClient(oauthtest.Client{ID: clientID, Secret: clientSecret, Grants: []string{oauthtest.GrantRefreshToken}})
	c := clientCredentialsOf(srv, "client_secret_post")
	c.Scopes = nil
	c.Grant = jeton.GrantOptions{Type: "refresh_token", RefreshToken: jeton.SecretValue(srv.IssueRefreshToken(clientID, "someone", "read"))}
	return srv, c, &notebook{requestsAtStart: func() int { return len(srv.TokenRequests()) }}
}

func TestJournalSurroundsTheRequest(t *testing.T) {
	srv, c, journal := journalWorld(t)
	token, err := (&jeton.Engine{Journal: journal}).Exchange(context.Background(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(journal.attempts) != 1 || len(journal.replies) != 1 || journal.requests[0] != 0 {
		t.Fatalf("attempts %v, replies %d, requests before the first %v", journal.attempts, len(journal.replies), journal.requests)
	}
	attempt, reply := journal.attempts[0], journal.replies[0]
	if attempt.ID == "" || attempt.ID != reply.Attempt || attempt.Grant != "refresh_token" || attempt.Endpoint != srv.TokenURL() || len(attempt.PresentedHash) != 64 {
		t.Errorf("attempt = %+v", attempt)
	}
	replayed, err := jeton.ParseReply(c, reply)
	if err != nil || !replayed.AccessToken.Equal(token.AccessToken) || !replayed.RefreshToken.Equal(token.RefreshToken) || !replayed.Expiry.Equal(token.Expiry) {
		t.Errorf("the replayed reply is %+v, %v", replayed, err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, reply); strings.Contains(text, token.AccessToken.Reveal()) {
			t.Errorf("%s of a raw reply shows the token", verb)
		}
	}
}

func TestJournalStopsTheRequest(t *testing.T) {
	srv, c, journal := journalWorld(t)
	journal.failSending = errors.New("disk full")
	_, err := (&jeton.Engine{Journal: journal}).Exchange(context.Background(), c, nil)
	if jeton.CategoryOf(err) != jeton.StoreUnavailable || !errors.Is(err, journal.failSending) || len(srv.TokenRequests()) != 0 {
		t.Errorf("err %v, %d requests", err, len(srv.TokenRequests()))
	}
}

func TestJournalFailureAfterTheAnswerKeepsTheReply(t *testing.T) {
	_, c, journal := journalWorld(t)
	journal.failAnswered = jeton.NewError(jeton.AuditUnavailable, jeton.StageHTTP, "full")
	_, err := (&jeton.Engine{Journal: journal}).Exchange(context.Background(), c, nil)
	if jeton.CategoryOf(err) != jeton.AuditUnavailable {
		t.Fatalf("err = %v", err)
	}
	if token, err := jeton.ParseReply(c, journal.replies[0]); err != nil || token.RefreshToken.IsZero() {
		t.Errorf("the reply is lost: %v", err)
	}
}

// The reply is handed over before anybody judges it, also one that nobody can use.
func TestJournalSeesUnusableReplies(t *testing.T) {
	srv, c, journal := journalWorld(t)
	srv.Next(oauthtest.Body(200, "application/json", `{"access_token":`))
	_, err := (&jeton.Engine{Journal: journal}).Exchange(context.Background(), c, nil)
	if jeton.CategoryOf(err) != jeton.MalformedResponse || len(journal.replies) != 1 || string(journal.replies[0].Body) != `{"access_token":` {
		t.Errorf("err %v, replies %d", err, len(journal.replies))
	}
}

// What arrived of a reply that broke off may hold the only good refresh token.
func TestJournalSeesABrokenReply(t *testing.T) {
	srv, c, journal := journalWorld(t)
	srv.Next(oauthtest.Fault{Hangup: true, Truncate: 40})
	_, err := (&jeton.Engine{Journal: journal}).Exchange(context.Background(), c, nil)
	if jeton.CategoryOf(err) != jeton.MalformedResponse || len(journal.replies) != 1 {
		t.Fatalf("err %v, replies %d", err, len(journal.replies))
	}
	reply := journal.replies[0]
	if !reply.Partial || len(reply.Body) == 0 {
		t.Errorf("reply = %v, partial %t", reply, reply.Partial)
	}
	if _, err := jeton.ParseReply(c, reply); jeton.CategoryOf(err) != jeton.MalformedResponse {
		t.Errorf("a partial reply parses: %v", err)
	}
}
