// Command journal shows the seam of crash safety. The authorization server
// rotates refresh tokens: whoever loses a reply has lost the login. A journal is
// handed the raw reply before anybody parses it, and after a crash the reply is
// parsed again. The program brings its own authorization server:
//
//	go run ./examples/journal
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/oauthtest"
)

// memory is a journal that keeps everything in memory. A real one writes to a
// disk and seals the body: it holds the tokens.
type memory struct {
	mu      sync.Mutex
	sending map[string]jeton.Attempt  // begun, and not answered
	replies map[string]jeton.RawReply // answered, and not yet parsed and kept
	crash   bool
}

var errCrash = errors.New("the process died here")

// Sending implements [jeton.Journal]: an error keeps the request from being sent.
func (m *memory) Sending(_ context.Context, a jeton.Attempt) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sending[a.ID] = a
	return nil
}

// Answered implements [jeton.Journal].
func (m *memory) Answered(_ context.Context, r jeton.RawReply) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sending, r.Attempt)
	m.replies[r.Attempt] = r
	if m.crash {
		return errCrash // stands for a crash after the reply was written down
	}
	return nil
}

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "journal:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	srv, err := oauthtest.Start(oauthtest.Config{RotateRefreshTokens: true})
	if err != nil {
		return err
	}
	defer srv.Close()
	srv.AddClient(oauthtest.Client{ID: "bot", Secret: "s3cret"})

	connection := &jeton.Connection{
		TokenURL: srv.TokenURL(),
		Client:   jeton.Client{ID: "bot", Secret: jeton.SecretList{jeton.SecretValue("s3cret")}},
		Grant: jeton.GrantOptions{
			Type:         "refresh_token",
			RefreshToken: jeton.SecretValue(srv.IssueRefreshToken("bot", "ada", "calendar.read")),
		},
	}
	journal := &memory{sending: map[string]jeton.Attempt{}, replies: map[string]jeton.RawReply{}, crash: true}
	engine := &jeton.Engine{Journal: journal}

	_, err = engine.Exchange(ctx, connection, nil)
	fmt.Fprintf(out, "exchange: %v: %v\n", err, errors.Unwrap(err))
	fmt.Fprintln(out, "open attempts:", len(journal.sending), "replies to parse:", len(journal.replies))

	// After the restart.
	journal.crash = false
	for id, reply := range journal.replies {
		token, err := jeton.ParseReply(connection, reply)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, "recovered:", token.TokenType, token.Scope)
		token, err = engine.Exchange(ctx, connection, token) // presents the new refresh token
		if err != nil {
			return err
		}
		fmt.Fprintln(out, "refreshed:", token.TokenType, token.Scope)
		delete(journal.replies, id)
		break // the second exchange has written its own reply
	}
	fmt.Fprintln(out, "requests:", len(srv.TokenRequests()))
	return nil
}
