package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/key"
)

// cacheLimit bounds a cache file, in bytes: two tokens of 16 KiB and what is kept of a reply.
const cacheLimit = 256 << 10

// cache keeps the token of one connection between runs: a file that only the
// user can read, in a folder of the same kind, under a hash as its name. A lock
// file beside it lets one process at a time read, refresh and write, so that a
// refresh token is spent once.
type cache struct {
	path   string
	unlock func()
}

// cachedToken is the form on disk.
type cachedToken struct {
	Version      int                        `json:"version"`
	AccessToken  string                     `json:"access_token"`
	RefreshToken string                     `json:"refresh_token,omitempty"`
	IDToken      string                     `json:"id_token,omitempty"`
	TokenType    string                     `json:"token_type"`
	Scope        string                     `json:"scope,omitempty"`
	Issued       time.Time                  `json:"issued"`
	Expiry       time.Time                  `json:"expiry"`
	ExpiryFrom   string                     `json:"expiry_from,omitempty"`
	Generation   int64                      `json:"generation"`
	Extra        map[string]json.RawMessage `json:"extra,omitempty"`
	DPoPKey      string                     `json:"dpop_key,omitempty"` // PEM, of a key that was made here
}

// openCache locks the place of a connection's token. Waiting ends with ctx.
//
// slow, if not nil, is called once when another process holds it for long.
func openCache(ctx context.Context, env func(string) (string, bool), c *jeton.Connection, slow func()) (*cache, error) {
	dir, err := cacheDir(env)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, connectionHash(c))
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600) // lockedfile alone would make it 0644
	if err != nil {
		return nil, cacheError("lock", err)
	}
	_ = lock.Close()
	type locked struct {
		unlock func()
		err    error
	}
	done := make(chan locked, 1)
	go func() {
		unlock, err := lockedfile.MutexAt(path + ".lock").Lock()
		done <- locked{unlock, err}
	}()
	patience := time.NewTimer(lockPatience)
	defer patience.Stop()
	for {
		select {
		case l := <-done:
			if l.err != nil {
				return nil, cacheError("lock", l.err)
			}
			return &cache{path, l.unlock}, nil
		case <-patience.C:
			if slow != nil {
				slow()
			}
		case <-ctx.Done():
			go func() { // the lock may still come; it is nobody's then
				if l := <-done; l.err == nil {
					l.unlock()
				}
			}()
			return nil, &heldError{ctx.Err()}
		}
	}
}

// lockPatience is how long the lock is waited for without a word.
const lockPatience = 2 * time.Second

// lockIsHeld says why nothing happens.
func (p *program) lockIsHeld() {
	p.note("waiting for another jeton, which fetches the token of this connection or waits for a login")
}

// heldError is a wait for another jeton that ended with our own time.
type heldError struct{ err error }

func (e *heldError) Error() string {
	return "the time given by --timeout is over, and another jeton still fetches the token of this connection, or waits for a login"
}

func (e *heldError) Unwrap() error { return e.err }

func (c *cache) close() { c.unlock() }

// cacheDir is jeton's folder in the user's cache directory, made if it is missing.
func cacheDir(env func(string) (string, bool)) (string, error) {
	base, ok := env("XDG_CACHE_HOME")
	if !ok || !filepath.IsAbs(base) {
		home, ok := env("HOME")
		if base = filepath.Join(home, ".cache"); !ok || home == "" {
			var err error
			if base, err = os.UserCacheDir(); err != nil {
				return "", cacheError("find", err)
			}
		}
	}
	dir := filepath.Join(base, "jeton")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", cacheError("make", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return "", cacheError("read", err)
	}
	if info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		return "", jeton.NewError(jeton.InternalError, jeton.StageConfig, "the cache directory "+dir+" can be read by others; run: chmod 700 "+dir)
	}
	return dir, nil
}

// connectionHash names a connection by everything that it says, secrets and
// keys included: a token never outlives a change of what it was fetched with.
func connectionHash(c *jeton.Connection) string {
	h := sha256.New()
	_ = json.NewEncoder(h).Encode(c) // a hash takes everything; secrets are [redacted] here
	c.EachSecret(func(p jeton.Parameter, s *jeton.SecretSource) {
		fmt.Fprintf(h, "%s %d %s\n", p, len(s.Value.Reveal()), s.Value.Reveal())
	})
	return hex.EncodeToString(h.Sum(nil))
}

