package jeton

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton/key"
)

// attempt is one try of an exchange.
type attempt struct {
	engine   *Engine
	c        *completed
	previous *Token
	recorder *Recorder
	choice   choice
	// offset of the server's clock that assertions are signed with.
	offset time.Duration
	// resigned is true once auto_skew has used its one retry, renonced once the DPoP nonce has.
	resigned, renonced bool
	// login is what a person's login has yielded; nil for none.
	login *login
	// dpop is the key of the proof; nil for none.
	dpop *key.Key
	// url that the newest request goes to, and the nonce in its proof.
	url, nonce string
	// asked is the endpoint beside the token endpoint that is asked; nil for the token endpoint.
	asked *asked
	// main is the request that brought the token; nil as long as none has.
	main *TokenRequest
}

// sent notes what the next attempt is compared with.
func (a *attempt) sent(r *TokenRequest) { a.url, a.nonce = r.URL, r.nonce }

func (a *attempt) newRequest() *TokenRequest {
	r := a.c.request(a.engine.now().Add(a.offset), a.previous)
	r.choice, r.rand, r.login, r.dpop = a.choice, a.engine.Rand, a.login, a.dpop
	r.nonce = a.engine.nonceOf(r)
	a.engine.writeOwnHeaders(r)
	return r
}

// writeOwnHeaders writes what every request of the engine carries.
func (e *Engine) writeOwnHeaders(r *TokenRequest) {
	userAgent := e.UserAgent
	if userAgent == "" {
		userAgent = "jeton"
	}
	values := []string{userAgent, "application/json", "identity"}
	r.Header["User-Agent"], r.Header["Accept"] = values[0:1:1], values[1:2:2]
	r.Header["Accept-Encoding"] = values[2:3:3] // a limit after decoding is only a limit if we decode
}

// apply fills the request: grant, client authentication, scope, and the
// document's own headers and parameters last.
func (r *TokenRequest) apply() error {
	if err := grantOf(r.Connection).Apply(r); err != nil {
		return err
	}
	if err := clientAuths[r.Connection.Client.Auth].Apply(r); err != nil {
		return err
	}
	if r.Connection.ScopeIn == "body" {
		r.set("scope", r.scopeParam())
	}
	r.applyExtras()
	return r.prove()
}

// scopeParam is the scope parameter. The request that presents a code has none:
// the scope was asked for where the login began (RFC 6749 section 4.1.3, RFC
// 8628 section 3.4).
func (r *TokenRequest) scopeParam() string {
	switch {
	case r.renews && !r.narrows(), r.login != nil:
		return ""
	}
	return r.scope()
}

// issue asks the grant for a token that needs no request; nil if it needs one.
func (r *TokenRequest) issue() (*Token, error) {
	if maker, ok := grantOf(r.Connection).(SelfIssued); ok {
		return maker.Issue(r)
	}
	return nil, nil
}

// run makes one attempt: build, tell the journal, send, tell the journal, parse.
func (a *attempt) run(ctx context.Context) (*Token, error) {
	started := time.Now()
	request := a.newRequest()
	a.sent(request)
	token, err := request.issue()
	if err == nil && token == nil {
		err = request.apply()
	}
	if err != nil {
		a.recorder.failedBefore(err, time.Since(started))
		return nil, err
	}
	a.recorder.signed(request, time.Since(started))
	if token == nil {
		if token, err = a.obtain(ctx, request); err != nil {
			return nil, err
		}
	}
	a.main = request
	return token, nil
}

// obtain makes the HTTP exchange and reads the token out of the reply.
func (a *attempt) obtain(ctx context.Context, request *TokenRequest) (token *Token, err error) {
	reply, err := a.send(ctx, request)
	if err != nil {
		return nil, err
	}
	a.engine.judge(reply, func() {
		if token, err = a.c.parse(reply); err != nil {
			err = request.blameRenewal(finishError(err, request, reply))
		}
	})
	a.recorder.parsed(token, err)
	if err != nil {
		return nil, err
	}
	token.keep(a.previous, presentedRefreshToken(&a.c.Connection, a.previous))
	a.bind(token)
	return token, nil
}

