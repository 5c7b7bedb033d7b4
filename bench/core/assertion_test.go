package core

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"flag"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/key"
)

// rounds repeats each group, so that what is compared alternates (Go's own
// -count would finish one before it begins the other).
var rounds = flag.Int("rounds", 1, "run each group of benchmarks this often, alternating within the group")

// alternate runs the two or three ways to do the same thing in turns. From the
// second round on Go adds #01, #02 to the names.
func alternate(b *testing.B, ways ...way) {
	b.Helper()
	for range *rounds {
		for _, w := range ways {
			b.Run(w.name, func(b *testing.B) {
				if w.run != nil {
					w.run(b)
					return
				}
				measure(b, w.op)
			})
		}
	}
}

// way is one way to do a thing: an op to be measured, or a benchmark that measures itself.
type way struct {
	name string
	op   func() error
	run  func(b *testing.B)
}

// sink keeps the compiler from leaving out what nobody reads.
var sink any

// measure runs op until the benchmark's time is up, and reports CPU time beside
// wall time: user and system, of all threads, the garbage collector included.
func measure(b *testing.B, op func() error) {
	b.Helper()
	for range 3 { // the connection, the parsed key
		if err := op(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	before := cpuTime(ownTime)
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		if err := op(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	b.ReportMetric(float64(cpuTime(ownTime)-before)/float64(b.N), "cpu-ns/op")
	reportMedian(b, took)
}

// reportMedian adds the median wall time of one run, which no other process on
// the machine changes as long as it does not run half of the time.
func reportMedian(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2]), "median-ns/op")
}

// signer is one algorithm with a key of its own.
type signer struct {
	algorithm string
	options   crypto.SignerOpts
	generate  func() (crypto.Signer, error)
	once      sync.Once
	private   crypto.Signer
	pem       string
}

func generateRSA() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 2048) }

var signers = []*signer{
	{algorithm: "RS256", options: crypto.SHA256, generate: generateRSA},
	{algorithm: "PS256", options: &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}, generate: generateRSA},
	{algorithm: "ES256", options: crypto.SHA256, generate: func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }},
	{algorithm: "EdDSA", options: crypto.Hash(0), generate: func() (crypto.Signer, error) {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	}},
}

// signerOf returns the signer of an algorithm, with its key.
func signerOf(b *testing.B, algorithm string) *signer {
	b.Helper()
	for _, s := range signers {
		if s.algorithm == algorithm {
			s.once.Do(func() { s.makeKey(b) })
			return s
		}
	}
	b.Fatal("there is no " + algorithm)
	return nil
}

func (s *signer) makeKey(b *testing.B) {
	private, err := s.generate()
	if err != nil {
		b.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		b.Fatal(err)
	}
	s.private, s.pem = private, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// raw is the bare operation of package crypto: of RSA and ECDSA on a digest
// that was computed before, of Ed25519 on the message.
func (s *signer) raw(signingInput []byte) func() error {
	if s.options.HashFunc() != 0 {
		digest := sha256.Sum256(signingInput)
		signingInput = digest[:]
	}
	return func() error {
		signature, err := s.private.Sign(rand.Reader, signingInput, s.options)
		sink = signature
		return err
	}
}

// assertion is a document's assertion section as vendors ask for it.
func (s *signer) assertion() *jeton.Assertion {
	return &jeton.Assertion{Key: jeton.KeyList{jeton.KeyValue(s.pem)}, Algorithm: s.algorithm, Headers: map[string]any{"kid": "2026-01"}}
}

// selfIssued is a connection whose signed JWT is the token itself, so that an
// exchange is everything but HTTP.
func (s *signer) selfIssued() *jeton.Connection {
	a := s.assertion()
	a.Issuer, a.Subject, a.Audience = "reporting@project.example", "reporting@project.example", jeton.StringList{"https://api.example.com/"}
	return &jeton.Connection{Version: 1, Name: "self-issued", TokenURL: "none", Grant: jeton.GrantOptions{Type: "jwt_bearer", Assertion: a}}
}

// BenchmarkAssertion shows four ways to one signature over the same octets:
//
//	raw    the bare operation of package crypto
//	sign   key.Key.Sign: a header and claims that are there become a JWS
//	build  what the engine does to have the assertion: key lookup, claims, jti,
//	       header, JWS. It is the stage "assertion" of the timeline that a
//	       Recorder keeps, in whole microseconds: median-ns/op alone counts
//	jeton  the whole Engine.Exchange of a self-issued jwt_bearer connection:
//	       build, and before it the defaults and checks of the whole document,
//	       after it the token
func BenchmarkAssertion(b *testing.B) {
	for _, s := range signers {
		b.Run(s.algorithm, func(b *testing.B) {
			s := signerOf(b, s.algorithm)
			engine, connection := new(jeton.Engine), s.selfIssued()
			token, err := engine.Exchange(context.Background(), connection, nil)
			if err != nil {
				b.Fatal(err)
			}
			jwt := token.AccessToken.Reveal()
			signingInput := []byte(jwt[:strings.LastIndexByte(jwt, '.')])
			alternate(b, way{name: "raw", op: s.raw(signingInput)}, way{name: "sign", op: s.sign(b, signingInput)},
				way{name: "build", run: func(b *testing.B) { build(b, engine, connection) }},
				way{name: "jeton", op: func() error {
					token, err := engine.Exchange(context.Background(), connection, nil)
					sink = token
					return err
				}})
		})
	}
}

// build measures the stage in which the assertion is made.
func build(b *testing.B, engine *jeton.Engine, connection *jeton.Connection) {
	var took []time.Duration
	for b.Loop() {
		recorder := new(jeton.Recorder)
		if _, err := engine.Exchange(jeton.WithRecorder(context.Background(), recorder), connection, nil); err != nil {
			b.Fatal(err)
		}
		for _, stage := range recorder.Timeline() {
			if stage.Stage == jeton.StageAssertion {
				// Millis has whole microseconds, cut off.
				took = append(took, time.Duration(stage.Millis*1e6)+500*time.Nanosecond)
			}
		}
	}
	if len(took) == 0 {
		b.Fatal("the timeline has no assertion")
	}
	reportMedian(b, took)
}

// sign is package key alone, with claims that are there already.
func (s *signer) sign(b *testing.B, signingInput []byte) func() error {
	private, err := key.Parse([]byte(s.pem), key.Options{})
	if err != nil {
		b.Fatal(err)
	}
	_, payload, _ := bytes.Cut(signingInput, []byte("."))
	claims, err := base64.RawURLEncoding.DecodeString(string(payload))
	if err != nil {
		b.Fatal(err)
	}
	header := map[string]any{"typ": "JWT", "kid": "2026-01"}
	return func() error {
		jwt, err := private.Sign(s.algorithm, header, claims)
		sink = jwt
		return err
	}
}