func cacheError(verb string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return jeton.NewError(jeton.StoreUnavailable, jeton.StageConfig, "cannot "+verb+" the cached token: "+err.Error())
}

// read returns the cached token, or nil if there is none. A file that cannot be
// understood counts as none: the cache is a convenience, not the truth.
func (c *cache) read() (*jeton.Token, error) {
	f, err := os.Open(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, cacheError("read", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, cacheLimit))
	if err != nil {
		return nil, cacheError("read", err)
	}
	var t cachedToken
	if json.Unmarshal(data, &t) != nil || t.Version != 1 || t.AccessToken == "" {
		return nil, nil
	}
	token := &jeton.Token{
		AccessToken: jeton.NewSecret(t.AccessToken), RefreshToken: jeton.NewSecret(t.RefreshToken), IDToken: jeton.NewSecret(t.IDToken),
		TokenType: t.TokenType, Scope: t.Scope, Issued: t.Issued, Expiry: t.Expiry, ExpiryFrom: t.ExpiryFrom,
		Generation: t.Generation, Extra: t.Extra,
	}
	if t.DPoPKey != "" {
		if token.DPoPKey, err = key.Parse([]byte(t.DPoPKey), key.Options{}); err != nil {
			return nil, nil // without its key the token is worth nothing
		}
	}
	return token, nil
}

// draft is a file that will become the cached token. It is made before the
// request, so that a disk that is full or read-only is found out before a
// refresh token is spent.
type draft struct {
	file *os.File
	path string
}

func (c *cache) draft() (*draft, error) {
	file, err := os.CreateTemp(filepath.Dir(c.path), filepath.Base(c.path)+".*.new") // mode 0600
	if err != nil {
		return nil, cacheError("write", err)
	}
	d := &draft{file, c.path}
	if _, err := file.Write(make([]byte, 4096)); err != nil {
		d.discard()
		return nil, cacheError("write", err)
	}
	return d, nil
}

func (d *draft) discard() {
	_ = d.file.Close()
	_ = os.Remove(d.file.Name())
}

// commit writes the token and puts the file in its place in one step. A DPoP key
// that the document names stays where it is.
func (d *draft) commit(c *jeton.Connection, t *jeton.Token) error {
	var dpopKey jeton.Secret
	if t.DPoPKey != nil && c.Client.DPoP != nil && c.Client.DPoP.Key.IsZero() {
		var err error
		if dpopKey, err = t.DPoPKey.PKCS8(); err != nil {
			return cacheError("write", err)
		}
	}
	data, err := json.Marshal(cachedToken{
		Version: 1, AccessToken: t.AccessToken.Reveal(), RefreshToken: t.RefreshToken.Reveal(), IDToken: t.IDToken.Reveal(),
		TokenType: t.TokenType, Scope: t.Scope, Issued: t.Issued, Expiry: t.Expiry, ExpiryFrom: t.ExpiryFrom,
		Generation: t.Generation, Extra: t.Extra, DPoPKey: dpopKey.Reveal(),
	})
	if err != nil {
		d.discard()
		return cacheError("write", err)
	}
	if err := d.replace(data); err != nil {
		return cacheError("write", err)
	}
	return nil
}

// replace fills the file and puts it in its place in one step.
func (d *draft) replace(data []byte) error {
	err := d.file.Truncate(0)
	if err == nil {
		_, err = d.file.WriteAt(data, 0)
	}
	if err == nil {
		err = d.file.Sync()
	}
	if closed := d.file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(d.file.Name(), d.path)
	}
	if err != nil {
		_ = os.Remove(d.file.Name())
	}
	return err
}

// expire ends the life of a token that a server has refused. Its refresh token stays.
func (c *cache) expire(of *jeton.Connection, t *jeton.Token) error {
	next, err := c.draft()
	if err != nil {
		return err
	}
	t.Expiry = time.Unix(0, 0)
	return next.commit(of, t)
}

// forget removes the cached token and reports whether there was one.
func (c *cache) forget() (bool, error) {
	err := os.Remove(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, cacheError("remove", err)
	}
	return true, nil
}

