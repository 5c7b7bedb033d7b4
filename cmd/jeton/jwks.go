package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
)

// maxKeys bounds how many signatures one token can make us check.
const maxKeys = 100

// keySet is a JWK Set (RFC 7517 section 5), or a single JWK.
type keySet []jose.JSONWebKey

// readKeySet reads the set of --jwks: a file, or a URL, which is fetched.
func (p *program) readKeySet(ctx context.Context, cmd *cobra.Command, from string) (keySet, error) {
	if !strings.Contains(from, "://") {
		if from == "-" {
			return nil, usagef(cmd, "flag --jwks takes a file or a URL; standard input is for the token")
		}
		data, err := p.readInput(ctx, cmd, from, "--jwks", maxFile)
		if err != nil {
			return nil, err
		}
		set, err := parseKeySet(data)
		if err != nil {
			return nil, &fileError{from, jeton.NewError(jeton.DocumentInvalid, jeton.StageConfig, err.Error())}
		}
		return set, nil
	}
	if err := checkKeySetURL(from); err != nil {
		return nil, usagef(cmd, "flag --jwks: %v", err)
	}
	data, err := fetchKeySet(ctx, from)
	if err != nil {
		return nil, err
	}
	set, err := parseKeySet(data)
	if err != nil {
		return nil, jeton.NewError(jeton.MalformedResponse, jeton.StageResponse, "the reply of the --jwks URL: "+err.Error())
	}
	return set, nil
}

// checkKeySetURL wants https: who can change the keys on their way can sign any token.
func checkKeySetURL(from string) error {
	u, err := url.Parse(from)
	if err != nil || u.Host == "" || u.User != nil {
		return errors.New("the URL is not understood")
	}
	ip := net.ParseIP(u.Hostname())
	loopback := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme == "https" || u.Scheme == "http" && loopback {
		return nil
	}
	return errors.New("the URL must begin with https:// (http:// only for this machine)")
}

func fetchKeySet(ctx context.Context, from string) ([]byte, error) {
	client := *jeton.NewHTTPClient(jeton.HTTPOptions{ProxyFromEnvironment: true})
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, jeton.NewError(jeton.DocumentInvalid, jeton.StageConfig, "the --jwks URL cannot be requested")
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	reply, err := client.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var inner *url.Error // whose text would repeat the URL with its query
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return nil, jeton.NewError(jeton.NetworkError, jeton.StageHTTP, fmt.Sprintf("cannot fetch the keys from %s: %v", request.URL.Host, err))
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return nil, jeton.NewError(jeton.Provider4xxOther, jeton.StageHTTP,
			fmt.Sprintf("the --jwks URL answered with status %d; redirects are not followed", reply.StatusCode))
	}
	data, err := io.ReadAll(io.LimitReader(reply.Body, maxFile+1))
	if err != nil {
		return nil, jeton.NewError(jeton.NetworkError, jeton.StageHTTP, "the reply of the --jwks URL broke off")
	}
	if len(data) > maxFile {
		return nil, jeton.NewError(jeton.MalformedResponse, jeton.StageResponse, "the reply of the --jwks URL is larger than 1 MiB")
	}
	return data, nil
}

// parseKeySet keeps the keys that it knows: a set may hold others (RFC 7517 section 5).
func parseKeySet(data []byte) (keySet, error) {
	var raw struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(data, &raw) != nil {
		return nil, errors.New("it is not a JWK Set")
	}
	if raw.Keys == nil {
		raw.Keys = []json.RawMessage{data}
	}
	if len(raw.Keys) > maxKeys {
		return nil, fmt.Errorf("it has more than %d keys", maxKeys)
	}
	var set keySet
	for _, one := range raw.Keys {
		var k jose.JSONWebKey
		if k.UnmarshalJSON(one) == nil && algorithmsOf(k.Key) != nil {
			set = append(set, k)
		}
	}
	if len(set) == 0 {
		return nil, errors.New("it is not a JWK Set with a key that is understood")
	}
	return set, nil
}

// verify says with which key of the set the token is signed. The key decides
// which algorithms are allowed, never the token: an RSA key as an HMAC secret
// is the classic confusion.
func (d *decoded) verify(token string, set keySet) {
	if d.Kind != kindJWT {
		return
	}
	alg, kid := stringMember(d.Header, "alg"), stringMember(d.Header, "kid")
	if strings.EqualFold(alg, "none") {
		d.Verification = "NOT verified: alg is none, there is no signature"
		return
	}
	fitting := set.fitting(alg, kid)
	if len(fitting) == 0 {
		d.Verification = "NOT verified: " + set.whyNone(alg, kid)
		return
	}
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
	if err != nil {
		d.Verification = "NOT verified: the signature or its header is not usable"
		return
	}
	for _, k := range fitting {
		if _, err := jws.Verify(k.Key); err == nil {
			d.Verified, d.KeyID = true, k.KeyID
			d.Verification = fmt.Sprintf("verified: the signature (%s) was made with %s", alg, keyName(k))
			return
		}
	}
	d.Verification = fmt.Sprintf("NOT verified: the signature (%s) was not made with %s", alg, namesOf(fitting))
}

// fitting are the keys that could have signed: of the algorithm's kind, meant
// for signatures, and with the token's kid if it has one.
func (s keySet) fitting(alg, kid string) keySet {
	var list keySet
	for _, k := range s {
		switch {
		case kid != "" && k.KeyID != "" && k.KeyID != kid:
		case k.Use != "" && k.Use != "sig":
		case k.Algorithm != "" && k.Algorithm != alg:
		case slices.Contains(algorithmsOf(k.Key), alg):
			list = append(list, k)
		}
	}
	return list
}

func (s keySet) whyNone(alg, kid string) string {
	for _, k := range s {
		if kid != "" && k.KeyID == kid {
			return fmt.Sprintf("the key %.60q of the set cannot be used with alg %.60q", kid, alg)
		}
	}
	if kid != "" {
		return fmt.Sprintf("the set has no key with kid %.60q; it has %s", kid, namesOf(s))
	}
	return fmt.Sprintf("the set has no key for alg %.60q; it has %s", alg, namesOf(s))
}

func algorithmsOf(k any) []string {
	switch k := k.(type) {
	case *rsa.PublicKey, *rsa.PrivateKey:
		return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	case *ecdsa.PublicKey:
		return curveAlgorithm(k)
	case *ecdsa.PrivateKey:
		return curveAlgorithm(&k.PublicKey)
	case ed25519.PublicKey, ed25519.PrivateKey:
		return []string{"EdDSA"}
	case []byte:
		return []string{"HS256", "HS384", "HS512"}
	}
	return nil
}

// curveAlgorithm is the one algorithm of a curve (RFC 7518 section 3.4).
func curveAlgorithm(k *ecdsa.PublicKey) []string {
	return map[int][]string{256: {"ES256"}, 384: {"ES384"}, 521: {"ES512"}}[k.Curve.Params().BitSize]
}

func keyName(k jose.JSONWebKey) string {
	if k.KeyID == "" {
		return "a key without kid"
	}
	return fmt.Sprintf("key %.60q", k.KeyID)
}

func namesOf(s keySet) string {
	var names []string
	for _, k := range s[:min(len(s), 5)] {
		names = append(names, keyName(k))
	}
	if len(s) > 5 {
		names = append(names, fmt.Sprintf("%d more", len(s)-5))
	}
	return strings.Join(names, ", ")
}