// send makes the HTTP exchange, between the two calls of the journal.
func (a *attempt) send(ctx context.Context, request *TokenRequest) (RawReply, error) {
	id := ""
	if a.engine.Journal != nil || a.engine.Rand != nil { // a journal alone reads it; numbers that are injected come in their order
		var err error
		if id, err = newUUID(a.engine.Rand); err != nil {
			return RawReply{}, NewError(InternalError, StageConfig, "no random numbers")
		}
	}
	sent := a.engine.now()
	if journal := a.engine.Journal; journal != nil {
		if err := journal.Sending(ctx, request.attempt(id, a.c.step, sent)); err != nil {
			return RawReply{}, journalError("the intent to send could not be recorded, so nothing was sent", err)
		}
	}
	reply, failed := a.engine.roundTrip(ctx, a.c, request, a.recorder)
	if reply.Status == 0 {
		return RawReply{}, failed
	}
	reply.Attempt, reply.Sent, reply.Received, reply.Scope, reply.renewed = id, sent, a.engine.now(), request.askedScope(), request.renews
	reply.Step = a.c.step
	if offset, ok := reply.clockOffset(); ok && offset.Abs() <= maxSkew {
		a.engine.memory.rememberOffset(a.c.TokenURL, offset)
	}
	// A reply that broke off is handed over too: it may hold a refresh token.
	if journal := a.engine.Journal; journal != nil {
		if err := journal.Answered(ctx, reply); err != nil {
			return RawReply{}, journalError("the reply could not be recorded", err)
		}
	}
	return reply, failed
}

func (r *TokenRequest) attempt(id string, step int, now time.Time) Attempt {
	a := Attempt{ID: id, Grant: r.Connection.Grant.Type, Step: step, Endpoint: withoutQuery(r.URL), Time: now}
	if token := r.Form.Get("refresh_token"); token != "" {
		sum := sha256.Sum256([]byte(token))
		a.PresentedHash = hex.EncodeToString(sum[:])
	}
	return a
}

// journalError keeps the category of the journal's own error.
func journalError(problem string, err error) *Error {
	category := StoreUnavailable
	var e *Error
	if errors.As(err, &e) {
		category = e.category
	}
	failed := NewError(category, StageHTTP, problem)
	failed.err = err
	return failed
}

// next prepares another attempt after err, if one can be made that differs.
func (a *attempt) next(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	return a.useNonce(e) || a.resign(e) || a.nextCredential(e)
}

// useNonce sends the request once more when the server demands another DPoP
// nonce than the proof had. That refusal comes before the server looks at the
// grant, so also a code or a refresh token may be presented again.
func (a *attempt) useNonce(e *Error) bool {
	if a.renonced || a.dpop == nil || !e.demandsNonce() || a.engine.nonceAt(a.url) == a.nonce {
		return false
	}
	a.renonced = true
	return true
}

// demandsNonce: the server wants a nonce in the DPoP proof (RFC 9449 section 8).
// A server in trouble may have looked at more than the proof.
func (e *Error) demandsNonce() bool { return e.Code == "use_dpop_nonce" && e.Status < 500 }

// resign uses the measured clock offset once, when the refused assertion was
// signed with another one.
func (a *attempt) resign(e *Error) bool {
	refused := e.category == InvalidClient || e.category == InvalidGrant || e.category == InvalidRequest || e.category == UnauthorizedClient
	if a.resigned || !refused || !a.c.autoSkew() || !e.HasClockOffset || e.ClockOffset.Abs() > maxSkew || (e.ClockOffset-a.offset).Abs() < 2*time.Second || a.consumes() {
		return false
	}
	a.resigned, a.offset = true, e.ClockOffset
	return true
}

// consumes reports whether the request presents something that a refusal may
// have used up.
func (a *attempt) consumes() bool {
	return a.asked == nil && a.c.consumes(a.previous)
}

// consumes reports whether a token request of c presents something that it may
// use up: a code, or a refresh token.
func (c *Connection) consumes(previous *Token) bool {
	switch c.Grant.Type {
	case "client_credentials", "password", "jwt_bearer":
		return false
	case "token_exchange":
		return previous != nil && !previous.RefreshToken.IsZero()
	}
	return true
}

// nextCredential moves to the next entry of the list that was refused: of the
// client's secrets or keys after invalid_client, of the grant's keys after
// invalid_grant. Each entry is tried once, the one that worked last comes first.
func (a *attempt) nextCredential(e *Error) bool {
	if a.consumes() {
		return false
	}
	switch {
	case e.category == InvalidClient && a.usesSecretList():
		return a.c.advance(&a.choice.secret, len(a.c.Client.Secret), a.engine.memory.choice(a.c).secret)
	case e.category == InvalidClient && a.c.Client.Auth == "private_key_jwt":
		return a.c.advance(&a.choice.clientKey, len(a.c.Client.Assertion.Key), a.engine.memory.choice(a.c).clientKey)
	case e.category == InvalidGrant && a.c.Grant.Type == "jwt_bearer":
		return a.c.advance(&a.choice.grantKey, len(a.c.Grant.Assertion.Key), a.engine.memory.choice(a.c).grantKey)
	}
	return false
}

func (a *attempt) usesSecretList() bool {
	return strings.HasPrefix(a.c.Client.Auth, "client_secret_") && len(a.c.Client.Secret) > 1
}

// advance moves an index round the list until it would be back at the first one tried.
func (c *completed) advance(index *int, length, first int) bool {
	if length < 2 {
		return false
	}
	following := (*index + 1) % length
	if following == first {
		return false
	}
	*index = following
	return true
}