// cacheFlags say whether a token is kept between runs.
type cacheFlags struct {
	keep, dont, force bool
	minTTL            time.Duration

	// replaced is the token that a watcher has and wants another for; nil: it has none.
	replaced *jeton.Token
	// unsaved: replaced is newer than what is kept, for it could not be written.
	unsaved bool
}

// previous is what a token request starts from where nothing is kept.
func (f *cacheFlags) previous() *jeton.Token {
	if f == nil {
		return nil
	}
	return f.replaced
}

// suffices reports whether a kept token will do: one that another run has
// fetched may stand in for the one that is to be replaced.
func (f *cacheFlags) suffices(t *jeton.Token) bool {
	if f.replaced != nil && t != nil && t.AccessToken.Equal(f.replaced.AccessToken) {
		return false
	}
	return !f.force && t.Valid(time.Now(), capTTL(f.minTTL, t))
}

func (f *cacheFlags) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.keep, "cache", false, "keep the token between runs, in your cache directory; a login is kept in any case")
	cmd.Flags().BoolVar(&f.dont, "no-cache", false, "keep nothing and use nothing that was kept")
}

// registerLife adds the flags that say when a kept token will not do.
func (f *cacheFlags) registerLife(cmd *cobra.Command) {
	cmd.Flags().Var(&durationFlag{&f.minTTL}, "min-ttl", "fetch a new token if the kept one lives for less, and warn if the new one does: a duration, or seconds")
	cmd.Flags().BoolVar(&f.force, "force", false, "fetch a new token even if one is kept")
}

// on: logins are kept unless --no-cache says otherwise, everything else only with --cache.
func (f *cacheFlags) on(c *jeton.Connection) bool {
	return f != nil && (f.keep || needsLogin(c)) && !f.dont
}

// capTTL holds --min-ttl to half of a token's life, as on a server: else a token
// of short life would be fetched anew every time.
func capTTL(minTTL time.Duration, t *jeton.Token) time.Duration {
	if t == nil {
		return minTTL
	}
	return min(minTTL, t.Expiry.Sub(t.Issued)/2)
}

// abandon ends a draft after a request that failed, and keeps the refresh token
// that came before a later step failed.
func (d *draft) abandon(c *jeton.Connection, failure error) error {
	var failed *jeton.Error
	if !errors.As(failure, &failed) || failed.Renewed() == nil {
		d.discard()
		return failure
	}
	if err := d.commit(c, failed.Renewed()); err != nil {
		return errors.Join(failure, err)
	}
	return failure
}

// exchangeKept uses the kept token if it lives for long enough; else its refresh
// token is what the next request presents, and the new token is kept.
func (p *program) exchangeKept(ctx context.Context, f *cacheFlags, c *jeton.Connection) (*jeton.Token, error) {
	store, err := openCache(ctx, p.env, c, p.lockIsHeld)
	if err != nil {
		return nil, err
	}
	defer store.close()
	previous, err := store.read()
	if err != nil {
		return nil, err
	}
	if previous != nil {
		if err := p.requests().Adopt(c, previous); err != nil {
			return nil, err
		}
	}
	if f.unsaved {
		previous = f.replaced
	}
	if f.suffices(previous) {
		return previous, nil
	}
	next, err := store.draft()
	if err != nil {
		return nil, err
	}
	token, err := p.obtain(ctx, c, previous)
	if err != nil {
		return nil, next.abandon(c, err)
	}
	if previous != nil {
		token.Generation = previous.Generation
	}
	token.Generation++
	f.unsaved = false
	if err := next.commit(c, token); err != nil { // the token is good all the same
		f.unsaved = true
		token.Warnings = append(token.Warnings, jeton.Finding{Parameter: "grant.refresh_token", Problem: err.Error(),
			Fix: "make room on the disk; a refresh token that was replaced may be lost", Certain: true, Warning: true})
	}
	return token, nil
}

// logout removes the kept token of a connection.
func (p *program) logout(cmd *cobra.Command) error {
	ctx, cancel := p.deadline(cmd)
	defer cancel()
	c, err := p.connection(ctx, cmd)
	if err != nil {
		return err
	}
	store, err := openCache(ctx, p.env, c, p.lockIsHeld)
	if err != nil {
		return err
	}
	defer store.close()
	found, err := store.forget()
	if err != nil {
		return err
	}
	if !found {
		fmt.Fprintln(p.stderr, "jeton: no token of this connection was kept")
	}
	return nil
}
